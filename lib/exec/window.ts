/**
 * Window functions.
 *
 *   input ─▶ sort by partition, order ─▶ mark where those change ─▶ functions of rows around each row (slide.ts)
 *         ─▶ of rows so far (settle.ts over rows) ─▶ of rows up to the peers' end, to the partition's end ─▶ out
 *
 * Rows that wait for the end of their peers, their partition or their frame go to files when they are too many.
 *
 * Memory: the sort's share; of another share, waiting rows in equal parts for each kind of waiting, and what functions
 * hold of the rows of their frames (see slide.ts).
 */
import { type Batch, fixedVector, type Vector } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import { bool, type DataType, float64, int64, sameType } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import { bind, convert } from '../plan/bind.js';
import { bindAggregate } from '../plan/bind-aggregate.js';
import { type BoundFrame, type BoundWindow, bindWindow, type Numbering } from '../plan/bind-window.js';
import type { SortKey } from '../plan/expr.js';
import type { Window } from '../plan/plan.js';
import { orderOf, serves, windowOrder } from '../plan/row-order.js';
import type { Context, Stream } from './context.js';
import { sort } from './sort.js';
import { AggregateRun } from './window/aggregate-run.js';
import { AggregateSlide } from './window/aggregate-slide.js';
import { expandedSlide } from './window/expanded-slide.js';
import { rangeKeyType } from './window/frames.js';
import { HeldRun } from './window/held-run.js';
import { mark } from './window/mark.js';
import { NumberRun } from './window/number-run.js';
import { PickRun } from './window/pick-run.js';
import { pickSlide, shiftSlide } from './window/pick-slide.js';
import type { Run, Unit } from './window/run.js';
import { settle } from './window/settle.js';
import { type Slide, type SlideKey, slide } from './window/slide.js';
import { top } from './window/top.js';

const owner = 'window';

export async function* window(node: Window, input: Stream, schema: Schema, context: Context): Stream {
  const own = schema.fields.length;
  const types = schema.fields.map((field) => field.type);
  const keys = windowOrder(node);
  const partitionBy = node.partitionBy.map((key) => bind(key, schema));
  const orderBy = node.orderBy.map((key) => bind(key.expr, schema));
  const [key] = node.orderBy;
  const wanted =
    node.top === null
      ? input
      : top(
          node.top,
          partitionBy,
          key === undefined ? null : { bound: orderBy[0]!, key, alone: orderBy.length === 1 },
          input,
          context.share / 2,
          context,
        );
  const sorted = serves(orderOf(node.input), node) ? wanted : sort(keys, null, wanted, schema, context);
  const marked = mark(partitionBy, orderBy, sorted, context);
  const marks = { partitions: own, peers: own + 1 };
  types.push(bool, bool);

  const columns = new Columns(context, schema);
  const results = node.functions.map((one) => columns.add(bindWindow(one, node, schema)));
  const stages = units.filter((unit) => columns.runs[unit].length > 0);
  const waiting = stages.filter((unit) => unit !== 'rows').length + (columns.slides.length > 0 ? 1 : 0);
  const room = Math.floor(context.share / 2 / Math.max(1, waiting));

  const first = types.length;
  let stream = marked;
  if (columns.slides.length > 0) {
    const key = rangeKey(node.orderBy, schema);
    const slides = columns.slides.map((one) => one.make());
    stream = slide(slides, key, marks, stream, [...types], room, context);
    types.push(...columns.slides.map((one) => one.type));
  }
  for (const unit of stages) {
    const runs = columns.runs[unit];
    stream = settle(() => runs.map((run) => run.make()), unit, marks, stream, [...types], room, context);
    types.push(...runs.map((run) => run.type));
  }
  const region = context.arena.region(owner);
  const places = new Map<object, number>(
    [...columns.slides, ...units.flatMap((unit) => columns.runs[unit])].map((one, i) => [one, first + i]),
  );
  try {
    for await (const batch of stream) {
      region.reset();
      const column = (of: Column<unknown>): Vector => batch.columns[places.get(of)!]!;
      const made = results.map((result) => result(batch, column, region));
      yield { length: batch.length, columns: [...batch.columns.slice(0, own), ...made] };
    }
  } finally {
    region.release();
  }
}

const units: readonly Unit[] = ['rows', 'peers', 'partitions'];

/** The sort key in the type that ranges with offsets count in; null where there cannot be one. */
function rangeKey(orderBy: readonly SortKey[], schema: Schema): SlideKey | null {
  const [key, ...others] = orderBy;
  if (key === undefined || others.length > 0) return null;
  const bound = bind(key.expr, schema);
  return { bound: convert(bound, rangeKeyType(bound.type)), descending: key.descending };
}

/** A column that functions are made of. */
interface Column<T> {
  readonly key: string;
  readonly type: DataType;
  make(): T;
}

/** A function's values in a batch that has all columns. */
type Result = (batch: Batch, column: (of: Column<unknown>) => Vector, region: Region) => Vector;

/** Collects the columns that functions need, each once. */
class Columns {
  readonly slides: Column<Slide>[] = [];
  readonly runs: Record<Unit, Column<Run>[]> = { rows: [], peers: [], partitions: [] };
  readonly #context: Context;
  readonly #schema: Schema;

  constructor(context: Context, schema: Schema) {
    this.#context = context;
    this.#schema = schema;
  }

  add(one: BoundWindow): Result {
    switch (one.form) {
      case 'number':
        return this.#number(one.which);
      case 'ntile': {
        const { buckets } = one;
        const numbers = this.#numbering('row_number');
        const rows = this.#count('partitions');
        return this.#made(int64, [numbers, rows], ([a, b], length, out) =>
          this.#context.kernels.window_ntile(a!.data, b!.data, length, buckets, out),
        );
      }
      case 'shift':
        return this.#column(this.slides, one, one.type, () => shiftSlide(one, this.#context));
      case 'pick': {
        const unit = runUnit(one.frame);
        if (unit === null)
          return this.#column(this.slides, one, one.type, () => pickSlide(one, this.#context));
        return this.#column(this.runs[unit], one, one.type, () => new PickRun(one, this.#context, owner));
      }
      case 'aggregate':
        return this.#aggregate(one);
    }
  }

  #aggregate(one: BoundWindow & { readonly form: 'aggregate' }): Result {
    const { aggregate, frame, type } = one;
    const context = this.#context;
    const unit = runUnit(frame);
    const fixed = aggregate.state.form === 'fixed';
    if (unit !== null && fixed) {
      const make = () => new AggregateRun(aggregate, unit !== 'partitions', context, owner);
      return this.#column(this.runs[unit], one, type, make);
    }
    if (unit === 'partitions')
      return this.#column(this.runs[unit], one, type, () => new HeldRun(aggregate, context, owner));
    const make = fixed
      ? () => new AggregateSlide(aggregate, frame, context, owner)
      : () => expandedSlide(aggregate, frame, context, owner);
    return this.#column(this.slides, one, type, make);
  }

  #number(which: Numbering): Result {
    const { kernels } = this.#context;
    if (which === 'percent_rank') {
      const columns = [this.#numbering('rank'), this.#count('partitions')];
      return this.#made(float64, columns, ([a, b], length, out) =>
        kernels.window_percent_rank(a!.data, b!.data, length, out),
      );
    }
    if (which === 'cume_dist') {
      const columns = [this.#count('peers'), this.#count('partitions')];
      return this.#made(float64, columns, ([a, b], length, out) =>
        kernels.window_cume_dist(a!.data, b!.data, length, out),
      );
    }
    return this.#numbering(which);
  }

  #numbering(which: 'row_number' | 'rank' | 'dense_rank'): Result {
    return this.#column(this.runs.rows, which, int64, () => new NumberRun(which, this.#context, owner));
  }

  /** How many rows of the partition come up to the end of the peers, or in all. */
  #count(unit: 'peers' | 'partitions'): Result {
    const count = { name: 'count', aggregate: 'count', args: [], distinct: false, filter: null };
    const bound = bindAggregate(count, this.#schema);
    const make = () => new AggregateRun(bound, unit === 'peers', this.#context, owner);
    return this.#column(this.runs[unit], 'count', int64, make);
  }

  #column<T>(list: Column<T>[], what: unknown, type: DataType, make: () => T): Result {
    const key = JSON.stringify(what, (name, value) =>
      name === 'name' ? undefined : typeof value === 'bigint' ? String(value) : value,
    );
    let column = list.find((known) => known.key === key && sameType(known.type, type));
    if (column === undefined) {
      column = { key, type, make };
      list.push(column);
    }
    const found = column;
    return (_, of) => of(found);
  }

  /** Made of other columns, row by row. */
  #made(
    type: DataType,
    of: readonly Result[],
    compute: (columns: readonly Vector[], length: number, out: number) => void,
  ): Result {
    return (batch, column, region) => {
      const out = region.reserve(batch.length * 8);
      compute(
        of.map((one) => one(batch, column, region)),
        batch.length,
        out,
      );
      return fixedVector(type, batch.length, out);
    };
  }
}

/** At the end of what a frame that starts with the partition ends; null for any other frame. */
function runUnit({ unit, start, end }: BoundFrame): Unit | null {
  if (start.kind !== 'unbounded preceding') return null;
  if (end.kind === 'unbounded following') return 'partitions';
  if (end.kind !== 'current row') return null;
  return unit === 'rows' ? 'rows' : 'peers';
}
