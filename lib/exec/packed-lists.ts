import type { DataType } from '../arrow/types.js';
import { packBatch, packedType, unpackBatch } from '../kernels/packed-lists.js';
import type { Context, Stream } from './context.js';

/** Runs an operator that gives the columns it is given, and knows no lists, over lists as texts. */
export function withPackedLists(
  input: Stream,
  types: readonly DataType[],
  run: (rows: Stream, types: readonly DataType[]) => Stream,
  context: Context,
  owner: string,
): Stream {
  if (!types.some(({ kind }) => kind === 'list')) return run(input, types);
  const packed = run(mapped(input, packBatch, context, owner), types.map(packedType));
  return mapped(packed, (batch, region) => unpackBatch(batch, types, region, context), context, owner);
}

async function* mapped(input: Stream, change: typeof packBatch, context: Context, owner: string): Stream {
  const region = context.arena.region(owner);
  try {
    for await (const batch of input) {
      region.reset();
      yield change(batch, region, context);
    }
  } finally {
    region.release();
  }
}
