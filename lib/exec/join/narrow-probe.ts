/** The runtime filter: what the build side's keys say about which chunks of the probe side's source are worth reading. */
import { type DataType, widthOf } from '../../arrow/types.js';
import type { Expr } from '../../plan/expr.js';
import { call, literal } from '../../plan/make-expr.js';
import { atOrigin } from '../../plan/origin.js';
import type { Plan, Scan } from '../../plan/plan.js';
import { pruneChunks } from '../../plan/rules/prune-chunks.js';

export interface KeyRange {
  /** Of the probe side. */
  readonly key: Expr;
  readonly type: DataType;
  readonly least: bigint;
  readonly most: bigint;
}

/** The plan without chunks that hold no key of the range. Only for a side whose rows need not come out without a match. */
export function narrowProbe(plan: Plan, { key, type, least, most }: KeyRange): Plan {
  if (key.op !== 'column') return plan;
  const at = (value: bigint): Expr =>
    literal(type, widthOf(type) === 8 || type.kind === 'date' ? String(value) : Number(value));
  return atOrigin(plan, key.name, (origin, name) => {
    const column: Expr = { op: 'column', name };
    const within = call('and', call('ge', column, at(least)), call('le', column, at(most)));
    return origin.op === 'scan' ? withoutChunks(origin, within) : origin;
  });
}

/** The scan's own predicate stays as it is: rows are told apart by the join anyway. */
function withoutChunks(plan: Scan, predicate: Expr): Plan {
  if (plan.limit !== null) return plan;
  const pruned = pruneChunks.apply(Object.freeze({ ...plan, predicate }), {}) as Scan;
  return pruned.chunks === plan.chunks ? plan : Object.freeze({ ...plan, chunks: pruned.chunks });
}
