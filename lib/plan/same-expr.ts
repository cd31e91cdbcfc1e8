import { sameType } from '../arrow/types.js';
import type { Expr, FunctionCode } from './expr.js';
import { childrenOf } from './walk-expr.js';

/** Do both say the same, word for word? */
export function sameExpr(a: Expr, b: Expr): boolean {
  if (a === b) return true;
  return sameNode(a, b) && sameList(childrenOf(a), childrenOf(b));
}

/** A name may stand for functions of two modules: it can be registered anew in another session. */
function sameCode(a: FunctionCode | undefined, b: FunctionCode | undefined): boolean {
  return a === b || (a?.module === b?.module && a?.export === b?.export);
}

function sameList(a: readonly Expr[], b: readonly Expr[]): boolean {
  return a.length === b.length && a.every((expr, i) => sameExpr(expr, b[i]!));
}

function sameNode(a: Expr, b: Expr): boolean {
  switch (a.op) {
    case 'column':
      return b.op === 'column' && a.name === b.name;
    case 'literal':
      return b.op === 'literal' && a.value === b.value && sameType(a.type, b.type);
    case 'call':
      return b.op === 'call' && a.name === b.name && sameCode(a.code, b.code);
    case 'cast':
      return b.op === 'cast' && a.try === b.try && sameType(a.type, b.type);
    case 'case':
      return b.op === 'case' && a.branches.length === b.branches.length;
  }
}
