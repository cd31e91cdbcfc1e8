/** Functions of the user that expressions call: they must be loaded before a batch comes. */
import type { CodePlace } from '../../plan/code-text.js';
import type { Expr, FunctionCode, SortKey } from '../../plan/expr.js';
import { inputsOf, type Plan } from '../../plan/plan.js';
import { childrenOf } from '../../plan/walk-expr.js';
import { exprsOf } from '../../plan/walk-plan.js';
import { isExchange } from '../scan.js';

/** Those that the node itself calls. */
export function codesOf(node: Plan): readonly FunctionCode[] {
  if (node.op === 'scan' && isExchange(node.source.format)) {
    const { keys = [] } = node.source.options as { readonly keys?: readonly SortKey[] };
    return codesIn([...exprsOf(node), ...keys.map(({ expr }) => expr)]);
  }
  return codesIn(exprsOf(node));
}

/** All that a plan calls. */
export function codesWithin(plan: Plan): readonly CodePlace[] {
  const own = plan.op === 'map' ? [plan] : codesOf(plan);
  return [...own, ...inputsOf(plan).flatMap(codesWithin)];
}

export function codesIn(exprs: readonly Expr[]): readonly FunctionCode[] {
  return exprs.flatMap((expr) => {
    const inside = codesIn(childrenOf(expr));
    return expr.op === 'call' && expr.code !== undefined ? [expr.code, ...inside] : inside;
  });
}
