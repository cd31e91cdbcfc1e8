/**
 * Window functions.
 *
 *   input ─▶ sort by partition, order ─▶ mark where those change ─▶ functions of rows so far (settle.ts over rows)
 *         ─▶ of rows around each row (slide.ts) ─▶ of rows up to the peers' end, to the partition's end ─▶ out
 *
 * Rows that wait for the end of their peers, their partition or their frame go to files when they are too many.
 *
 * Memory: the sort's share; of another share, waiting rows in equal parts for each kind of waiting, and what functions
 * hold of the rows of their frames (see slide.ts); before, while rows are gathered to be sorted, what drops
 * those that come too late (see top.ts).
 */
import { type Batch, fixedVector, type Vector } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import { bool, type DataType, float64, int64, sameType } from '../arrow/types.js';
import { allOrNone } from '../memory/all-or-none.js';
import type { Region } from '../memory/arena.js';
import { bind, convert } from '../plan/bind.js';
import { bindAggregate } from '../plan/bind-aggregate.js';
import { type BoundFrame, type BoundWindow, bindWindow, type Numbering } from '../plan/bind-window.js';
import type { SortKey } from '../plan/expr.js';
import type { Window } from '../plan/plan.js';
import { orderOf, serves, windowOrder } from '../plan/row-order.js';
import type { Context, Stream } from './context.js';
import { evaluate } from './evaluate.js';
import { sort } from './sort.js';
import { AggregateRun } from './window/aggregate-run.js';
import { AggregateSlide } from './window/aggregate-slide.js';
import { expandedSlide } from './window/expanded-slide.js';
import { type RangeKey, rangeKeyType } from './window/frames.js';
import { HeldRun } from './window/held-run.js';
import { mark } from './window/mark.js';
import { NumberRun } from './window/number-run.js';
import { PickRun } from './window/pick-run.js';
import { pickSlide } from './window/pick-slide.js';
import type { Run, Unit } from './window/run.js';
import { settle } from './window/settle.js';
import { shiftSlide } from './window/shift-slide.js';
import { type Slide, type SlideKey, slide } from './window/slide.js';
import { top } from './window/top.js';

const owner = 'window';

/** Behind the columns of the input come the marks, then what is known of each row. */
const markColumns = 2;

export async function* window(node: Window, input: Stream, schema: Schema, context: Context): Stream {
  const own = schema.fields.length;
  const types = schema.fields.map((field) => field.type);
  const keys = windowOrder(node);
  const partitionBy = node.partitionBy.map((key) => bind(key, schema));
  const orderBy = node.orderBy.map((key) => bind(key.expr, schema));
  const wanted = node.top === null ? input : top(node, node.top, input, schema, context);
  // A task that only drops rows: others number those of all tasks.
  if (node.functions.length === 0) {
    yield* wanted;
    return;
  }
  // What need not be sorted need not be cut down.
  const sorted = serves(orderOf(node.input), node) ? input : sort(keys, null, wanted, schema, context);
  const marked = mark(partitionBy, orderBy, sorted, context);
  const marks = { partitions: own, peers: own + 1 };
  types.push(bool, bool);

  const columns = new Columns(context, schema);
  const results = node.functions.map((one) => columns.add(bindWindow(one, node, schema)));
  const { peers, partitions } = columns.runs;
  const waiting = [columns.slides, peers, partitions].filter((stage) => stage.length > 0).length;
  const room = Math.floor(context.share / 2 / Math.max(1, waiting));

  const places = new Map<object, number>();
  const placed = (added: readonly Column<unknown>[]): void => {
    for (const one of added) places.set(one, types.push(one.type) - 1);
  };
  let stream = marked;
  const settled = (unit: Unit): void => {
    const runs = columns.runs[unit];
    if (runs.length === 0) return;
    stream = settle(() => madeOf(runs), unit, marks, stream, [...types], room, context);
    placed(runs);
  };
  settled('rows');
  if (columns.slides.length > 0) {
    stream = slide(
      (key) => madeOf(columns.slides, key),
      rangeKey(node.orderBy, schema),
      marks,
      stream,
      [...types],
      room,
      context,
    );
    placed(columns.slides);
  }
  settled('peers');
  settled('partitions');
  const region = context.arena.region(owner);
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
  /** `rangeKey`: where slides find the sort key. */
  make(rangeKey: RangeKey | null): T;
}

function madeOf<T extends Run | Slide>(columns: readonly Column<T>[], key: RangeKey | null = null): T[] {
  return allOrNone(
    columns,
    (column) => column.make(key),
    (made) => made.release(),
  );
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
        return this.#column(this.slides, one, one.type, () => shiftSlide(one, this.#context, owner));
      case 'pick': {
        const unit = pickUnit(one);
        if (unit === null)
          return this.#column(this.slides, one, one.type, (key) => pickSlide(one, key, this.#context, owner));
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
      return this.#column(
        this.runs[unit],
        one,
        type,
        () => new HeldRun(aggregate, context.share / 8, context, owner),
      );
    if (fixed && frame.start.kind === 'unbounded preceding') return this.#upTo(one);
    const make = (key: RangeKey | null): Slide =>
      fixed
        ? new AggregateSlide(aggregate, frame, key, context, owner)
        : expandedSlide(aggregate, frame, key, context.share / 8, context, owner);
    return this.#column(this.slides, one, type, make);
  }

  /** Over a frame from the start of the partition up to an offset: what has run up in the frame's last row. */
  #upTo({ aggregate, frame, type }: BoundWindow & { readonly form: 'aggregate' }): Result {
    const context = this.#context;
    const make = () => new AggregateRun(aggregate, true, context, owner);
    const key = { aggregate, rows: true };
    const index = this.#schema.fields.length + markColumns + this.#place(this.runs.rows, key, type, make);
    const arg = { op: 'column', index, type, nullable: true } as const;
    const last = { name: aggregate.name, type, nullable: true, form: 'pick', arg, nth: 'last' } as const;
    const pick = { ...last, filter: null, ignoreNulls: false, frame };
    const found = this.#column(this.slides, pick, type, (key) => pickSlide(pick, key, context, owner));
    if (aggregate.row.nullable) return found;
    // Of no rows the count is 0.
    const column = { op: 'column', index: 0, type, nullable: true } as const;
    const zero = { op: 'literal', type, value: '0', nullable: false } as const;
    const counted = { op: 'call', name: 'coalesce', args: [column, zero], type, nullable: false } as const;
    return (batch, of, region) => {
      const columns = [found(batch, of, region)];
      return evaluate(counted, { length: batch.length, columns }, region, context);
    };
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

  #column<T>(list: Column<T>[], what: unknown, type: DataType, make: Column<T>['make']): Result {
    const found = list[this.#place(list, what, type, make)]!;
    return (_, of) => of(found);
  }

  /** Where in the list the column is, which is added if it is not there. */
  #place<T>(list: Column<T>[], what: unknown, type: DataType, make: Column<T>['make']): number {
    const key = JSON.stringify(what, (name, value) =>
      name === 'name' ? undefined : typeof value === 'bigint' ? String(value) : value,
    );
    const known = list.findIndex((column) => column.key === key && sameType(column.type, type));
    return known >= 0 ? known : list.push({ key, type, make }) - 1;
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

/** As below; the first row of the partition or its last is picked at once where frames have no hole there. */
function pickUnit({ nth, filter, ignoreNulls, frame }: BoundWindow & { readonly form: 'pick' }): Unit | null {
  const { start, end } = frame;
  const plain = filter === null && !ignoreNulls;
  if (plain && nth === 1 && start.kind === 'unbounded preceding' && end.kind !== 'preceding') return 'rows';
  if (plain && nth === 'last' && end.kind === 'unbounded following' && start.kind !== 'following')
    return 'partitions';
  return runUnit(frame);
}

/** At the end of what a frame that starts with the partition ends; null for any other frame. */
function runUnit({ unit, start, end }: BoundFrame): Unit | null {
  if (start.kind !== 'unbounded preceding') return null;
  if (end.kind === 'unbounded following') return 'partitions';
  if (end.kind !== 'current row') return null;
  return unit === 'rows' ? 'rows' : 'peers';
}
