import type { Schema } from '../arrow/schema.js';
import type { Expr } from '../plan/expr.js';
import type { Plan } from '../plan/plan.js';
import type { Parsed } from './grammar.js';

/** What all parts of one statement share. */
export interface Planning {
  readonly parsed: Parsed;
  /** Where each expression begins, for errors that are found later. */
  readonly places: WeakMap<Expr, number>;
  /** Tables by the name that is written. */
  readonly opened: ReadonlyMap<string, Plan>;
}

/** The common table expressions that can be named where a query stands, by their names in lower case. */
export type Common = ReadonlyMap<string, Plan>;

/** The query around a subquery, as the subquery sees it. */
export interface Outer {
  /** What a name means there; null if it means nothing. Throws where it is known but out of reach. */
  find(name: string, qualifier: string | null, byte: number): Expr | null;
  /** Over whose columns the found expressions are. */
  schema(): Schema;
}
