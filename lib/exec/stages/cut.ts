/**
 * Cuts a plan into stages. Goes from the sources up and knows for each node how what it reads is divided:
 *
 *   filter, project, expand, explode, map  stay in the tasks below them
 *   aggregate                           partial ═ partitions by keys ═ final; or rows ═ partitions ═ whole
 *   distinct, window, asof join         rows ═ partitions by what must be equal ═ the operator on each; before it those
 *                                       that differ in each task, or may be among the first of their partition
 *   join                                the small side whole in each task, or both sides ═ partitions by keys ═ join;
 *                                       where rows count only with a partner on a small side, by its keys before
 *   sort                                sorted runs ═ ranges of keys ═ merged;  with a limit: the first rows of each
 *   limit, sample                       in one task, which need not wait for more rows than it takes
 *
 * Rows come out in the order of the inline run wherever that has one.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Schema } from '../../arrow/schema.js';
import { sameType } from '../../arrow/types.js';
import { orderBytes } from '../../kernels/row-order.js';
import { bind } from '../../plan/bind.js';
import { bindJoinKey } from '../../plan/bind-join-key.js';
import { estimateBytes, estimateRows, takesAtMost } from '../../plan/estimate.js';
import type { Expr } from '../../plan/expr.js';
import { cast, column } from '../../plan/make-expr.js';
import { limit, sort } from '../../plan/make-plan.js';
import type {
  Aggregate,
  AsofJoin,
  Distinct,
  Join,
  Limit,
  Plan,
  Scan,
  Sort,
  Unary,
  Window,
} from '../../plan/plan.js';
import { inputsOf } from '../../plan/plan.js';
import { schemaOf } from '../../plan/schema.js';
import { finalOf, partialOf } from '../../plan/two-phase.js';
import { scansOf, withInput } from '../../plan/walk-plan.js';
import { JoinSides } from './join-sides.js';
import type { RunLayout } from './output.js';
import { exchange, exchangeOf, type Part, type Stage, type Take, type TaskRange } from './stage.js';
import { isTwoPhase, leftOf } from './two-phases.js';

export interface CutOptions {
  readonly workers: number;
  /** Bytes that an operator in a worker may hold. */
  readonly share: number;
  /** For fewer bytes a task more is not worth while; and what reads fewer may be done again by each task. */
  readonly leastBytes: number;
  /** That a scan reads of its source. */
  readBytes(scan: Scan): number;
  /** The parts of a source, in order, as many as are wanted if that is possible; null or a single one where it cannot be divided. */
  splitsOf(scan: Scan, wanted: TaskRange): readonly Scan[] | null;
}

const anyNumber: TaskRange = { least: 1, most: Number.POSITIVE_INFINITY };

/** The stages in the order in which they can run; the last gives the result, as rows. */
export function cut(plan: Plan, options: CutOptions): readonly Stage[] {
  const cutter = new Cutter(options);
  return cutter.finish(cutter.divide(plan));
}

/** Groups up to this number, or as many as take a little of what a worker may hold, are finished by one task. */
const fewGroups = 2 ** 17;
const bytesPerGroup = 1024;

/** A task that makes less of its rows should have so many for each that is left. */
const rowsForEach = 64;

/** A partition, or range of keys, should be so much of what a worker may hold: they are never all of one size. */
const fillPart = 0.5;

/** So many shares for each worker even out what differs between them. */
const sharesPerWorker = 3;

const mostShares = 256;

/** A task of a sort hands on so many runs. */
const runsPerTask = 4;

/** What gives so few bytes is made again by each task rather than put down for all. */
const againBytes = 2 ** 16;

class Cutter {
  readonly #options: CutOptions;
  readonly #sides: JoinSides;
  readonly #stages: Stage[] = [];

  constructor(options: CutOptions) {
    this.#options = options;
    this.#sides = new JoinSides(options.workers, options.share, (plan) => this.#isDivisible(plan));
  }

  /** The last stage. */
  finish(parts: readonly Part[]): readonly Stage[] {
    this.#add(parts, { kind: 'rows' }, null);
    return this.#stages;
  }

  /**
   * How the rows of a plan are divided; what must be done before becomes a stage. `wanted` are the tasks that read a source.
   */
  divide(plan: Plan, wanted = anyNumber): readonly Part[] {
    if (!this.#isDivisible(plan)) return [whole(plan)];
    switch (plan.op) {
      case 'scan':
        return [this.#scan(plan, wanted)];
      case 'filter':
      case 'project':
      case 'expand':
      case 'explode':
      case 'map':
        return this.divide(plan.input, wanted).map((part) => ({ ...part, plan: withInput(plan, part.plan) }));
      case 'union':
        return plan.inputs.flatMap((input) => this.divide(input, wanted));
      case 'limit':
        return this.#above(plan, (parts) => this.#limit(plan, parts));
      case 'sort':
        return this.#above(plan, (parts) => this.#sort(plan, parts));
      case 'aggregate':
        return this.#above(plan, (parts) => this.#aggregate(plan, parts));
      case 'distinct':
        return this.#above(plan, (parts) => this.#distinct(plan, parts));
      case 'window':
        return this.#above(plan, (parts) => this.#window(plan, parts));
      case 'join':
        return this.#join(plan, wanted);
      case 'asof':
        return this.#asof(plan);
      case 'sample':
        return [whole(withInput(plan, this.#gathered(plan.input)))];
    }
  }

  #scan(scan: Scan, wanted: TaskRange): Part {
    const splits = this.#splitsOf(scan, wanted);
    return splits.length < 2 ? whole(scan) : { plan: scan, over: { kind: 'splits', scan, splits } };
  }

  #splitsOf(scan: Scan, wanted: TaskRange): readonly Scan[] {
    if (scan.limit !== null || exchangeOf(scan) !== null) return [];
    return this.#options.splitsOf(scan, wanted) ?? [];
  }

  #isDivisible(plan: Plan): boolean {
    return plan.op === 'scan'
      ? this.#splitsOf(plan, anyNumber).length > 1
      : inputsOf(plan).some((input) => this.#isDivisible(input));
  }

  /** An operator over the parts of its input; where these are one task, it goes along with it. */
  #above(node: Unary, divided: (parts: readonly Part[]) => readonly Part[]): readonly Part[] {
    const parts = this.divide(node.input, this.#tasksFor(node));
    return isWhole(parts) ? [whole(withInput(node, parts[0]!.plan))] : divided(parts);
  }

  #tasksFor(node: Unary): TaskRange {
    return node.op === 'sort' && node.limit === null ? this.#sorting(node) : this.#grouping(node);
  }

  /** The fewer tasks, the fewer runs that are short, as the last of each is; but little should be lost with one. */
  #sorting({ input }: Sort): TaskRange {
    const { workers, share } = this.#options;
    const [rows, held] = [estimateRows(input), estimateBytes(input)];
    if (rows === null || held === null) return anyNumber;
    const bytes = held + orderBytes(rows);
    const least = Math.max(1, Math.ceil(bytes / (share * runsPerTask)));
    return { least, most: Math.max(least, workers * sharesPerWorker) };
  }

  /**
   * How many tasks should make less of their rows: each comes to nearly all that can be left as soon as it has some rows
   * for each of these, and hands all of it on. Two at least, so that not all is lost with one.
   */
  #grouping(node: Unary): TaskRange {
    const left = leftOf(node);
    const rows = estimateRows(node.input);
    if (!isTwoPhase(node) || left === null || rows === null) return anyNumber;
    const most = Math.max(2, this.#options.workers, Math.floor(rows / (Math.max(1, left) * rowsForEach)));
    return { least: 1, most };
  }

  #limit(node: Limit, parts: readonly Part[]): readonly Part[] {
    const most = node.offset + node.count;
    const first = parts.map((part) => ({ ...part, plan: limit(part.plan, most) }));
    const rows = this.#inOne(first, node.input, most);
    return [whole(withInput(node, rows))];
  }

  #sort(node: Sort, parts: readonly Part[]): readonly Part[] {
    const sorted = parts.map((part) => ({ ...part, plan: sort(part.plan, node.keys, node.limit) }));
    if (node.limit !== null) {
      const first = this.#inOne(sorted, node.input);
      return [whole(withInput(node, first))];
    }
    const { keys } = node;
    if (takesAtMost(node.input, this.#options.leastBytes))
      return [whole(withInput(node, this.#inOne(parts, node.input)))];
    const count = this.#options.workers * sharesPerWorker;
    const merged = this.#exchange(sorted, { kind: 'sorted', keys }, { kind: 'range', keys, of: count }, node);
    return [{ plan: merged, over: { kind: 'shares', count } }];
  }

  #aggregate(node: Aggregate, parts: readonly Part[]): readonly Part[] {
    const groups = estimateRows(node);
    if (!isTwoPhase(node)) {
      if (node.keys.length === 0) return [whole(withInput(node, this.#gathered(node.input)))];
      const by = node.keys.map(({ expr }) => expr);
      return this.#onPartitions(parts, by, node.input, (rows) => withInput(node, rows));
    }
    const partial = parts.map((part): Part => ({ ...part, plan: partialOf(node, part.plan) }));
    const final = (states: Scan): Plan => finalOf(node, states);
    const like = partial[0]!.plan;
    const few = Math.min(fewGroups, this.#options.share / bytesPerGroup);
    if (node.keys.length === 0 || (groups !== null && groups <= few))
      return [whole(final(this.#inOne(partial, like, null, groups)))];
    return this.#onPartitions(
      partial,
      node.keys.map(({ name }) => column(name)),
      like,
      final,
    );
  }

  #distinct(node: Distinct, parts: readonly Part[]): readonly Part[] {
    const first = isTwoPhase(node)
      ? parts.map((part) => ({ ...part, plan: withInput(node, part.plan) }))
      : parts;
    const by = schemaOf(node).fields.map(({ name }) => column(name));
    return this.#onPartitions(first, by, node.input, (input) => withInput(node, input));
  }

  #window(node: Window, parts: readonly Part[]): readonly Part[] {
    if (node.partitionBy.length === 0) return [whole(withInput(node, this.#gathered(node.input)))];
    const numbering = Object.freeze({ ...node, functions: [] });
    const first = isTwoPhase(node)
      ? parts.map((part) => ({ ...part, plan: withInput(numbering, part.plan) }))
      : parts;
    return this.#onPartitions(first, node.partitionBy, node.input, (rows) => withInput(node, rows));
  }

  #join(node: Join, wanted: TaskRange): readonly Part[] {
    const small = this.#sides.replicated(node);
    if (small === null)
      return node.on.length === 0 ? this.#gatheredSides(node) : this.#byKeys(this.#reduced(node));
    const large = small === 'right' ? 'left' : 'right';
    const parts = this.divide(node[large], this.#sides.tasksOver(node[small], wanted));
    const rows = isWhole(parts) ? this.#gathered(node[small]) : this.#replica(node[small]);
    return parts.map((part) => ({
      ...part,
      plan: Object.freeze({ ...node, [large]: part.plan, [small]: rows }),
    }));
  }

  /** With only those rows of one side that match the other, where that is small. */
  #reduced(node: Join): Join {
    const reduction = this.#sides.reduction(node);
    if (reduction === null) return node;
    const side = node[reduction.small];
    return reduction.by(this.#inOne(this.divide(side), side));
  }

  #asof(node: AsofJoin): readonly Part[] {
    return node.on.length === 0 ? this.#gatheredSides(node) : this.#byKeys(node);
  }

  #gatheredSides(node: Join | AsofJoin): readonly Part[] {
    const { left, right } = node;
    return [whole(Object.freeze({ ...node, left: this.#gathered(left), right: this.#gathered(right) }))];
  }

  /** Both sides in partitions by their keys, which are converted first to what they are compared as. */
  #byKeys(node: Join | AsofJoin): readonly Part[] {
    const [left, right] = [schemaOf(node.left), schemaOf(node.right)];
    const count = this.#sharesFor(estimateBytes(node.left), estimateBytes(node.right));
    const side = (input: Plan, schema: Schema, keyOf: 'left' | 'right'): Scan => {
      const by = node.on.map((key) => {
        const { type } = bindJoinKey(key, left, right).left;
        return sameType(bind(key[keyOf], schema).type, type) ? key[keyOf] : cast(key[keyOf], type);
      });
      const layout: RunLayout = { kind: 'partitions', by, count };
      return this.#exchange(this.divide(input), layout, partitionOf(count), input);
    };
    const plan = Object.freeze({
      ...node,
      left: side(node.left, left, 'left'),
      right: side(node.right, right, 'right'),
    });
    return [onShares(plan, count)];
  }

  /** All rows, for each of many tasks. */
  #replica(plan: Plan): Plan {
    const { leastBytes, readBytes } = this.#options;
    const isReadSoon = (scan: Scan): boolean => exchangeOf(scan) !== null || readBytes(scan) <= leastBytes;
    if (isLocal(plan) && scansOf(plan).every(isReadSoon)) return plan;
    const parts = this.divide(plan);
    if (isWhole(parts) && takesAtMost(plan, againBytes)) return parts[0]!.plan;
    return this.#inOne(parts, plan);
  }

  /** All rows in one stream, in order. Reading a source in parallel only to put its rows down is not worth it. */
  #gathered(plan: Plan): Plan {
    if (isLocal(plan)) return plan;
    const parts = this.divide(plan);
    return isWhole(parts) ? parts[0]!.plan : this.#inOne(parts, plan);
  }

  /** The operator on each partition of the rows; those with equal values of `by` are in the same one. */
  #onPartitions(
    parts: readonly Part[],
    by: readonly Expr[],
    like: Plan,
    operator: (rows: Scan) => Plan,
  ): readonly Part[] {
    const count = this.#sharesFor(estimateBytes(like));
    const rows = this.#exchange(parts, { kind: 'partitions', by, count }, partitionOf(count), like);
    return [onShares(operator(rows), count)];
  }

  #sharesFor(...bytes: readonly (number | null)[]): number {
    const { workers, share, leastBytes } = this.#options;
    const largest = Math.max(...bytes.map((one) => one ?? Number.POSITIVE_INFINITY));
    const some = Math.min(workers * sharesPerWorker, Math.ceil(largest / leastBytes));
    const known = Number.isFinite(largest) ? largest : 0;
    return Math.min(mostShares, Math.max(1, some, Math.ceil(known / (share * fillPart))));
  }

  /** As `#exchange`, all rows in one stream, in the order of tasks. */
  #inOne(parts: readonly Part[], like: Plan, enough: number | null = null, rows = estimateRows(like)): Scan {
    return this.#exchange(parts, { kind: 'rows' }, { kind: 'all' }, like, enough, rows);
  }

  /** Makes a stage of the parts, and gives what reads it; `like` is a plan that gives the same columns and, about, rows. */
  #exchange(
    parts: readonly Part[],
    layout: RunLayout,
    take: Take,
    like: Plan,
    enough: number | null = null,
    rows = estimateRows(like),
  ): Scan {
    return exchange(this.#add(parts, layout, enough), take, schemaOf(like), rows);
  }

  /** What a query says twice, as one that names its subquery twice does, is done once. */
  #add(parts: readonly Part[], layout: RunLayout, enough: number | null): number {
    const given = { parts, layout, enough };
    const same = this.#stages.find(({ number, ...made }) => isDeepStrictEqual(made, given));
    if (same !== undefined) return same.number;
    const number = this.#stages.length;
    this.#stages.push({ number, ...given });
    return number;
  }
}

const whole = (plan: Plan): Part => ({ plan, over: { kind: 'whole' } });

/** A task for each partition; where there is only one, that has all rows. */
const onShares = (plan: Plan, count: number): Part =>
  count === 1 ? whole(plan) : { plan, over: { kind: 'shares', count } };

/** The only partition is read as all rows: what reads it may become part of a task of any number. */
const partitionOf = (count: number): Take => (count === 1 ? { kind: 'all' } : { kind: 'partition' });

const isWhole = (parts: readonly Part[]): boolean => parts.length === 1 && parts[0]!.over.kind === 'whole';

/** Only read and filtered, row by row: cheaper done again than put down. */
function isLocal(plan: Plan): boolean {
  return ['scan', 'filter', 'project'].includes(plan.op) && inputsOf(plan).every(isLocal);
}
