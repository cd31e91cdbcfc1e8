import type { Expr, LiteralExpr } from '../expr.js';
import type { Plan } from '../plan.js';

export interface Rule {
  /** By which it can be switched off. */
  readonly name: string;
  apply(plan: Plan, tools: RuleTools): Plan;
}

/** What rules cannot know themselves. */
export interface RuleTools {
  /**
   * The value of an expression without columns, of the type that the expression has; null if it has none,
   * because it raises an error. Without it, constants are not computed.
   */
  readonly evaluateConstant?: (expr: Expr) => LiteralExpr | null;
}
