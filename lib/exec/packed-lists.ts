/** Lists as texts, for operators that give the columns they are given, and know no lists. */
import type { DataType } from '../arrow/types.js';
import { packBatch, packedType, unpackBatch } from '../kernels/packed-lists.js';
import type { Context, Stream } from './context.js';

export function withPackedLists(
  input: Stream,
  types: readonly DataType[],
  run: (rows: Stream, types: readonly DataType[]) => Stream,
  context: Context,
  owner: string,
): Stream {
  const rows = run(packedRows(input, types, context, owner), types.map(packedType));
  return unpackedRows(rows, types, context, owner);
}

/** Rows whose columns are of `types`, with lists as texts. */
export function packedRows(
  input: Stream,
  types: readonly DataType[],
  context: Context,
  owner: string,
): Stream {
  return hasLists(types) ? mapped(input, packBatch, context, owner) : input;
}

/** The inverse. */
export function unpackedRows(
  rows: Stream,
  types: readonly DataType[],
  context: Context,
  owner: string,
): Stream {
  if (!hasLists(types)) return rows;
  return mapped(rows, (batch, region) => unpackBatch(batch, types, region, context), context, owner);
}

const hasLists = (types: readonly DataType[]): boolean => types.some(({ kind }) => kind === 'list');

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
