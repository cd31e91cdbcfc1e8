/**
 * The first row of each distinct combination of all columns goes out as it comes.
 *
 *   input ─▶ table of rows ─┬▶ new to it: out
 *                           └▶ the table is full and does not have it ─▶ partitions on disk ─▶ each the same way
 *
 * Memory: a key row a distinct row, as long as they fit the share.
 */
import type { Schema } from '../arrow/schema.js';
import type { DataType } from '../arrow/types.js';
import { GroupTable } from '../kernels/group-table.js';
import { Overflow } from '../kernels/overflow.js';
import { takeBatch } from '../kernels/take.js';
import type { Context, Stream } from './context.js';
import { spillingMachine } from './spilling-machine.js';

const owner = 'distinct';

export function distinct(input: Stream, schema: Schema, context: Context): Stream {
  const types = schema.fields.map((field) => field.type);
  return distinctOf(input, types, 0, context);
}

/** `used`: by how many bits of their hash these rows were partitioned. */
async function* distinctOf(
  input: Stream,
  types: readonly DataType[],
  used: number,
  context: Context,
): Stream {
  const { arena, kernels, share } = context;
  const keys = types.map((_, k) => k);
  const overflow = new Overflow(types, keys, used, share, spillingMachine(context), owner);
  const most = overflow.left;
  const table: GroupTable = new GroupTable(
    types,
    arena,
    kernels,
    owner,
    (_, bytes) => table.held + bytes <= most,
  );
  const region = arena.region(owner);
  try {
    for await (const batch of input) {
      region.reset();
      const found = table.assign(batch.columns, batch.length, region);
      if (found.knownCount < batch.length) {
        const rest = batch.length - found.knownCount;
        overflow.add(takeBatch(batch, found.unknown, rest, region, context));
        if (overflow.full) await overflow.flush();
      }
      if (found.freshCount === batch.length) yield batch;
      else if (found.freshCount > 0) yield takeBatch(batch, found.fresh, found.freshCount, region, context);
    }
    const fitting = table.count;
    table.release();
    region.release();
    for await (const part of overflow.parts(fitting))
      yield* distinctOf(part.batches, types, part.used, context);
  } finally {
    region.release();
    table.release();
    overflow.release();
  }
}
