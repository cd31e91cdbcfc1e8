import type { Expr } from './expr.js';
import { call, trueLiteral } from './make-expr.js';

/** The parts of a predicate that must all be true, from left to right. */
export function conjuncts(predicate: Expr): readonly Expr[] {
  return predicate.op === 'call' && predicate.name === 'and'
    ? predicate.args.flatMap(conjuncts)
    : [predicate];
}

/** The predicate that is true where all parts are; true where there are none. */
export function conjunction(parts: readonly Expr[]): Expr {
  return parts.length < 2 ? (parts[0] ?? trueLiteral) : call('and', ...parts);
}
