/**
 * A text or date compared with a date or timestamp column becomes a literal of the column's type, as it does when
 * it is bound; statistics of chunks can then be compared with it.
 */
import { fieldIndex, type Schema } from '../../arrow/schema.js';
import { type DataType, familyOf } from '../../arrow/types.js';
import { isComparison } from '../../kernels/compare.js';
import type { Expr } from '../expr.js';
import { convertLiteral } from '../literal.js';
import { call, literal } from '../make-expr.js';
import type { Plan } from '../plan.js';
import { scopeOf } from '../schema.js';
import { mapExpr, mapList } from '../walk-expr.js';
import { mapPlan, mapPlanExprs } from '../walk-plan.js';
import type { Rule } from './rule.js';

export const typeLiterals: Rule = { name: 'type-literals', apply: (plan) => mapPlan(plan, typeNode) };

function typeNode(plan: Plan): Plan {
  const schema = scopeOf(plan);
  return mapPlanExprs(plan, (expr) => mapExpr(expr, (part) => typed(part, schema)));
}

function typed(expr: Expr, schema: Schema): Expr {
  if (expr.op !== 'call' || !(isComparison(expr.name) || expr.name === 'in')) return expr;
  const type = expr.args.map((arg) => columnType(arg, schema)).find((found) => found !== null);
  if (!type || (familyOf(type) !== 'date' && familyOf(type) !== 'timestamp')) return expr;
  const args = mapList(expr.args, (arg) => converted(arg, type));
  return args === expr.args ? expr : call(expr.name, ...args);
}

function columnType(expr: Expr, schema: Schema): DataType | null {
  return expr.op === 'column' ? (schema.fields[fieldIndex(schema, expr.name)]?.type ?? null) : null;
}

function converted(arg: Expr, type: DataType): Expr {
  if (arg.op !== 'literal' || arg.value === null) return arg;
  const family = familyOf(arg.type);
  if (family === familyOf(type) || (family !== 'text' && family !== 'date')) return arg;
  const exact = convertLiteral({ ...arg, nullable: false }, type);
  return exact === null ? arg : literal(exact.type, exact.value);
}
