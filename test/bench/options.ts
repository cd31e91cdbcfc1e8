import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readOptions } from '../../bench/options.js';
import { taskSets } from '../../bench/tasks.js';

const test = suite('bench options');

test('lists of tasks, sizes and limits', () => {
  const options = readOptions(
    ['--tasks', 'q1,join', '--sizes', '10MB,0.5GB', '--memory', '256MB,1GB', '--threads', '1,2'],
    { SPILLWAY_BENCH_PYTHON: 'python9' },
  );
  assert.equal(
    options.tasks.map(({ name }) => name),
    ['q1', ...taskSets.join!],
  );
  assert.equal(
    options.sizes.map(({ rows }) => rows),
    [2e5, 1e7],
  );
  assert.equal(options.memory, [2 ** 28, 2 ** 30]);
  assert.equal(options.threads, [1, 2]);
  assert.is(options.python, 'python9');
  assert.is(options.name, 'q1-join');
});

test('a bad one is one clear error', () => {
  const error = (...args: string[]): string => {
    try {
      readOptions(args, {});
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  assert.match(error('--tasks', 'q11'), /^there is no task "q11"; there are load, scan, .*tpch$/);
  assert.match(error('--engines', 'oracle'), /^there is no engine "oracle"; there are spillway, /);
  assert.is(error('--sizes', 'big'), 'a size is like 10MB or 0.5GB, at least 0.05MB, not "big"');
  assert.is(error('--scales', 'x'), 'a scale of TPC-H is a number such as 1 or 0.1, not "x"');
  assert.is(error('--rounds', '0'), '--rounds is a whole number from 1 on, not "0"');
  assert.is(error('--fast'), "Unknown option '--fast'; see --help");
});

test('the queries of TPC-H name all of their tables in braces', () => {
  const tpch = readOptions(['--tasks', 'tpch'], {}).tasks;
  assert.is(tpch.length, 22);
  for (const { name, inputs, sql } of tpch) {
    assert.ok(inputs.length > 0, name);
    const bare =
      /(?:from|join|,) (?:region|nation|supplier|customer|part|partsupp|orders|lineitem)\b(?!\.)/.exec(sql);
    assert.is(bare, null, `${name}: ${bare?.[0]}`);
  }
});

test.run();
