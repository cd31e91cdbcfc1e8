import type { A_Const, A_Expr, Node } from 'libpg-query';
import { nameOf } from './names.js';

/** The value of a number, or of a sum, difference or product of numbers; null for anything else. */
export function constantNumber(node: Node): number | null {
  if ('A_Const' in node) return numberOf(node.A_Const);
  if (!('A_Expr' in node) || node.A_Expr.kind !== 'AEXPR_OP') return null;
  const { lexpr, rexpr, name } = node.A_Expr as A_Expr;
  const a = lexpr === undefined ? 0 : constantNumber(lexpr);
  const b = rexpr === undefined ? null : constantNumber(rexpr);
  if (a === null || b === null) return null;
  const compute = operations[nameOf(name?.at(-1))];
  return compute === undefined ? null : compute(a, b);
}

const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
};

function numberOf({ ival, fval }: A_Const): number | null {
  if (ival) return ival.ival ?? 0;
  const value = Number(fval?.fval?.replaceAll('_', ''));
  return Number.isFinite(value) ? value : null;
}
