import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { functions } from '../../lib/kernels/functions.js';

const test = suite('functions');

test('names and aliases are unique, and every row is documented', () => {
  const names = functions.flatMap((row) => [row.name, ...row.aliases]);
  assert.equal(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  );
  for (const row of functions) {
    assert.ok(row.doc.length > 5, row.name);
    assert.is(row.name, row.name.toLowerCase());
  }
});

test('what has no kernel is known to the evaluator', () => {
  assert.equal(
    functions.filter((row) => row.run === null).map((row) => row.name),
    ['and', 'or', 'if', 'coalesce', 'pi'],
  );
});

test.run();
