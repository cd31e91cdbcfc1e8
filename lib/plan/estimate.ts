/** How many rows come out, for explain and for choices; guesses, never relied on for a result. */
import { conjuncts } from './conjuncts.js';
import type { Expr } from './expr.js';
import { allRows } from './make-plan.js';
import type { Aggregate, Limit, Plan, Scan, Sort } from './plan.js';

/** What part of the rows a condition leaves where nothing is known of the values. */
export const selectivities = {
  equal: 0.1,
  range: 1 / 3,
  like: 0.1,
  isNull: 0.05,
  other: 1 / 3,
} as const;

/** Rows in a group, if nothing is known of the keys. */
const rowsPerGroup = 10;

/** Null where even the rows of the source are not known. */
export function estimateRows(plan: Plan): number | null {
  const rows = (estimates[plan.op] as (plan: Plan) => number | null)(plan);
  return rows === null ? null : Math.round(rows);
}

const estimates: { readonly [K in Plan['op']]: (plan: Extract<Plan, { op: K }>) => number | null } = {
  scan: scanRows,
  filter: (plan) => times(estimateRows(plan.input), selectivity(plan.predicate)),
  project: (plan) => estimateRows(plan.input),
  limit: limitRows,
  aggregate: aggregateRows,
  distinct: (plan) => times(estimateRows(plan.input), 1 / rowsPerGroup),
  sort: sortRows,
};

function scanRows(plan: Scan): number | null {
  const guess = plan.predicate ? times(plan.source.rows, selectivity(plan.predicate)) : plan.source.rows;
  const most = chunkRows(plan);
  const rows = guess === null || most === null ? guess : Math.min(guess, most);
  return plan.limit === null ? rows : Math.min(plan.limit, rows ?? plan.limit);
}

/** Of the chunks that were chosen; null where all are read. */
function chunkRows({ chunks, source }: Scan): number | null {
  if (chunks === null) return null;
  return chunks.reduce((sum, position) => sum + source.statistics!.chunks[position]!.rows, 0);
}

function limitRows(plan: Limit): number | null {
  const rows = estimateRows(plan.input);
  if (rows === null) return plan.count === allRows ? null : plan.count;
  return Math.min(plan.count, Math.max(0, rows - plan.offset));
}

function aggregateRows(plan: Aggregate): number | null {
  return plan.keys.length === 0 ? 1 : times(estimateRows(plan.input), 1 / rowsPerGroup);
}

function sortRows(plan: Sort): number | null {
  const rows = estimateRows(plan.input);
  return plan.limit === null ? rows : Math.min(plan.limit, rows ?? plan.limit);
}

/** At least one row of some. */
function times(rows: number | null, part: number): number | null {
  return rows === null || rows === 0 ? rows : Math.max(1, rows * part);
}

/** The part of the rows, from 0 to 1, where a condition is true; conditions count as independent. */
export function selectivity(predicate: Expr): number {
  if (predicate.op === 'literal') return predicate.value === true ? 1 : 0;
  if (predicate.op !== 'call') return selectivities.other;
  const { name, args } = predicate;
  switch (name) {
    case 'and':
      return conjuncts(predicate).reduce((part, condition) => part * selectivity(condition), 1);
    case 'or':
      return 1 - args.reduce((rest, condition) => rest * (1 - selectivity(condition)), 1);
    case 'not':
      return 1 - selectivity(args[0]!);
    case 'eq':
    case 'is_not_distinct_from':
      return selectivities.equal;
    case 'ne':
    case 'is_distinct_from':
      return 1 - selectivities.equal;
    case 'in':
      return Math.min(0.5, (args.length - 1) * selectivities.equal);
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
      return selectivities.range;
    case 'like':
    case 'ilike':
      return selectivities.like;
    case 'is_null':
      return selectivities.isNull;
    case 'is_not_null':
      return 1 - selectivities.isNull;
    default:
      return selectivities.other;
  }
}
