/** Resolves what a join compares: both sides converted to the one type that holds the values of both. */
import type { Schema } from '../arrow/schema.js';
import { typeName } from '../arrow/types.js';
import { queryError } from '../errors.js';
import { commonType } from '../kernels/signature.js';
import { bind, convert } from './bind.js';
import type { Bound } from './bound.js';
import { exprText } from './expr-text.js';
import type { JoinKey } from './plan.js';
import { refuseList } from './refuse-list.js';

export interface BoundJoinKey {
  readonly left: Bound;
  /** Of the same type as `left`. */
  readonly right: Bound;
}

export function bindJoinKey(key: JoinKey, left: Schema, right: Schema): BoundJoinKey {
  const [a, b] = [bind(key.left, left), bind(key.right, right)];
  const type = commonType([a.type, b.type]);
  if (type === null)
    throw queryError(
      `cannot join ${exprText(key.left)} (${typeName(a.type)}) with ${exprText(key.right)} (${typeName(b.type)}); cast one of them`,
    );
  refuseList(type, `join on ${exprText(key.left)}`);
  return { left: convert(a, type), right: convert(b, type) };
}
