/** A project over a project becomes one, unless that would compute something twice. */
import type { Expr } from '../expr.js';
import { project } from '../make-plan.js';
import type { Plan, Project } from '../plan.js';
import { childrenOf, substitute } from '../walk-expr.js';
import { mapPlan } from '../walk-plan.js';
import type { Rule } from './rule.js';

export const mergeProjects: Rule = { name: 'merge-projects', apply: (plan) => mapPlan(plan, merge) };

function merge(plan: Plan): Plan {
  if (plan.op !== 'project' || plan.input.op !== 'project') return plan;
  const inner = plan.input;
  if (!computesOnce(plan, inner)) return plan;
  const exprs = new Map(inner.columns.map((column) => [column.name, column.expr]));
  const columns = plan.columns.map(({ name, expr }) => ({
    name,
    expr: substitute(expr, (used) => exprs.get(used)),
  }));
  return project(inner.input, columns);
}

function computesOnce(outer: Project, inner: Project): boolean {
  const uses = new Map<string, number>();
  const count = (expr: Expr): void => {
    if (expr.op === 'column') uses.set(expr.name, (uses.get(expr.name) ?? 0) + 1);
    else childrenOf(expr).forEach(count);
  };
  for (const { expr } of outer.columns) count(expr);
  return inner.columns.every(({ name, expr }) => {
    return expr.op === 'column' || expr.op === 'literal' || (uses.get(name) ?? 0) <= 1;
  });
}
