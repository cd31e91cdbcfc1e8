/** Constructors of expressions; what they make is frozen. */
import { bool, type DataType, float64, int64, nullType, utf8 } from '../arrow/types.js';
import type {
  CallExpr,
  CaseExpr,
  CastExpr,
  ColumnExpr,
  Expr,
  FunctionCode,
  LiteralExpr,
  Named,
  SortKey,
} from './expr.js';

export function column(name: string): ColumnExpr {
  return Object.freeze({ op: 'column', name });
}

export function literal(type: DataType, value: LiteralExpr['value']): LiteralExpr {
  return Object.freeze({ op: 'literal', type, value });
}

export function call(name: string, ...args: readonly Expr[]): CallExpr {
  return Object.freeze({ op: 'call', name, args: Object.freeze(args) });
}

/** A call of a function of the user. */
export function callCode(name: string, code: FunctionCode, args: readonly Expr[]): CallExpr {
  return Object.freeze({ op: 'call', name, args: Object.freeze(args), code });
}

/** `orNull` makes it try_cast. */
export function cast(input: Expr, type: DataType, orNull = false): CastExpr {
  return Object.freeze({ op: 'cast', input, type, try: orNull });
}

export function caseOf(branches: CaseExpr['branches'], otherwise: Expr): CaseExpr {
  return Object.freeze({ op: 'case', branches: Object.freeze(branches), otherwise });
}

export function named(name: string, expr: Expr): Named {
  return Object.freeze({ name, expr });
}

export function sortKey(expr: Expr, descending = false, nullsFirst = false): SortKey {
  return Object.freeze({ expr, descending, nullsFirst });
}

export const untypedNull: LiteralExpr = literal(nullType, null);
export const trueLiteral: LiteralExpr = literal(bool, true);
export const falseLiteral: LiteralExpr = literal(bool, false);
export const integer = (value: number | bigint): LiteralExpr => literal(int64, String(value));
export const text = (value: string): LiteralExpr => literal(utf8, value);

/** Not-a-number and the infinities become the strings that literals hold. */
export function double(value: number): LiteralExpr {
  return literal(float64, Number.isFinite(value) ? value : String(value));
}
