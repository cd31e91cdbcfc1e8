import type { SortKey } from '../plan/expr.js';
import { column, sortKey } from '../plan/make-expr.js';
import { toExpr } from './build.js';
import { SortOrder } from './order.js';

/** A column's name, an expression, or one with its direction. */
export function toSortKey(by: unknown): SortKey {
  if (by instanceof SortOrder) return by.key;
  return sortKey(typeof by === 'string' ? column(by) : toExpr(by));
}
