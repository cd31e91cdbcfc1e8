/** What an expression costs, roughly: a comparison of numbers is 1. */
import { isComparison } from '../kernels/compare.js';
import type { Bound } from '../plan/bound.js';

/** From this on, gathering the few rows that need the expression is cheaper than evaluating it for all. */
export const costly = 12;

/** For each row. Text costs more than numbers, and so does what is more than an operator. */
export function costOf(bound: Bound): number {
  switch (bound.op) {
    case 'column':
      return bound.type.kind === 'utf8' ? 2 : 0;
    case 'literal':
      return 0;
    case 'cast':
      return costOf(bound.input) + (bound.input.type.kind === 'utf8' || bound.type.kind === 'utf8' ? 12 : 1);
    case 'call':
      return bound.args.reduce((sum, arg) => sum + costOf(arg), isOperator(bound.name) ? 1 : 10);
    case 'case':
      return bound.branches.reduce(
        (sum, { when, then }) => sum + costOf(when) + costOf(then) + 4,
        costOf(bound.otherwise),
      );
  }
}

const operators = new Set(['add', 'sub', 'mul', 'neg', 'and', 'or', 'not', 'is_null', 'is_not_null', 'in']);

const isOperator = (name: string): boolean => operators.has(name) || isComparison(name);
