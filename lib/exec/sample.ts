/**
 * Some rows by chance. Each row draws a number that depends on the seed and its place in the input (assembly/sample.ts).
 *
 *   rate:   input ─▶ rows that draw less than the rate, in their order
 *   count:  input ─▶ draw as a column ─▶ sort by it, with the count as limit ─▶ without that column
 *
 * Memory: a batch for a rate; for a count that of a sort with a limit (sort.ts), which spills where its rows do not
 * fit. Every set of `count` rows is equally likely, as with a reservoir, and no row is looked at twice.
 */
import { fixedVector } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import { uint64 } from '../arrow/types.js';
import { takeBatch } from '../kernels/take.js';
import { freeName } from '../plan/build/free-name.js';
import { column, sortKey } from '../plan/make-expr.js';
import type { Sample } from '../plan/plan.js';
import type { Context, Stream } from './context.js';
import { sort } from './sort.js';

export function sample(
  { rate, count, seed }: Pick<Sample, 'rate' | 'count' | 'seed'>,
  input: Stream,
  schema: Schema,
  context: Context,
): Stream {
  return count === null
    ? sampleRate(rate!, seed, input, context)
    : sampleCount(count, seed, input, schema, context);
}

async function* sampleRate(rate: number, seed: number, input: Stream, context: Context): Stream {
  const { arena, kernels } = context;
  const region = arena.region('sample');
  let row = 0;
  try {
    for await (const batch of input) {
      region.reset();
      const indices = region.reserve(batch.length * 4);
      const taken = kernels.sample_rate(seed, row, batch.length, rate, indices);
      row += batch.length;
      if (taken === batch.length && taken > 0) yield batch;
      else if (taken > 0) yield takeBatch(batch, indices, taken, region, context);
    }
  } finally {
    region.release();
  }
}

/** The rows come in the order of their draws, which is random too. */
async function* sampleCount(
  count: number,
  seed: number,
  input: Stream,
  schema: Schema,
  context: Context,
): Stream {
  const name = freeName('draw', new Set(schema.fields.map((field) => field.name)));
  const drawn: Schema = { fields: [...schema.fields, { name, type: uint64, nullable: false }] };
  const byDraw = sort([sortKey(column(name))], count, withDraws(seed, input, context), drawn, context);
  for await (const { length, columns } of byDraw) yield { length, columns: columns.slice(0, -1) };
}

async function* withDraws(seed: number, input: Stream, context: Context): Stream {
  const { arena, kernels } = context;
  const region = arena.region('sample');
  let row = 0;
  try {
    for await (const { length, columns } of input) {
      region.reset();
      const draws = region.reserve(length * 8);
      kernels.sample_draw(seed, row, length, draws);
      row += length;
      yield { length, columns: [...columns, fixedVector(uint64, length, draws)] };
    }
  } finally {
    region.release();
  }
}
