/**
 * A function of the user over the columns of each batch.
 *
 *   batch ─▶ pieces of few bytes ─▶ the function, on columns that read the arena ─▶ what it gives, looked at ─▶ batches
 *
 * Memory of the arena: a piece of what comes, decoded, and a piece of what goes. What the function holds itself is the
 * heap's, and in a worker process capped by it.
 */
import type { Batch } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import { sliceRows, slices } from '../arrow/slice.js';
import { rowBytes } from '../arrow/value-bytes.js';
import { breathe } from '../breathe.js';
import type { MapBatches } from '../plan/plan.js';
import type { Context, Stream } from './context.js';
import { resultsOf } from './functions/call.js';
import { sourceText, thrownBy } from './functions/failure.js';
import { GivenBatches } from './functions/given.js';
import { checkBuffers } from './functions/held-buffers.js';
import { loadFunction } from './functions/load.js';
import { returnedBatches } from './functions/returned.js';

const owner = 'mapBatches';

/** Bytes of what the function is given at once, so that copies of it stay in the caches and few. */
const givenBytes = 4 * 2 ** 20;

/** Small results of a generator are not worth a count each. */
const turnsPerCount = 4;

export async function* mapBatches(
  node: MapBatches,
  input: Stream,
  inputSchema: Schema,
  context: Context,
): Stream {
  const { signal, arena, bufferLimit } = context;
  let turn = 0;
  const call = await loadFunction(node);
  const options = structuredClone(node.options);
  const over = sourceText(node.input);
  const taken = arena.region(owner);
  const made = arena.region(owner);
  const given = new GivenBatches(inputSchema.fields, taken, context);
  try {
    for await (const batch of input) {
      for (const piece of slices(batch, rowsAtOnce(batch, context))) {
        // A function need not know what to do with nothing.
        if (piece.length === 0) continue;
        taken.reset();
        const args = [given.next(piece), options, { signal }];
        for await (const result of resultsOf(call, args, signal, (error) => thrownBy(node, error, over))) {
          if (bufferLimit !== undefined && turn++ % turnsPerCount === 0) checkBuffers(bufferLimit);
          for (const returned of returnedBatches(result, node.schema.fields, node, made, context)) {
            await breathe(context);
            yield returned;
          }
        }
      }
    }
  } finally {
    given.end();
    taken.release();
    made.release();
  }
}

function rowsAtOnce(batch: Batch, { arena }: Context): number {
  return sliceRows(givenBytes, rowBytes(batch.columns, arena.view));
}
