import { findFunction } from '../kernels/functions.js';
import type { Expr } from './expr.js';
import { childrenOf } from './walk-expr.js';

/** Can it raise an error for some row: a cast of text that is no number, a division by zero, an overflow? */
export function mayFail(expr: Expr): boolean {
  if (expr.op === 'cast' && !expr.try) return true;
  if (expr.op === 'call' && (findFunction(expr.name)?.fails ?? true)) return true;
  return childrenOf(expr).some(mayFail);
}
