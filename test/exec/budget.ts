import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SpillwayError } from '../../lib/errors.js';
import { availableMemory, parseBytes, planBudget } from '../../lib/exec/budget.js';

const test = suite('budget');

test('amounts of memory', () => {
  assert.is(parseBytes('512MB'), 512 * 2 ** 20);
  assert.is(parseBytes('512 mib'), 512 * 2 ** 20);
  assert.is(parseBytes('1.5g'), 1.5 * 2 ** 30);
  assert.is(parseBytes('64k'), 65536);
  assert.is(parseBytes('100'), 100);
  assert.is(parseBytes(4096), 4096);
  for (const bad of ['', 'lots', '-5MB', '0', '5XB', '1e9']) {
    assert.throws(
      () => parseBytes(bad),
      (error: Error) => error.message === `"${bad}" is not an amount of memory; write it like 512MB or 2GB`,
    );
  }
});

test('the arena gets what the process leaves', () => {
  const budget = planBudget('1GB');
  assert.is(budget.total, 2 ** 30);
  assert.ok(budget.arena > 2 ** 29 && budget.arena < 2 ** 30);
  assert.ok(planBudget('64GB').arena <= 2 ** 32);
  assert.ok(planBudget(undefined).total <= availableMemory());
});

test('too little memory is refused with the least that works', () => {
  assert.throws(
    () => planBudget('50MB'),
    (error: SpillwayError) =>
      error.code === 'memory' &&
      error.message === 'a memory budget of 50 MB is too small; the least that works is 96 MB',
  );
});

test.run();
