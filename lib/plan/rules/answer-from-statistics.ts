/**
 * Counts, least and greatest values of a whole source, or of whole chunks of it, that statistics tell exactly: nothing is
 * read. Bounds are taken from our own datasets only, for other writers' may be rounded.
 */
import type { ColumnStatistics } from '../../arrow/statistics.js';
import { type DataType, familyOf, int64, widthOf } from '../../arrow/types.js';
import { findAggregate } from '../../kernels/aggregates.js';
import { oneRow } from '../build/values.js';
import type { LiteralExpr, NamedAggregate } from '../expr.js';
import { project } from '../make-plan.js';
import type { Plan, Scan } from '../plan.js';
import { mapPlan } from '../walk-plan.js';
import type { Rule } from './rule.js';

export const answerFromStatistics: Rule = {
  name: 'answer-from-statistics',
  apply: (plan) => mapPlan(plan, answer),
};

function answer(plan: Plan): Plan {
  if (plan.op !== 'aggregate' || plan.keys.length > 0 || plan.aggregates.length === 0) return plan;
  const { input, aggregates } = plan;
  if (input.op !== 'scan' || input.predicate !== null || input.limit !== null) return plan;
  const answers = aggregates.map((one) => answerTo(one, input));
  return answers.includes(null)
    ? plan
    : project(
        oneRow(),
        aggregates.map(({ name }, i) => ({ name, expr: answers[i]! })),
      );
}

function answerTo({ aggregate, args, distinct, filter }: NamedAggregate, scan: Scan): LiteralExpr | null {
  if (filter !== null || scan.source.statistics === null) return null;
  const all = scan.source.statistics.chunks;
  const chunks = scan.chunks === null ? all : scan.chunks.map((position) => all[position]!);
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const name = findAggregate(aggregate)?.name;
  const [arg] = args;
  if (name === 'count' && arg === undefined) return literal(int64, rows);
  if (arg?.op !== 'column' || args.length > 1) return null;
  const index = scan.schema.fields.findIndex((field) => field.name === arg.name);
  const columns = chunks.map((chunk) => chunk.columns[index]!);
  const nulls = columns.reduce((sum, column) => sum + column.nulls, 0);
  // Where it is not known how many there are, it is no whole number.
  if (columns.some((column) => !Number.isInteger(column.nulls))) return null;
  if (name === 'count') return distinct ? null : literal(int64, rows - nulls);
  if ((name !== 'min' && name !== 'max') || scan.source.format !== 'dataset') return null;
  return extreme(
    name,
    scan.schema.fields[index]!.type,
    chunks.map(({ rows }, i) => ({ rows, ...columns[i]! })),
  );
}

function extreme(
  name: 'min' | 'max',
  type: DataType,
  columns: readonly (ColumnStatistics & { readonly rows: number })[],
): LiteralExpr | null {
  if (familyOf(type) !== 'integer') return null;
  const known = columns.filter(({ rows, nulls }) => nulls < rows);
  const bounds = known.map((column) => column[name]);
  if (bounds.length === 0 || bounds.includes(null)) return null;
  const best = bounds
    .map((bound) => BigInt(bound as number | bigint))
    .reduce((a, b) => ((name === 'min') === a < b ? a : b));
  return literal(type, best);
}

function literal(type: DataType, value: number | bigint): LiteralExpr {
  return { op: 'literal', type, value: widthOf(type) === 8 ? String(value) : Number(value) };
}
