import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Batch } from '../../lib/arrow/batch.js';
import { int32 } from '../../lib/arrow/types.js';
import type { Context, Stream } from '../../lib/exec/context.js';
import { required } from '../../lib/exec/required.js';
import { batchOf, makeRuntime, vectorOf } from '../helpers.js';

const test = suite('required');

test('a null in a column that has none is an error; in others it passes', async () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const context = runtime as Context;
  const full = vectorOf(int32, [1, 2, 3], region);
  const gaps = vectorOf(int32, [1, null, 3], region);
  // A bitmap without a gap is no null.
  const map = { ...full, validity: vectorOf(int32, [null, null, null], region).validity };
  runtime.arena.bytes[map.validity] = 0b111;
  let ended = false;
  async function* input(...batches: readonly Batch[]): Stream {
    try {
      yield* batches;
    } finally {
      ended = true;
    }
  }
  const seen: number[] = [];
  const fine = input(batchOf([full, gaps]), batchOf([map, full]));
  for await (const batch of required(['a', null], fine, context)) seen.push(batch.length);
  assert.equal(seen, [3, 3]);

  ended = false;
  const wrong = required(['a', 'b'], input(batchOf([full, full]), batchOf([full, gaps])), context);
  assert.is((await wrong.next()).value?.length, 3);
  try {
    await wrong.next();
    assert.unreachable();
  } catch (error) {
    assert.is(
      (error as Error).message,
      'column b is described as never null, but it has a null; add a ? to its type',
    );
  }
  assert.ok(ended);
  region.release();
  assert.is(runtime.arena.reserved, 0);
});

test.run();
