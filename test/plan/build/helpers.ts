/** Two inputs over the same few random rows, and rows as text to compare. */
import type { Expr } from '../../../lib/plan/expr.js';
import { column, named } from '../../../lib/plan/make-expr.js';
import { filter, project } from '../../../lib/plan/make-plan.js';
import type { Plan } from '../../../lib/plan/plan.js';
import { type Dice, outcome, pick, type Row, table, type Value } from '../helpers.js';

/** Rows of small numbers and nulls, so that many are equal. */
export function fewRows(dice: Dice, most = 9): readonly Row[] {
  const value = (): Value => (dice.below(5) === 0 ? null : dice.below(3));
  return Array.from({ length: dice.below(most) }, () => pick(['a', 'b', 'c'], value));
}

/** The columns a and b of the rows that meet a predicate, by other names: { x: 'b' } has b as x. */
export function input(names: Readonly<Record<string, string>>, predicate?: Expr): Plan {
  return project(
    predicate === undefined ? table : filter(table, predicate),
    Object.entries(names).map(([name, from]) => named(name, column(from))),
  );
}

/** Rows as text, sorted: joins and groups give them in no order. */
export function texts(rows: readonly Row[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** What the plan gives, which must not fail. */
export function rowsOf(plan: Plan, rows: readonly Row[]): readonly Row[] {
  const found = outcome(plan, rows);
  if (found === null) throw new Error('the plan divides by zero');
  return found;
}
