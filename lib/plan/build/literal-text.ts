import { familyOf } from '../../arrow/types.js';
import type { LiteralExpr } from '../expr.js';
import { exprText } from '../expr-text.js';
import { dateText, timestampText } from '../time-text.js';

/** A constant as the name of a column: texts and times without quotes. */
export function literalText(literal: LiteralExpr): string {
  const { type, value } = literal;
  if (value === null) return 'null';
  const family = familyOf(type);
  if (family === 'text') return String(value);
  if (family === 'timestamp') return timestampText(BigInt(value as string));
  return family === 'date' ? dateText(BigInt(value as string)) : exprText(literal);
}
