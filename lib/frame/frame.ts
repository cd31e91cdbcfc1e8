/** The dataframe: every verb wraps the plan in one more node. Nothing is read before a result is asked for. */
import type { Schema as ArrowSchema, RecordBatch, Table } from 'apache-arrow';
import { type Scalar, scalarAt } from '../arrow/scalar.js';
import { fieldIndex, type Schema } from '../arrow/schema.js';
import { usageError } from '../errors.js';
import { unknownColumn } from '../plan/bind.js';
import { joinInputs } from '../plan/build/join-inputs.js';
import { pivot } from '../plan/build/pivot.js';
import { except, intersect } from '../plan/build/set-operation.js';
import { unionByName, unionByPosition } from '../plan/build/union.js';
import { unpivot } from '../plan/build/unpivot.js';
import type { Expr, LiteralExpr, Named, NamedAggregate } from '../plan/expr.js';
import { column, named, sortKey } from '../plan/make-expr.js';
import {
  aggregate,
  distinct,
  explode,
  filter,
  limit,
  mapBatches,
  project,
  sample,
  sort,
} from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { schemaOf } from '../plan/schema.js';
import { Aggregate, toAggregates } from './aggregates.js';
import { literalOf, shown, toExpr, toNamed } from './build.js';
import {
  type Aggregated,
  type Columns,
  columns,
  type Extended,
  type Selected,
  type Selection,
} from './columns.js';
import { describedPlan, parseDescription } from './description.js';
import type { Estimate } from './estimate.js';
import type { BoolOperand, Operand } from './expr.js';
import { codePlace, describedSchema, type MapOptions, plainData } from './functions.js';
import { mustBeCallback, mustBeObject, mustBeText, mustBeTexts } from './given.js';
import {
  type AsofOptions,
  asofJoined,
  type ColumnPair,
  checkHow,
  crossJoined,
  type JoinCondition,
  type Joined,
  type JoinHow,
  type JoinKeys,
  type JoinOptions,
  joined,
  type KeysOf,
  type SharedColumn,
  usualSuffix,
} from './join.js';
import type {
  CollectOptions,
  ExplainOptions,
  RunOptions,
  SampleOptions,
  SortOptions,
  WriteOptions,
} from './options.js';
import type { SortBy } from './order.js';
import {
  type Cells,
  constantOf,
  mostPivoted,
  type Pivoted,
  type PivotOptions,
  type PivotValue,
  tooManyValues,
  type Unpivoted,
  type UnpivotOptions,
} from './reshape.js';
import type { Session, Written } from './session.js';
import { type Alike, type AlikeByName, checkOrder, type United, type UnitedByName } from './set-operation.js';
import { toSortKey } from './sort-key.js';
import type {
  ArrowTypes,
  ColumnName,
  Dynamic,
  ElementOf,
  IsDynamic,
  Row,
  SchemaDescription,
  Simplify,
} from './types.js';
import { type Over, Windows } from './window.js';

/** With `collect({ int64: 'number' })`. */
type WithNumbers<S> = { [K in keyof S]: S[K] extends `${'' | 'u'}int64${'' | '?'}` ? 'float64' : S[K] };

type SqlText = typeof import('../sql/sql.js');

/** What is known of a plan: all of it, or how to get it once SQL text is parsed. */
type Known = Plan | (() => Promise<Plan>);

/**
 * Columns of data that may be larger than memory, and what is to be done with them. It never changes: verbs
 * give a new frame. `S` are its columns, as `{ vendor: 'utf8?'; fare: 'float64' }`.
 *
 * A mistake in a callback is thrown by the verb. SQL text is parsed when something is awaited (the schema,
 * explain, a result), because its parser is loaded then: a mistake in it, and in the verbs that follow it,
 * rejects there.
 *
 * The examples use this frame:
 * ```ts
 * const trips = await scan('trips.csv');
 * ```
 */
export class DataFrame<S = Dynamic> {
  readonly #session: Session;
  readonly #known: Known;

  /** @internal Frames come from `scan` and `sql`. */
  constructor(session: Session, known: Known) {
    this.#session = session;
    this.#known = known;
    if (typeof known !== 'function') schemaOf(known);
  }

  /**
   * The columns and their types.
   *
   * ```ts
   * const { fields } = await trips.schema;
   * ```
   */
  get schema(): Promise<Schema> {
    return this.#plan().then(schemaOf);
  }

  /**
   * Rows where a condition is true; the condition is an expression or SQL text.
   *
   * ```ts
   * trips.filter((c) => c.fare.gt(10).and(c.vendor.eq('acme')));
   * trips.filter("fare > 10 and vendor = 'acme'");
   * ```
   */
  filter(condition: ((c: Columns<S>) => BoolOperand) | string): DataFrame<S> {
    if (typeof condition === 'string')
      return this.#parsed(async (input, { parseCondition }) =>
        filter(input, await parseCondition(condition, schemaOf(input), this.#session.functions)),
      );
    mustBeCallback(condition, 'filter takes a callback that gives a condition, or SQL text');
    const predicate = toExpr(condition(this.#columns()));
    return this.#next((input) => filter(input, predicate));
  }

  /**
   * Only these columns: names, or an object of expressions.
   *
   * ```ts
   * trips.select('vendor', 'fare');
   * trips.select((c) => ({ vendor: c.vendor, rate: c.tip.div(c.fare) }));
   * ```
   */
  select<const K extends ColumnName<S>>(...names: readonly K[]): DataFrame<Simplify<Pick<S, K>>>;
  select<const R extends Selection>(make: (c: Columns<S>) => R): DataFrame<Selected<R>>;
  select(...given: readonly unknown[]): unknown {
    const selected = this.#selection(given);
    if (selected.length === 0) throw usageError('select wants at least one column');
    return this.#next((input) => project(input, selected));
  }

  /**
   * Only these columns, as a SQL select list.
   *
   * ```ts
   * trips.selectText('vendor, tip / fare as rate');
   * ```
   */
  selectText(list: string): DataFrame {
    return this.#parsed(async (input, { parseSelectList }) =>
      project(input, await parseSelectList(list, schemaOf(input), this.#session.functions)),
    );
  }

  /**
   * Adds columns, or replaces those of the same name where they stand.
   *
   * ```ts
   * trips.withColumns((c) => ({ rate: c.tip.div(c.fare) }));
   * ```
   */
  withColumns<const R extends Selection>(make: (c: Columns<S>) => R): DataFrame<Extended<S, R>> {
    mustBeCallback(make, 'withColumns takes a callback that gives an object of expressions');
    const made = toNamed(make(this.#columns()));
    return this.#next((input) => {
      const names = namesOf(input);
      const added = made.filter(({ name }) => !names.includes(name));
      const kept = names.map((name) => made.find((column) => column.name === name) ?? same(name));
      return project(input, [...kept, ...added]);
    });
  }

  /**
   * Gives columns other names.
   *
   * ```ts
   * trips.rename({ vendor: 'company' });
   * ```
   */
  rename<const M extends { readonly [K in ColumnName<S>]?: string }>(
    names: M,
  ): DataFrame<{ -readonly [K in keyof S as K extends keyof M ? M[K] & string : K]: S[K] }> {
    mustBeObject(names, 'rename takes an object, as { old: "new" }');
    return this.#next((input) => {
      mustExist(Object.keys(names), input);
      const given = new Map<string, string | undefined>(Object.entries(names));
      return project(
        input,
        namesOf(input).map((name) => named(given.get(name) ?? name, column(name))),
      );
    });
  }

  /**
   * All columns but these.
   *
   * ```ts
   * trips.drop('tip');
   * ```
   */
  drop<const K extends ColumnName<S>>(...names: readonly K[]): DataFrame<Simplify<Omit<S, K>>> {
    mustBeTexts(names, 'the name of a column');
    return this.#next((input) => {
      mustExist(names, input);
      const kept = namesOf(input).filter((name) => !(names as readonly string[]).includes(name));
      return project(input, kept.map(same));
    });
  }

  /**
   * Groups of rows that agree in some columns, or in an object of expressions; `agg` makes one row of each.
   *
   * ```ts
   * trips.groupBy('vendor').agg((c) => ({ n: count(), fare: sum(c.fare) }));
   * trips.groupBy((c) => ({ initial: c.vendor.left(1) })).agg(() => ({ n: count() }));
   * ```
   */
  groupBy(): Grouped<S, unknown>;
  groupBy<const K extends ColumnName<S>>(...names: readonly K[]): Grouped<S, Pick<S, K>>;
  groupBy<const R extends Selection>(make: (c: Columns<S>) => R): Grouped<S, Selected<R>>;
  groupBy(...given: readonly unknown[]): unknown {
    const keys = this.#selection(given);
    return new Grouped(this.#columns(), (aggregates) =>
      this.#next((input) => aggregate(input, keys, aggregates)),
    );
  }

  /**
   * Groups and aggregates as SQL text; without keys the whole is one group.
   *
   * ```ts
   * trips.aggregateText('vendor, fare > 10 as long', 'count(*) as n, avg(tip) as tip');
   * ```
   */
  aggregateText(keys: string, aggregates: string): DataFrame {
    return this.#parsed(async (input, { parseGroupKeys, parseAggregates }) => {
      const schema = schemaOf(input);
      const { functions } = this.#session;
      const by = keys.trim() === '' ? [] : await parseGroupKeys(keys, schema, functions);
      const wanted = await parseAggregates(aggregates, schema, by, functions);
      const grouped = aggregate(input, by, wanted.aggregates);
      return project(grouped, [...by.map(({ name }) => same(name)), ...wanted.columns]);
    });
  }

  /**
   * Tells the compiler what SQL text made: only these columns, checked when the frame is awaited.
   *
   * ```ts
   * trips.selectText('vendor, fare * 2 as twice').typed({ vendor: 'utf8?', twice: 'float64?' });
   * ```
   */
  typed<const D extends SchemaDescription>(description: D): DataFrame<{ -readonly [K in keyof D]: D[K] }> {
    const described = parseDescription(description);
    return this.#next((input) => describedPlan(input, described));
  }

  /**
   * The first of rows that are alike in all columns.
   *
   * ```ts
   * trips.select('vendor').distinct();
   * ```
   */
  distinct(): DataFrame<S> {
    return this.#next(distinct);
  }

  /**
   * Orders rows by columns, expressions or SQL text; nulls come last.
   *
   * ```ts
   * trips.sort(['vendor']);
   * trips.sort((c) => [c.fare.desc(), c.vendor], { limit: 10 });
   * trips.sort('fare desc, vendor');
   * ```
   */
  sort(
    by: string | readonly SortBy<S>[] | ((c: Columns<S>) => SortBy<S> | readonly SortBy<S>[]),
    options: SortOptions = {},
  ): DataFrame<S> {
    const rows = options.limit === undefined ? null : wholeNumber(options.limit, 'the limit of a sort');
    if (typeof by === 'string')
      return this.#parsed(async (input, { parseSortKeys }) =>
        sort(input, await parseSortKeys(by, schemaOf(input), this.#session.functions), rows),
      );
    const given = typeof by === 'function' ? by(this.#columns()) : by;
    const keys = (Array.isArray(given) ? given : [given]).map(toSortKey);
    return this.#next((input) => sort(input, keys, rows));
  }

  /**
   * The first `count` rows, after leaving out `offset`.
   *
   * ```ts
   * trips.limit(100);
   * ```
   */
  limit(count: number, offset = 0): DataFrame<S> {
    wholeNumber(count, 'a limit');
    wholeNumber(offset, 'an offset');
    return this.#next((input) => limit(input, count, offset));
  }

  /**
   * Rows of both frames side by side where columns are equal, or a condition is true. Columns named in `on` come out
   * once; other names that both frames have get a suffix on the right. Null equals nothing. The order of rows is not
   * defined. `semi` keeps the rows of this frame that have a match, `anti` those that have none.
   *
   * ```ts
   * const rates = trips.groupBy('vendor').agg((c) => ({ mean: avg(c.fare) }));
   * trips.join(rates, { on: 'vendor', how: 'left' });
   * trips.join(rates, { on: [{ left: 'vendor', right: 'vendor' }], condition: (l, r) => l.fare.gt(r.mean) });
   * trips.join(rates, { on: (l, r) => l.vendor.eq(r.vendor).and(l.fare.gt(r.mean)), suffix: '_of_rate' });
   * ```
   */
  join<
    T,
    const K extends JoinKeys<S, T>,
    const H extends JoinHow = 'inner',
    const X extends string = '_right',
  >(other: DataFrame<T>, options: JoinOptions<S, T, K, H, X>): DataFrame<Joined<S, T, H, KeysOf<K>, X>>;
  join<T, const H extends JoinHow = 'inner', const X extends string = '_right'>(
    other: DataFrame<T>,
    options: JoinOptions<S, T, JoinCondition<S, T>, H, X>,
  ): DataFrame<Joined<S, T, H, never, X>>;
  join<T>(
    other: DataFrame<T>,
    options: JoinOptions<S, T, JoinKeys<S, T> | JoinCondition<S, T>, JoinHow, string>,
  ): unknown {
    mustBeObject(options, 'join takes options that say on what, as { on: "id" }');
    return this.#with([other], ([left, right]) => joined(options, left!, right!));
  }

  /**
   * As `join`, on SQL text: names of columns that both frames have, and conditions. A name of both is `l.name` on the
   * left and `r.name` on the right; in `a = b` the first is of the left and the second of the right.
   *
   * ```ts
   * trips.joinText(trips.selectText('vendor as company, fare as other'), 'vendor = company and fare < other');
   * ```
   */
  joinText(
    other: DataFrame,
    on: string,
    { how = 'inner', suffix = usualSuffix }: { readonly how?: JoinHow; readonly suffix?: string } = {},
  ): DataFrame {
    this.#sameSession([other]);
    return this.#parsed(async (left, { parseJoin }) => {
      const right = await other.#plan();
      checkHow(how);
      const { using, condition } = await parseJoin(
        on,
        schemaOf(left),
        schemaOf(right),
        this.#session.functions,
      );
      return joinInputs(left, right, { kind: how, using, condition, suffix });
    });
  }

  /**
   * Each row with the one row of another frame that is nearest in a column: at or before it (`backward`), at or after it
   * (`forward`), or the nearer of both (`nearest`); among those that are equal in `by`, and no farther than a tolerance.
   *
   * ```ts
   * const before = trips.select((c) => ({ pickup: c.pickup, vendor: c.vendor, earlier: c.fare }));
   * trips.joinAsof(before, { on: 'pickup', by: 'vendor', allowEqual: false, tolerance: '30d' });
   * ```
   */
  joinAsof<
    T,
    const N extends SharedColumn<S, T> | ColumnPair<S, T>,
    const B extends SharedColumn<S, T> | readonly SharedColumn<S, T>[] = readonly never[],
    const H extends 'inner' | 'left' = 'left',
    const X extends string = '_right',
  >(
    other: DataFrame<T>,
    options: {
      /** Numbers, dates or timestamps. */
      readonly on: N;
      readonly by?: B;
      /** `backward` if not given. */
      readonly direction?: 'backward' | 'forward' | 'nearest';
      /** Is an equal value near? True if not given. */
      readonly allowEqual?: boolean;
      /** A number, in days for dates and microseconds for timestamps; for these also a text as `5s`, `10m`, `2h`, `1d`. */
      readonly tolerance?: number | bigint | string;
      /** What becomes of a row without a match: nulls (`left`, if not given), or it is left out (`inner`). */
      readonly how?: H;
      readonly suffix?: X;
    },
  ): DataFrame<Joined<S, T, H, KeysOf<N extends string ? N : readonly [N]> | KeysOf<B>, X>> {
    return this.#with([other], ([left, right]) => asofJoined(options as AsofOptions, left!, right!));
  }

  /**
   * All pairs of rows.
   *
   * ```ts
   * trips.select('vendor').crossJoin(trips.select('day'));
   * ```
   */
  crossJoin<T, const X extends string = '_right'>(
    other: DataFrame<T>,
    options: { readonly suffix?: X } = {},
  ): DataFrame<Joined<S, T, 'inner', never, X>> {
    return this.#with([other], ([left, right]) => crossJoined(options.suffix ?? usualSuffix, left!, right!));
  }

  /**
   * The rows of this frame, then those of the others. Columns go by position; where types differ, they become the one
   * that holds the values of all.
   *
   * ```ts
   * trips.filter('fare > 50').union(trips.filter('tip > 5'));
   * ```
   */
  union<const O extends readonly unknown[]>(
    ...others: { [I in keyof O]: DataFrame<O[I]> & Alike<S, O[I]> }
  ): DataFrame<United<S, O>> {
    return this.#with(others, (inputs) => {
      checkOrder(inputs, 'union');
      return unionByPosition(inputs);
    });
  }

  /**
   * As `union`, but columns go by name: those of this frame, then others that come. With `allowMissing` a column that a
   * frame does not have is null in its rows.
   *
   * ```ts
   * trips.select('vendor', 'fare').unionByName(trips.select('tip', 'vendor'), { allowMissing: true });
   * ```
   */
  unionByName<T>(
    other: DataFrame<T> & Alike<S, T>,
    options?: { readonly allowMissing?: false },
  ): DataFrame<United<S, [T]>>;
  unionByName<T>(
    other: DataFrame<T> & AlikeByName<S, T>,
    options: { readonly allowMissing: boolean },
  ): DataFrame<UnitedByName<S, [T]>>;
  unionByName(other: unknown, { allowMissing = false }: { readonly allowMissing?: boolean } = {}): unknown {
    return this.#with([other], (inputs) => {
      if (!allowMissing) sameNames(inputs);
      return unionByName(inputs);
    });
  }

  /**
   * Rows that another frame has too, once each; with `all` as often as in the frame that has them less often. Columns
   * go by position, and two nulls are the same.
   *
   * ```ts
   * trips.select('vendor').intersect(trips.filter('fare > 10').select('vendor'));
   * ```
   */
  intersect<T>(
    other: DataFrame<T> & Alike<S, T>,
    { all = false }: { readonly all?: boolean } = {},
  ): DataFrame<United<S, [T]>> {
    return this.#with([other], (inputs) => {
      checkOrder(inputs, 'intersect');
      return intersect(inputs[0]!, inputs[1]!, all);
    });
  }

  /**
   * Rows that another frame has not, once each; with `all` as often as this frame has them more often.
   *
   * ```ts
   * trips.select('vendor').except(trips.filter('fare > 10').select('vendor'), { all: true });
   * ```
   */
  except<T>(
    other: DataFrame<T> & Alike<S, T>,
    { all = false }: { readonly all?: boolean } = {},
  ): DataFrame<United<S, [T]>> {
    return this.#with([other], (inputs) => {
      checkOrder(inputs, 'except');
      return except(inputs[0]!, inputs[1]!, all);
    });
  }

  /**
   * Adds columns that look at the rows around each row, or replaces those of the same name. What a function of the
   * window gives is an expression, so it can be computed on. The order of rows is not defined.
   *
   * ```ts
   * trips.withWindow({ partitionBy: 'vendor', orderBy: 'pickup' }, (c, w) => ({
   *   trip: w.rowNumber(),
   *   more: c.fare.sub(w.lag(c.fare)),
   *   mean: w.avg(c.fare, { rows: [-2, 0] }),
   * }));
   * ```
   */
  withWindow<const R extends Selection>(
    over: Over<S>,
    make: (c: Columns<S>, w: Windows) => R,
  ): DataFrame<Extended<S, R>> {
    const c = this.#columns();
    const windows = new Windows();
    const made = toNamed(make(c, windows));
    const partitionBy = listOf(over.partitionBy, c).map(toColumn);
    const orderBy = listOf(over.orderBy, c).map(toSortKey);
    return this.#next((input) => windows.plan(input, partitionBy, orderBy, made));
  }

  /**
   * Values of a column become columns: a row for each combination of the `index` columns, and in it aggregates of the
   * rows that have the value.
   *
   * ```ts
   * trips.pivot({ on: 'vendor', values: ['acme', 'zoom'], index: 'riders', agg: (c) => sum(c.fare) });
   * trips.pivot({ on: (c) => c.pickup.month(), agg: (c) => ({ n: count(), tip: avg(c.tip) }) });
   * ```
   */
  pivot<
    const V extends readonly PivotValue[] | undefined = undefined,
    const I extends ColumnName<S> | readonly ColumnName<S>[] = readonly never[],
    const A extends Cells = Cells,
  >(options: PivotOptions<S, I, V, A>): DataFrame<Pivoted<S, I, V, A>> {
    const { values } = options;
    const c = this.#columns();
    const on = toColumn(typeof options.on === 'function' ? options.on(c) : options.on);
    const index = listOf(options.index, c).map((name) => same(name as string));
    const cells = options.agg(c);
    const aggregates = toAggregates(cells instanceof Aggregate ? { value: cells } : cells);
    const pivoted = (input: Plan, found: readonly LiteralExpr[]): Plan =>
      pivot(input, { keys: index, on, values: found, aggregates });
    if (values === undefined) {
      return new DataFrame(
        this.#session,
        once(async () => {
          const input = await this.#plan();
          return checked(pivoted(input, await this.#valuesOf(input, on)));
        }),
      );
    }
    if (values.length === 0) throw usageError('pivot wants at least one value');
    const literals = values.map(literalOf);
    return this.#next((input) => pivoted(input, literals));
  }

  /**
   * Columns become rows: each row once for each of the columns, with its name and its value.
   *
   * ```ts
   * trips.unpivot({ columns: ['fare', 'tip'], name: 'kind', value: 'amount' });
   * ```
   */
  unpivot<const K extends ColumnName<S>, const N extends string = 'name', const V extends string = 'value'>(
    options: UnpivotOptions<readonly K[], N, V>,
  ): DataFrame<Unpivoted<S, K, N, V>> {
    const { columns: melted, name = 'name', value = 'value', keepNulls = true } = options;
    return this.#next((input) => unpivot(input, { columns: melted, name, value, keepNulls }));
  }

  /**
   * A list becomes rows: each row once for each element, which takes the place of the list. A row whose list is empty or
   * null is left out, or with `outer` comes once, with null.
   *
   * ```ts
   * trips.groupBy('vendor').agg((c) => ({ fares: list(c.fare) })).explode('fares', { outer: true });
   * ```
   */
  explode<const K extends ColumnName<S>>(
    column: K,
    { outer = false }: { readonly outer?: boolean } = {},
  ): DataFrame<IsDynamic<S> extends true ? Dynamic : Exploded<S, K>> {
    return this.#next((input) => explode(input, column, outer));
  }

  /**
   * Some rows by chance: each with a probability, or so many of them in all. With the same seed and the same input they
   * are the same rows; without a seed they are others each time.
   *
   * ```ts
   * trips.sample({ rate: 0.5, seed: 7 });
   * trips.sample({ count: 2 });
   * ```
   */
  sample(options: SampleOptions): DataFrame<S> {
    const { rate = null, count: rows = null, seed = Math.floor(Math.random() * 2 ** 32) } = options;
    if ((rate === null) === (rows === null)) throw usageError('sample takes a rate or a count');
    if (rate !== null && !(rate >= 0 && rate <= 1))
      throw usageError(`the rate of a sample is from 0 to 1, not ${rate}`);
    if (rows !== null) wholeNumber(rows, 'the count of a sample');
    if (!Number.isSafeInteger(seed)) throw usageError(`the seed of a sample is a whole number, not ${seed}`);
    return this.#next((input) => sample(input, { rate, count: rows }, seed));
  }

  /**
   * The first rows as an apache-arrow Table.
   *
   * ```ts
   * console.log((await trips.head(5)).toString());
   * ```
   */
  head(count = 10, options: RunOptions = {}): Promise<Table<ArrowTypes<S>>> {
    return this.limit(count).collect(options);
  }

  /**
   * The number of rows.
   *
   * ```ts
   * const n = await trips.count();
   * ```
   */
  async count(options: RunOptions = {}): Promise<number> {
    const counted = { name: 'count', aggregate: 'count', args: [], distinct: false, filter: null };
    const plan = aggregate(await this.#plan(), [], [counted]);
    return this.#session.inTurn(options, async () => {
      const { arena } = this.#session.runtime();
      let rows: Scalar = 0n;
      for await (const batch of this.#session.run(plan, options)) {
        if (batch.length > 0) rows = scalarAt(batch.columns[0]!, 0, arena);
      }
      return Number(rows);
    });
  }

  /**
   * All rows as an apache-arrow Table, which lives in JavaScript's memory. 64-bit integers are bigint unless
   * asked otherwise; a Table gives dates and timestamps as milliseconds (with a fraction), `toArray()` of a
   * column gives timestamps as microseconds.
   *
   * ```ts
   * const table = await trips.select('vendor', 'fare').collect();
   * const fares = table.getChild('fare').toArray();
   * ```
   */
  collect(options: CollectOptions & { readonly int64: 'number' }): Promise<Table<ArrowTypes<WithNumbers<S>>>>;
  collect(options?: CollectOptions): Promise<Table<ArrowTypes<S>>>;
  async collect(options: CollectOptions = {}): Promise<unknown> {
    await this.#plan();
    return this.#session.inTurn(options, async () => {
      const collected: RecordBatch[] = [];
      const batches = this.#copies(options);
      let next = await batches.next();
      for (; !next.done; next = await batches.next()) collected.push(next.value);
      const { Table } = await import('apache-arrow');
      return new Table(next.value, collected);
    });
  }

  /**
   * Rows as they come, as apache-arrow record batches. The next batch is worked out when it is asked for;
   * leaving the loop ends the query and gives its memory back.
   *
   * ```ts
   * for await (const batch of trips.batches()) console.log(batch.numRows);
   * ```
   */
  batches(
    options: CollectOptions & { readonly int64: 'number' },
  ): AsyncGenerator<RecordBatch<ArrowTypes<WithNumbers<S>>>, void, void>;
  batches(options?: CollectOptions): AsyncGenerator<RecordBatch<ArrowTypes<S>>, void, void>;
  batches(options: CollectOptions = {}): AsyncGenerator<never, void, void> {
    return this.#planned(() => this.#session.atReadersPace(this.#copies(options), options)) as AsyncGenerator<
      never,
      void,
      void
    >;
  }

  /**
   * Rows as they come, as plain objects: handy for small results, slow for large ones.
   *
   * ```ts
   * for await (const row of trips.limit(3).rows()) console.log(row.vendor, row.fare);
   * ```
   */
  rows(options: RunOptions = {}): AsyncGenerator<Row<S>, void, void> {
    return this.#planned(() => this.#session.atReadersPace(this.#rows(options), options)) as AsyncGenerator<
      Row<S>,
      void,
      void
    >;
  }

  /**
   * Writes all rows; the output appears whole or not at all. The name tells the format; `-` is standard output.
   *
   * ```ts
   * const { rows } = await trips.write('out.csv', { overwrite: true });
   * ```
   */
  async write(path: string, options: WriteOptions = {}): Promise<Written> {
    mustBeText(path, 'the path of the output');
    return this.#session.write(await this.#plan(), path, options);
  }

  /**
   * What a function makes of the columns, batch by batch; it is named by its module, which worker processes import too.
   * It is called with `{ length, columns }` and gives the columns of `schema`, once or, as a generator, any number of
   * times. It sees each row once, in order, and must not depend on where batches begin and end.
   *
   * ```ts
   * trips.mapBatches(new URL('./rate.js', import.meta.url), { schema: { vendor: 'utf8?', rate: 'float64?' } });
   * ```
   */
  mapBatches<const D extends SchemaDescription>(
    module: URL | string,
    options: MapOptions<D>,
  ): DataFrame<{ -readonly [K in keyof D]: D[K] }> {
    const place = codePlace(module, options?.export, 'mapBatches');
    const schema = describedSchema(options?.schema);
    const data = plainData(options.options);
    return this.#next((input) => mapBatches(input, place, schema, data));
  }

  /**
   * The plan as text.
   *
   * ```ts
   * console.log(await trips.filter('fare > 10').explain());
   * ```
   */
  async explain({ optimized = true }: ExplainOptions = {}): Promise<string> {
    const plan = await this.#plan();
    const { explain } = await import('../plan/explain.js');
    if (!optimized) return explain(plan);
    const runs = this.#session.optimized(plan);
    return explain(runs, { notes: await this.#session.notes(runs) }) + (await this.#session.stagesText(runs));
  }

  /**
   * What a result is going to need, before anything runs: memory, temporary files, and whether there is enough of both.
   * It goes by the statistics of the files; a CSV file has but a sample, and what is not known is null.
   *
   * ```ts
   * const { spilledBytes, refusal } = await trips.distinct().estimate();
   * ```
   */
  async estimate(): Promise<Estimate> {
    return this.#session.estimate(await this.#plan());
  }

  async #plan(): Promise<Plan> {
    return typeof this.#known === 'function' ? this.#known() : this.#known;
  }

  #columns(): Columns<S> {
    return columns(typeof this.#known === 'function' ? null : namesOf(this.#known));
  }

  #selection(given: readonly unknown[]): Named[] {
    const [make] = given;
    if (typeof make === 'function') return toNamed(make(this.#columns()));
    return given.map((name) => {
      if (typeof name === 'string') return same(name);
      throw usageError('columns are chosen by name, or by a callback that gives an object of expressions');
    });
  }

  #next<T>(node: (input: Plan) => Plan): DataFrame<T> {
    const known = this.#known;
    if (typeof known !== 'function') return new DataFrame(this.#session, node(known));
    return new DataFrame(
      this.#session,
      once(async () => checked(node(await known()))),
    );
  }

  #parsed<T>(node: (input: Plan, sql: SqlText) => Promise<Plan>): DataFrame<T> {
    return new DataFrame(
      this.#session,
      once(async () => checked(await node(await this.#plan(), await import('../sql/sql.js')))),
    );
  }

  /** A frame over this one and others. */
  #with<T>(others: readonly unknown[], node: (inputs: readonly Plan[]) => Plan): DataFrame<T> {
    this.#sameSession(others);
    const all = [this, ...others].map((frame) => (frame as DataFrame<unknown>).#known);
    const plans = all.filter((known) => typeof known !== 'function');
    if (plans.length === all.length) return new DataFrame(this.#session, node(plans));
    return new DataFrame(
      this.#session,
      once(async () => {
        const inputs: Plan[] = [];
        for (const known of all) inputs.push(typeof known === 'function' ? await known() : known);
        return checked(node(inputs));
      }),
    );
  }

  /** The memory and the open files are one session's. */
  #sameSession(others: readonly unknown[]): void {
    for (const other of others) {
      if (!(other instanceof DataFrame)) throw usageError(`a frame is wanted, not ${shown(other)}`);
      if (other.#session !== this.#session)
        throw usageError('the frames are of two sessions; scan both files in one');
    }
  }

  /** The different values of an expression, in their order. */
  async #valuesOf(input: Plan, on: Expr): Promise<LiteralExpr[]> {
    const key = named('value', on);
    const values = sort(aggregate(input, [key], []), [sortKey(column('value'))]);
    const { type } = schemaOf(values).fields[0]!;
    return this.#session.inTurn({}, async () => {
      const { arena } = this.#session.runtime();
      const found: LiteralExpr[] = [];
      for await (const batch of this.#session.run(values, {})) {
        if (found.length + batch.length > mostPivoted) throw tooManyValues();
        for (let row = 0; row < batch.length; row++)
          found.push(constantOf(type, scalarAt(batch.columns[0]!, row, arena)));
      }
      return found;
    });
  }

  /** What makes the plan may run a query of its own, which takes its turn before this one's. */
  async *#planned<T>(stream: () => AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
    await this.#plan();
    yield* stream();
  }

  async *#rows(options: RunOptions): AsyncGenerator<unknown, void, void> {
    const plan = await this.#plan();
    const { rowsOf } = await import('./rows.js');
    const { arena } = this.#session.runtime();
    for await (const batch of this.#session.run(plan, options)) yield* rowsOf(batch, schemaOf(plan), arena);
  }

  async *#copies({ int64, ...options }: CollectOptions): AsyncGenerator<RecordBatch, ArrowSchema, void> {
    const plan = await this.#plan();
    const batches = this.#session.run(plan, options);
    try {
      // apache-arrow takes a tenth of a second to load: meanwhile worker processes start, and are at work.
      const [{ ArrowBatches }, first] = await Promise.all([import('./arrow-table.js'), batches.next()]);
      const copies = new ArrowBatches(schemaOf(plan), this.#session.runtime(), int64);
      try {
        for (let next = first; !next.done; next = await batches.next())
          if (next.value.length > 0) yield copies.copy(next.value);
        return copies.schema;
      } finally {
        copies.release();
      }
    } finally {
      await batches.return();
    }
  }
}

/** Rows in groups: all they can do is become one row each. */
export class Grouped<S, Keys> {
  readonly #columns: Columns<S>;
  readonly #aggregate: (aggregates: readonly NamedAggregate[]) => DataFrame<unknown>;

  /** @internal Made by `groupBy`. */
  constructor(columns: Columns<S>, aggregate: (aggregates: readonly NamedAggregate[]) => DataFrame<unknown>) {
    this.#columns = columns;
    this.#aggregate = aggregate;
  }

  /**
   * One row a group: its keys, then these aggregates. Groups come in the order of their first rows.
   *
   * ```ts
   * trips.groupBy('vendor').agg((c) => ({ n: count(), fare: avg(c.fare), last: max(c.pickup) }));
   * ```
   */
  agg<const R extends Readonly<Record<string, Aggregate<unknown>>>>(
    make: (c: Columns<S>) => R,
  ): DataFrame<Aggregated<Keys, R>> {
    if (typeof make !== 'function')
      throw usageError(
        `agg takes a function that gives aggregates, as (c) => ({ n: count() }), not ${typeof make}; aggregateText takes SQL text`,
      );
    return this.#aggregate(toAggregates(make(this.#columns))) as DataFrame<Aggregated<Keys, R>>;
  }
}

const same = (name: string): Named => named(name, column(name));

const namesOf = (plan: Plan): string[] => schemaOf(plan).fields.map(({ name }) => name);

function mustExist(names: readonly string[], input: Plan): void {
  const schema = schemaOf(input);
  for (const name of names) if (fieldIndex(schema, name) < 0) throw unknownColumn(name, schema);
}

type Exploded<S, K> = Simplify<{ [N in keyof S]: N extends K ? ElementOf<S[N]> : S[N] }>;

/** One, several, or what a callback gives. */
function listOf<S>(given: unknown, c: Columns<S>): readonly unknown[] {
  const list: unknown = typeof given === 'function' ? given(c) : given;
  if (list === undefined) return [];
  return Array.isArray(list) ? list : [list];
}

const toColumn = (given: unknown): Expr =>
  typeof given === 'string' ? column(given) : toExpr(given as Operand);

function sameNames(inputs: readonly Plan[]): void {
  const [mine, its] = inputs.map(namesOf) as [string[], string[]];
  const odd = mine.find((name) => !its.includes(name)) ?? its.find((name) => !mine.includes(name));
  if (odd !== undefined)
    throw usageError(
      `only one side of unionByName has a column "${odd}"; with allowMissing it is null elsewhere`,
      {
        column: odd,
      },
    );
}

function wholeNumber(value: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw usageError(`${what} must be a whole number from 0 up, not ${value}`);
}

function checked(plan: Plan): Plan {
  schemaOf(plan);
  return plan;
}

/** The work is done when it is first asked for, and once. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}
