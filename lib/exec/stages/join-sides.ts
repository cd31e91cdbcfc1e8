/**
 * What is decided about the sides of a join that is cut into stages, by guesses of what they take (seconds.ts): a small one
 * may be read by each task for itself, and may tell of the other which rows are worth putting down.
 */
import { sameType } from '../../arrow/types.js';
import { bind } from '../../plan/bind.js';
import { freeName } from '../../plan/build/free-name.js';
import { estimateRows, takesAtMost } from '../../plan/estimate.js';
import type { ColumnExpr } from '../../plan/expr.js';
import { column } from '../../plan/make-expr.js';
import { join, project } from '../../plan/make-plan.js';
import { atOrigin, originOf } from '../../plan/origin.js';
import type { Join, JoinKey, Plan, Scan } from '../../plan/plan.js';
import { schemaOf } from '../../plan/schema.js';
import { exchangeSeconds, heldSeconds } from './seconds.js';
import type { TaskRange } from './stage.js';

export type Side = 'left' | 'right';

/** A side of a join up to this part of what a worker may hold can be read by each task for itself. */
const replicatedPart = 1 / 8;

/** Seconds that each worker may well spend on doing again what its tasks before did. */
const againSeconds = 0.1;

/** Tasks for each worker over a side that takes longer to be read and held. */
const leastPerWorker = 2;

/** Rows are looked for among the keys of a small side if about so many are left out. */
const keptPart = 0.5;

/** The side of a join that rows of the other must match to count. */
const countedFor: Readonly<Record<Join['kind'], Side | null>> = {
  inner: null,
  cross: null,
  full: null,
  left: 'left',
  semi: 'left',
  anti: 'left',
  right: 'right',
};

/** A join whose small side drops rows of the other. */
export interface Reduction {
  readonly small: Side;
  /** The join, with `rows` as its small side, and of the other only what matches them. */
  by(rows: Scan): Join;
}

export class JoinSides {
  readonly #workers: number;
  readonly #share: number;
  readonly #isDivisible: (plan: Plan) => boolean;

  /** `share`: bytes that an operator in a worker may hold. */
  constructor(workers: number, share: number, isDivisible: (plan: Plan) => boolean) {
    this.#workers = workers;
    this.#share = share;
    this.#isDivisible = isDivisible;
  }

  /**
   * The side that each task can read for itself: its rows without a match do not come out, it is small, and to read and
   * hold it some times is less than to put down both sides by their keys.
   */
  replicated({ kind, left, right, on }: Join): Side | null {
    const byKeys = Math.max(againSeconds, exchangeSeconds(left) + exchangeSeconds(right));
    const isSmall = (side: Plan, other: Plan): boolean => {
      if (!this.#isHeld(side)) return false;
      const tasks = this.#isDivisible(other) ? this.#leastTasks : 1;
      // Once it is held in either case.
      return on.length === 0 || heldSeconds(side) * (tasks - 1) <= byKeys;
    };
    if (kind !== 'right' && kind !== 'full' && isSmall(right, left)) return 'right';
    if ((kind === 'inner' || kind === 'right' || kind === 'cross') && isSmall(left, right)) return 'left';
    return null;
  }

  /** No more tasks than may well read and hold all of a side. */
  tasksOver(side: Plan, { least, most }: TaskRange): TaskRange {
    const some = Math.floor((againSeconds * this.#workers) / heldSeconds(side));
    return { least, most: Math.max(least, Math.min(most, Math.max(this.#leastTasks, some))) };
  }

  /**
   * Where one side is small, and only rows of the other that match it count: of the other only those with its keys, far
   * enough down that the rest are neither grouped nor put down. Null where that is not so, or leaves out too few.
   */
  reduction(node: Join): Reduction | null {
    const small = countedFor[node.kind];
    if (small === null || node.nullsEqual) return null;
    const other = small === 'left' ? 'right' : 'left';
    if (!this.#isHeld(node[small]) || !this.#isDivisible(node[other])) return null;
    const key = node.on.find((pair) => isOwnKey(node, pair));
    if (key === undefined) return null;
    const { name } = key[other] as ColumnExpr;
    const origin = originOf(node[other], name);
    const matching = (plan: Plan, side: Plan): Join => {
      const own = freeName('key', new Set(schemaOf(plan).fields.map((field) => field.name)));
      const keys = project(side, [{ name: own, expr: key[small] }]);
      return join(plan, keys, 'semi', [{ left: column(origin.name), right: column(own) }]);
    };
    const kept = estimateRows(matching(origin.plan, node[small]));
    const all = estimateRows(origin.plan);
    if (kept === null || all === null || kept > all * keptPart) return null;
    return {
      small,
      by(rows) {
        const read = Object.freeze({ ...rows, columns: [(key[small] as ColumnExpr).name] });
        const reduced = atOrigin(node[other], name, (plan) => matching(plan, read));
        return Object.freeze({ ...node, [small]: rows, [other]: reduced });
      },
    };
  }

  /** Is the side so small that any task may hold all of it? */
  #isHeld(side: Plan): boolean {
    return takesAtMost(side, this.#share * replicatedPart);
  }

  get #leastTasks(): number {
    return this.#workers * leastPerWorker;
  }
}

/** A column of each side, of one type: compared as they are. */
function isOwnKey({ left, right }: Join, key: JoinKey): boolean {
  if (key.left.op !== 'column' || key.right.op !== 'column') return false;
  return sameType(bind(key.left, schemaOf(left)).type, bind(key.right, schemaOf(right)).type);
}
