import type { Schema } from '../arrow/schema.js';
import { typeName } from '../arrow/types.js';
import { SpillwayError } from '../errors.js';
import { bind } from '../plan/bind.js';
import type { Expr } from '../plan/expr.js';
import { childrenOf } from '../plan/walk-expr.js';
import { located } from './resolve.js';
import type { SqlSource } from './source.js';

/** Do the types go together? The error points at the innermost part that does not. */
export function check(expr: Expr, schema: Schema, source: SqlSource, places: WeakMap<Expr, number>): void {
  if (binds(expr, schema)) return;
  const culprit = innermost(expr, schema);
  located(source, places.get(culprit) ?? places.get(expr), () => bind(culprit, schema));
}

/** Only the elements of a list can become rows. */
export function checkList(expr: Expr, schema: Schema, source: SqlSource, byte: number | undefined): void {
  const { type } = bind(expr, schema);
  if (type.kind !== 'list') throw source.error(`unnest(...) takes a list, not ${typeName(type)}`, byte);
}

function innermost(expr: Expr, schema: Schema): Expr {
  const child = childrenOf(expr).find((part) => !binds(part, schema));
  return child ? innermost(child, schema) : expr;
}

function binds(expr: Expr, schema: Schema): boolean {
  try {
    bind(expr, schema);
    return true;
  } catch (error) {
    if (error instanceof SpillwayError) return false;
    throw error;
  }
}
