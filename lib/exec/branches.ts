/**
 * Forms that do not evaluate every argument for every row: and, or, coalesce, case. What can fail, or costs much, is
 * evaluated only for the rows that need it: they are gathered, evaluated and put back in their places.
 */
import { type Batch, bitmapBytes, fixedVector, type Vector } from '../arrow/batch.js';
import { bool } from '../arrow/types.js';
import { nulls } from '../kernels/convert.js';
import { merge } from '../kernels/merge.js';
import { take } from '../kernels/take.js';
import type { Bound, BoundCall, BoundCase } from '../plan/bound.js';
import { boundMayFail } from '../plan/bound-may-fail.js';
import { costly, costOf } from './cost.js';
import { evaluateColumn, type Scope } from './evaluate.js';

/** and, or: left to right, until nothing can change any more. */
export function evaluateLogic(bound: BoundCall, scope: Scope): Vector {
  const { batch, region, runtime } = scope;
  const { kernels } = runtime;
  const { length } = batch;
  const conjunction = bound.name === 'and';
  let result = evaluateColumn(bound.args[0]!, scope);
  for (const arg of bound.args.slice(1)) {
    const open = openBits(result, conjunction, scope);
    const count = kernels.bitmap_count(open, length);
    if (count === 0) break;
    const part = count < length && (boundMayFail(arg) || (count * 4 < length && costOf(arg) >= costly));
    const next = part
      ? evaluateWhere(arg, rowsWhere(open, 0, length, scope), scope)
      : evaluateColumn(arg, scope);
    const out = region.reserve(bitmapBytes(length));
    const validity = result.validity === 0 && next.validity === 0 ? 0 : region.reserve(bitmapBytes(length));
    const combine = conjunction ? kernels.logic_and : kernels.logic_or;
    combine(result.data, result.validity, next.data, next.validity, out, validity, length);
    result = fixedVector(bool, length, out, validity);
  }
  return result;
}

/** The first value that is not null. */
export function evaluateCoalesce(bound: BoundCall, scope: Scope): Vector {
  const { batch, region, runtime } = scope;
  const { length } = batch;
  const parts: Part[] = [];
  let open: Rows = allRows(length);
  for (const arg of bound.args) {
    const column = evaluateColumn(arg, rowsOf(arg, open, scope));
    if (column.validity === 0) {
      parts.push({ column, rows: open });
      open = { indices: 0, count: 0 };
      break;
    }
    const known = rowsWhere(column.validity, 0, column.length, scope);
    if (known.count === open.count) {
      parts.push({ column: { ...column, validity: 0 }, rows: open });
      open = { indices: 0, count: 0 };
      break;
    }
    if (known.count > 0) {
      const values = take(column, known.indices, known.count, region, runtime);
      parts.push({ column: { ...values, validity: 0 }, rows: within(known, open, scope) });
    }
    const missing = region.reserve(bitmapBytes(column.length));
    runtime.kernels.logic_not(column.validity, missing, column.length);
    open = within(rowsWhere(missing, 0, column.length, scope), open, scope);
  }
  if (open.count > 0) parts.push({ column: nulls(bound.type, open.count, region), rows: open });
  return assemble(parts, bound, scope);
}

export function evaluateCase(bound: BoundCase, scope: Scope): Vector {
  const { batch, region, runtime } = scope;
  const parts: Part[] = [];
  let open: Rows = allRows(batch.length);
  for (const { when, then } of bound.branches) {
    if (open.count === 0) break;
    const condition = evaluateColumn(when, rowsOf(when, open, scope));
    const taken = rowsWhere(condition.data, condition.validity, condition.length, scope);
    if (taken.count === 0) continue;
    const rows = taken.count === open.count ? open : within(taken, open, scope);
    parts.push({ column: evaluateColumn(then, rowsOf(then, rows, scope)), rows });
    if (taken.count === open.count) {
      open = { indices: 0, count: 0 };
      break;
    }
    const others = region.reserve(bitmapBytes(condition.length));
    const { kernels } = runtime;
    if (condition.validity === 0) kernels.logic_not(condition.data, others, condition.length);
    else {
      kernels.bitmap_and(condition.data, condition.validity, others, condition.length);
      kernels.logic_not(others, others, condition.length);
    }
    open = within(rowsWhere(others, 0, condition.length, scope), open, scope);
  }
  if (open.count > 0) {
    parts.push({ column: evaluateColumn(bound.otherwise, rowsOf(bound.otherwise, open, scope)), rows: open });
  }
  return assemble(parts, bound, scope);
}

/** Some rows of the batch, ascending; an address of 0 means all of them. */
interface Rows {
  readonly indices: number;
  readonly count: number;
}

/** A value for some of the rows. */
interface Part {
  readonly column: Vector;
  readonly rows: Rows;
}

const allRows = (count: number): Rows => ({ indices: 0, count });

/** The positions of the set bits, also set in `validity` unless it is 0. */
function rowsWhere(bits: number, validity: number, length: number, { region, runtime }: Scope): Rows {
  const indices = region.reserve((length + 1) * 4);
  return { indices, count: runtime.kernels.take_indices(bits, validity, length, indices) };
}

/** Rows counted among the rows of `outer`, counted in the batch. */
function within(rows: Rows, outer: Rows, { region, runtime }: Scope): Rows {
  if (outer.indices === 0) return rows;
  const indices = region.reserve(rows.count * 4);
  runtime.kernels.take_32(outer.indices, rows.indices, indices, rows.count);
  return { indices, count: rows.count };
}

/** A bit for each row: is a conjunction not false yet, a disjunction not true? */
function openBits({ data, validity, length }: Vector, conjunction: boolean, scope: Scope): number {
  const { kernels } = scope.runtime;
  if (conjunction && validity === 0) return data;
  const open = scope.region.reserve(bitmapBytes(length));
  if (conjunction) {
    // true or null
    kernels.logic_not(validity, open, length);
    kernels.logic_bitor(data, open, open, length);
  } else if (validity === 0) kernels.logic_not(data, open, length);
  else {
    kernels.bitmap_and(data, validity, open, length);
    kernels.logic_not(open, open, length);
  }
  return open;
}

/** The values of these rows, in their places. */
function evaluateWhere(bound: Bound, rows: Rows, scope: Scope): Vector {
  return spread(evaluateColumn(bound, rowsOf(bound, rows, scope)), rows, scope);
}

/** The scope with only these rows, and of the columns only those that the expression reads. */
function rowsOf(bound: Bound, rows: Rows, scope: Scope): Scope {
  if (rows.indices === 0 || rows.count === scope.batch.length) return scope;
  const used = new Set<number>();
  collectColumns(bound, used);
  const { region, runtime } = scope;
  const batch: Batch = {
    length: rows.count,
    columns: scope.batch.columns.map((column, i) =>
      used.has(i) ? take(column, rows.indices, rows.count, region, runtime) : column,
    ),
  };
  return { ...scope, batch };
}

/** Values of some rows in their places; what the other rows get does not matter. */
function spread(column: Vector, rows: Rows, { batch, region, runtime }: Scope): Vector {
  const places = region.reserveZeroed((batch.length + 1) * 4);
  runtime.kernels.take_scatter(rows.indices, rows.count, 0, places);
  return take(column, places, batch.length, region, runtime);
}

function assemble(parts: readonly Part[], bound: Bound, scope: Scope): Vector {
  const { batch, region, runtime } = scope;
  if (parts.length === 0) return nulls(bound.type, 0, region);
  if (parts.length === 1) return parts[0]!.column;
  const places = region.reserve((batch.length + 1) * 4);
  let from = 0;
  for (const { column, rows } of parts) {
    runtime.kernels.take_scatter(rows.indices, rows.count, from, places);
    from += column.length;
  }
  return merge(
    parts.map(({ column }) => column),
    places,
    batch.length,
    region,
    runtime,
  );
}

function collectColumns(bound: Bound, into: Set<number>): void {
  switch (bound.op) {
    case 'column':
      into.add(bound.index);
      break;
    case 'literal':
      break;
    case 'cast':
      collectColumns(bound.input, into);
      break;
    case 'call':
      for (const arg of bound.args) collectColumns(arg, into);
      break;
    case 'case':
      for (const { when, then } of bound.branches) {
        collectColumns(when, into);
        collectColumns(then, into);
      }
      collectColumns(bound.otherwise, into);
  }
}
