/** The arguments of an aggregate in a batch, and which rows count. */
import { bitmapBytes, type Vector } from '../../arrow/batch.js';
import type { Region } from '../../memory/arena.js';
import type { Bound } from '../../plan/bound.js';
import { guarded } from '../../plan/guarded.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';
import type { Grouped } from './run.js';

type Inputs = { readonly args: readonly Bound[]; readonly filter: Bound | null };
type Rows = Pick<Grouped, 'batch' | 'memo'>;

/** `validity` is a bitmap of the rows where the filter is true and no argument is null; 0 for all. */
export function countedRows(
  { args, filter }: Inputs,
  rows: Rows,
  region: Region,
  context: Context,
): { readonly args: readonly Vector[]; readonly validity: number } {
  const { batch, memo } = rows;
  const { length } = batch;
  const columns = args.map((arg) => evaluate(guarded(arg, filter), batch, region, context, memo));
  let validity = filter === null ? 0 : trueRows(filter, rows, region, context);
  for (const column of columns)
    validity = bothBits(validity, validRows(column, region), length, region, context);
  return { args: columns, validity };
}

/** A bitmap of the rows where a condition is true. */
export function trueRows(condition: Bound, { batch, memo }: Rows, region: Region, context: Context): number {
  const column = evaluate(condition, batch, region, context, memo);
  return bothBits(column.data, validRows(column, region), batch.length, region, context);
}

/** A bitmap of the rows that are not null; 0 for all. An untyped null's column may come without bits. */
export function validRows({ type, length, validity }: Vector, region: Region): number {
  return type.kind === 'null' ? region.reserveZeroed(bitmapBytes(length)) : validity;
}

/** The rows in both bitmaps; 0 has all. */
export function bothBits(a: number, b: number, length: number, region: Region, { kernels }: Context): number {
  if (a === 0 || b === 0) return a + b;
  const out = region.reserve(bitmapBytes(length));
  kernels.bitmap_and(a, b, out, length);
  return out;
}
