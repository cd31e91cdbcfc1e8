import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { judge, verdictText } from '../../bench/guard.js';

const test = suite('bench guard');

test('a ratio may lose a quarter, not more', () => {
  const verdicts = judge({ sort: 4, q1: 1, gone: 2 }, { sort: 3, q1: 0.74, fresh: 0.1 });
  assert.equal(verdicts, [
    { task: 'sort', kept: 4, now: 3, lost: false },
    { task: 'q1', kept: 1, now: 0.74, lost: true },
    { task: 'fresh', kept: null, now: 0.1, lost: false },
  ]);
  assert.match(verdictText(verdicts), 'More than 25 % slower, against DuckDB, than what was kept: q1');
  assert.match(verdictText(verdicts.slice(0, 1)), 'Nothing has become slower.');
});

test.run();
