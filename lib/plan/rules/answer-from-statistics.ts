/**
 * Counts, least and greatest values of a whole source, or of whole chunks of it, that statistics tell exactly: their
 * columns are not read, and where nothing else is asked for, nothing is. Bounds that a writer may have rounded or cut
 * short tell nothing.
 */
import { type Bound, boundToJson, type ColumnStatistics, compareBounds } from '../../arrow/statistics.js';
import { type DataType, familyOf, int64 } from '../../arrow/types.js';
import { findAggregate } from '../../kernels/aggregates.js';
import { oneRow } from '../build/values.js';
import type { LiteralExpr, NamedAggregate } from '../expr.js';
import { aggregate, project } from '../make-plan.js';
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
  const answers = new Map(aggregates.map((one) => [one, answerTo(one, input)]));
  const open = aggregates.filter((one) => answers.get(one) === null);
  // Beside others that must be read, a count costs next to nothing.
  const asked = open.length === 0 ? open : aggregates.filter((one) => open.includes(one) || !isBound(one));
  if (asked.length === aggregates.length) return plan;
  return project(
    asked.length === 0 ? oneRow() : aggregate(input, [], asked),
    aggregates.map((one) => ({
      name: one.name,
      expr: asked.includes(one) ? { op: 'column', name: one.name } : answers.get(one)!,
    })),
  );
}

const isBound = ({ aggregate }: NamedAggregate): boolean =>
  ['min', 'max'].includes(findAggregate(aggregate)?.name ?? '');

function answerTo(one: NamedAggregate, scan: Scan): LiteralExpr | null {
  const { args, distinct, filter } = one;
  if (filter !== null || scan.source.statistics === null) return null;
  const all = scan.source.statistics.chunks;
  const chunks = scan.chunks === null ? all : scan.chunks.map((position) => all[position]!);
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const name = findAggregate(one.aggregate)?.name;
  const [arg] = args;
  if (name === 'count' && arg === undefined) return literal(int64, BigInt(rows));
  if (arg?.op !== 'column' || args.length > 1) return null;
  const index = scan.schema.fields.findIndex((field) => field.name === arg.name);
  const columns = chunks.map((chunk) => chunk.columns[index]!);
  const nulls = columns.reduce((sum, column) => sum + column.nulls, 0);
  // Where it is not known how many there are, it is no whole number.
  if (columns.some((column) => !Number.isInteger(column.nulls))) return null;
  if (name === 'count') return distinct ? null : literal(int64, BigInt(rows - nulls));
  if (name !== 'min' && name !== 'max') return null;
  return extreme(
    name,
    scan.schema.fields[index]!.type,
    chunks.map(({ rows }, i) => ({ rows, ...columns[i]! })),
  );
}

/** Of floats a NaN would be the greatest, and zeros have two signs. */
const exactFamilies: readonly string[] = ['integer', 'date', 'timestamp', 'decimal', 'text'];

function extreme(
  name: 'min' | 'max',
  type: DataType,
  columns: readonly (ColumnStatistics & { readonly rows: number })[],
): LiteralExpr | null {
  if (!exactFamilies.includes(familyOf(type))) return null;
  const known = columns.filter(({ rows, nulls }) => nulls < rows);
  const bounds = known.map((column) => (column[`${name}Cut`] ? null : column[name]));
  if (bounds.length === 0 || bounds.includes(null)) return null;
  const sign = name === 'min' ? 1 : -1;
  const best = (bounds as Bound[]).reduce((a, b) => (compareBounds(a, b) * sign <= 0 ? a : b));
  return literal(type, best);
}

const literal = (type: DataType, value: Bound): LiteralExpr => ({
  op: 'literal',
  type,
  value: boundToJson(value),
});
