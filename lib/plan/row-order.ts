/** The order in which rows come out of a node, where that is known: who needs them so need not sort. */
import type { SortKey } from './expr.js';
import type { Plan, Window } from './plan.js';
import { sameExpr } from './same-expr.js';

/** Keys that the rows are sorted by; empty where nothing is known. */
export function orderOf(plan: Plan): readonly SortKey[] {
  switch (plan.op) {
    case 'sort':
      return plan.keys;
    case 'window': {
      const own = windowOrder(plan);
      return own.length > 0 && !serves(orderOf(plan.input), plan) ? own : orderOf(plan.input);
    }
    case 'filter':
    case 'limit':
      return orderOf(plan.input);
    default:
      return [];
  }
}

/** What a window sorts by. */
export function windowOrder({ partitionBy, orderBy }: Over): readonly SortKey[] {
  return [...partitionBy.map((expr) => ({ expr, descending: false, nullsFirst: false })), ...orderBy];
}

type Over = Pick<Window, 'partitionBy' | 'orderBy'>;

/** Are rows sorted by `keys` sorted as the window needs them? */
export function serves(keys: readonly SortKey[], over: Over): boolean {
  return windowOrder(over).every((key, i) => keys[i] !== undefined && sameKey(key, keys[i]!));
}

function sameKey(a: SortKey, b: SortKey): boolean {
  return a.descending === b.descending && a.nullsFirst === b.nullsFirst && sameExpr(a.expr, b.expr);
}
