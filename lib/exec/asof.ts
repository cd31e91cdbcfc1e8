/**
 * Each left row with the right row nearest to it.
 *
 *   left  ─▶ sort by keys, value ──────────────────────────▶ batch ─┐
 *                                                                   ├▶ where it stands among them ─▶ out
 *   right ─▶ those without nulls ─▶ sort by keys, value ─▶ window ──┘
 *
 * The window is a batch of right rows and before them the last two different ones of those that went by: what is nearest
 * to a left row is always next to it. Left rows wait until a right row above them is seen.
 *
 * Memory: a share for each sort, and a batch of each side.
 */
import { type Batch, fixedVector, type Vector } from '../arrow/batch.js';
import { type DataType, familyOf, float64, int32, int64, physicalOf } from '../arrow/types.js';
import { breathe } from '../breathe.js';
import { BatchBuffer } from '../kernels/batch-buffer.js';
import { convertColumn, nulls } from '../kernels/convert.js';
import { sliceBatch } from '../kernels/slice.js';
import { encodeSortKeys, type SortKeys } from '../kernels/sort-keys.js';
import { takeBatch } from '../kernels/take.js';
import { sharedValidity } from '../kernels/validity.js';
import type { Region } from '../memory/arena.js';
import { bind } from '../plan/bind.js';
import type { Expr } from '../plan/expr.js';
import type { AsofJoin, Plan } from '../plan/plan.js';
import type { Context, Stream } from './context.js';
import { evaluate } from './evaluate.js';
import { type Side, sideOf } from './join/shape.js';
import { withKeys } from './join/sides.js';
import { sortBatches } from './sort/sort-batches.js';

const owner = 'asof join';

const directions = { backward: 0, forward: 1, nearest: 2 } as const;

/** `open` gives the rows of an input. */
export async function* asof(node: AsofJoin, open: (plan: Plan) => Stream, context: Context): Stream {
  const { arena, kernels } = context;
  const on = [...node.on, node.nearest];
  const [left, right] = [sideOf({ ...node, on }, true), sideOf({ ...node, on }, false)];
  const region = arena.region(owner);
  const output = arena.region(owner);
  const home = arena.region(owner);
  const window = new Window(right, context);
  const lefts = sorted(open(node.left), left, node.kind === 'left', context);
  const rights = sorted(open(node.right), right, false, context);
  try {
    const state = home.reserve(8);
    const tolerance = toleranceAt(node.tolerance, left, home, context);
    let ended = !(await window.advance(rights, state));
    for await (const batch of lefts) {
      for (let from = 0; from < batch.length; ) {
        await breathe(context);
        region.reset();
        const keys = keysOf(batch, left, region, context);
        const rest = batch.length - from;
        const below = region.reserve(rest * 4);
        const upTo = region.reserve(rest * 4);
        const to = kernels.asof_count(
          keys.offsets,
          keys.data,
          from,
          batch.length,
          window.keys.offsets,
          window.keys.data,
          window.length,
          ended ? 1 : 0,
          state,
          below,
          upTo,
        );
        if (to > from) {
          const rows = region.reserve((to - from + 4) * 4);
          const values = valuesOf(batch, left, region, context);
          kernelOf(left, context)(
            keys.offsets,
            keys.data,
            from,
            to - from,
            window.keys.offsets,
            window.keys.data,
            window.length,
            keys.tail,
            below,
            upTo,
            directions[node.direction],
            node.allowEqual ? 1 : 0,
            values.data,
            sharedValidity(keyColumnsOf(batch, left), batch.length, region, context),
            window.values,
            tolerance,
            rows,
          );
          output.reset();
          const some = sliceBatch(batch, from, to - from, output, kernels);
          const made = paired(some, rows, node.kind, left, window, output, context);
          if (made.length > 0) yield made;
        }
        from = to;
        if (from < batch.length) ended = !(await window.advance(rights, state));
      }
    }
  } finally {
    await lefts.return();
    await rights.return();
    window.release();
    region.release();
    output.release();
    home.release();
  }
}

/** Left rows beside those at `rows`; -1 is none. */
function paired(
  batch: Batch,
  rows: number,
  kind: AsofJoin['kind'],
  left: Side,
  window: Window,
  region: Region,
  context: Context,
): Batch {
  const { length } = batch;
  const own = { length, columns: batch.columns.slice(0, left.width) };
  if (kind === 'left') return beside(own, window.take(rows, length, true, region));
  const places = region.reserve((length + 4) * 4);
  const found = region.reserve((length + 4) * 4);
  const count = context.kernels.join_pairs(rows, length, places, found);
  const kept = count === length ? own : takeBatch(own, places, count, region, context);
  return beside(kept, window.take(found, count, false, region));
}

const beside = (batch: Batch, columns: readonly Vector[]): Batch => ({
  length: batch.length,
  columns: [...batch.columns, ...columns],
});

/** The rows with their keys, in order; without nulls in these unless they are to be kept. */
function sorted(input: Stream, side: Side, keepNulls: boolean, context: Context): Stream {
  const rows = withKeys(input, side, context);
  const keys = side.keyColumns.map((column) => ({ column, descending: false, nullsFirst: false }));
  return sortBatches(
    keepNulls ? rows : withoutNulls(rows, side, context),
    side.types,
    keys,
    null,
    context,
    owner,
  );
}

async function* withoutNulls(input: Stream, side: Side, context: Context): Stream {
  const region = context.arena.region(owner);
  try {
    for await (const batch of input) {
      region.reset();
      const validity = sharedValidity(keyColumnsOf(batch, side), batch.length, region, context);
      if (validity === 0) {
        yield batch;
        continue;
      }
      const rows = region.reserve((batch.length + 1) * 4);
      const count = context.kernels.take_indices(validity, 0, batch.length, rows);
      if (count > 0) yield takeBatch(batch, rows, count, region, context);
    }
  } finally {
    region.release();
  }
}

/** Right rows side by side, the last two different ones of those before first. */
class Window {
  readonly #side: Side;
  readonly #context: Context;
  readonly #rows: BatchBuffer;
  readonly #region: Region;
  readonly #carried: Region;
  #keys: TailedKeys | null = null;
  #values = 0;

  constructor(side: Side, context: Context) {
    const { arena, kernels } = context;
    this.#side = side;
    this.#context = context;
    this.#rows = new BatchBuffer(side.types, arena, kernels, owner);
    this.#region = arena.region(owner);
    this.#carried = arena.region(owner);
  }

  get length(): number {
    return this.#rows.length;
  }

  get keys(): SortKeys {
    return this.#keys ?? { length: 0, offsets: 0, data: 0, bytes: 0 };
  }

  /** Of what is near, as `valuesOf` gives them. */
  get values(): number {
    return this.#values;
  }

  /** Goes on to the next rows, and clears the counts at `state`; false if there are none, then the rows stay. */
  async advance(rows: Stream, state: number): Promise<boolean> {
    const { done, value } = await rows.next();
    if (done === true) return false;
    const { arena, kernels } = this.#context;
    this.#carried.reset();
    if (this.length > 0) {
      const { offsets, data } = this.keys;
      const prior = kernels.asof_prior(offsets, data, this.length);
      const kept = this.#carried.reserve(8);
      arena.view.setInt32(kept, prior, true);
      arena.view.setInt32(kept + 4, this.length - 1, true);
      const [from, count] = prior < 0 ? [kept + 4, 1] : [kept, 2];
      const carried = takeBatch(this.#rows.batch(), from, count, this.#carried, this.#context);
      this.#rows.clear();
      this.#rows.append(carried);
    }
    this.#rows.append(value);
    this.#region.reset();
    const all = this.#rows.batch();
    this.#keys = keysOf(all, this.#side, this.#region, this.#context);
    this.#values = valuesOf(all, this.#side, this.#region, this.#context).data;
    arena.view.setFloat64(state, 0, true);
    return true;
  }

  /** The columns that come out, of the rows at `indices`. */
  take(indices: number, count: number, outer: boolean, region: Region): readonly Vector[] {
    const { types, width } = this.#side;
    if (this.length === 0) return types.slice(0, width).map((type) => nulls(type, count, region));
    const { length, columns } = this.#rows.batch();
    return takeBatch(
      { length, columns: columns.slice(0, width) },
      indices,
      count,
      region,
      this.#context,
      outer,
    ).columns;
  }

  release(): void {
    this.#rows.release();
    this.#region.release();
    this.#carried.release();
  }
}

interface TailedKeys extends SortKeys {
  /** Bytes at the end of each key that stand for what is near. */
  readonly tail: number;
}

function keysOf(batch: Batch, side: Side, region: Region, { kernels }: Context): TailedKeys {
  const columns = keyColumnsOf(batch, side);
  const orders = columns.map(() => ({ descending: false, nullsFirst: false }));
  const keys = encodeSortKeys(columns, orders, batch.length, region, kernels);
  const last = encodeSortKeys(
    columns.slice(-1),
    orders.slice(-1),
    Math.min(1, batch.length),
    region,
    kernels,
  );
  return { ...keys, tail: last.bytes };
}

const keyColumnsOf = (batch: Batch, side: Side): Vector[] =>
  side.keyColumns.map((column) => batch.columns[column]!);

/** Do distances of such values count as whole numbers? */
function isWhole(type: DataType): boolean {
  const family = familyOf(type);
  return family === 'integer' || family === 'date' || family === 'timestamp';
}

const nearTypeOf = (side: Side): DataType => side.types[side.keyColumns.at(-1)!]!;

/** What is near as numbers of 64 bits that can be subtracted. */
function valuesOf(batch: Batch, side: Side, region: Region, context: Context): Vector {
  const column = batch.columns[side.keyColumns.at(-1)!]!;
  const { type, length, validity } = column;
  if (!isWhole(type)) return convertColumn(column, float64, true, region, context);
  const physical = physicalOf(type);
  if (physical === 'i64' || physical === 'u64') return column;
  const number = type.kind === 'date' ? fixedVector(int32, length, column.data, validity) : column;
  return convertColumn(number, int64, true, region, context);
}

const kernelOf = (side: Side, { kernels }: Context): Context['kernels']['asof_choose_u64'] =>
  isWhole(nearTypeOf(side)) ? kernels.asof_choose_u64 : kernels.asof_choose_f64;

/** The address of the tolerance as the kernel takes it; 0 for none. */
function toleranceAt(tolerance: Expr | null, side: Side, region: Region, context: Context): number {
  if (tolerance === null) return 0;
  const { view } = context.arena;
  const value = evaluate(bind(tolerance, { fields: [] }), { length: 1, columns: [] }, region, context);
  const out = region.reserve(8);
  if (!isWhole(nearTypeOf(side)) || familyOf(value.type) === 'float') {
    const given = view.getFloat64(convertColumn(value, float64, false, region, context).data, true);
    if (isWhole(nearTypeOf(side))) view.setBigInt64(out, BigInt(Math.min(2 ** 62, Math.floor(given))), true);
    else view.setFloat64(out, given, true);
    return out;
  }
  view.setBigInt64(
    out,
    view.getBigInt64(convertColumn(value, int64, false, region, context).data, true),
    true,
  );
  return out;
}
