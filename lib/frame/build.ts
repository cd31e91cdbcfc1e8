/** Makes expressions: the one class behind all interfaces of expr.ts, and the functions to start one with. */

import { bool, type DataType, parseType, timestamp, typeNames, uint64 } from '../arrow/types.js';
import { queryError, usageError } from '../errors.js';
import type { CaseExpr, Expr, LiteralExpr, Named } from '../plan/expr.js';
import * as make from '../plan/make-expr.js';
import type { BoolOperand, DynamicExpr, ExprOf, Loose, MethodName, Operand } from './expr.js';
import { SortOrder } from './order.js';
import type { Common, LiteralType, Mark, Unified } from './types.js';

/** A column by its name, for names that are not known before run time. Example: `col('fare').gt(10)` */
export function col(name: string): DynamicExpr {
  return typed(make.column(name));
}

/** A constant. Whole numbers and bigint are integers, other numbers floats, a Date a timestamp. */
export function lit<const L extends number | bigint | string | boolean | Date | null>(
  value: L,
): ExprOf<LiteralType<L>> {
  return typed(literalOf(value));
}

/** Any function of the function table by its SQL name. Example: `call('atan2', c.y, c.x)` */
export function call(name: string, ...args: readonly Operand[]): DynamicExpr {
  return typed(make.call(name, ...args.map(toExpr)));
}

/** The first of the values that is not null. Example: `coalesce(c.tip, 0)` */
export function coalesce<const A extends readonly [Operand, ...Operand[]]>(
  ...values: A
): ExprOf<Coalesced<A>> {
  return typed(make.call('coalesce', ...values.map(toExpr)));
}

/** The value of the first condition that is true. Example: `when(c.fare.gt(50)).then('long').otherwise('short')` */
export function when(condition: BoolOperand): Then<never> {
  return new Case([]).when(condition);
}

/** A condition that waits for its value. */
export interface Then<T> {
  then<const A extends Operand>(value: A): When<T | Loose<A>>;
}

/** Branches so far; the type is null if a branch is, or if there is no branch that must be taken. */
export interface When<T> {
  when(condition: BoolOperand): Then<T>;
  /** The value where no condition is true; null if it is left out. */
  otherwise<const A extends Operand>(value: A): ExprOf<Unified<T | Loose<A>>>;
  otherwise(): ExprOf<Unified<T | 'null?'>>;
}

/** The type of coalesce: null only if every value may be. */
type Coalesced<A extends readonly unknown[]> =
  'dynamic' extends Loose<A[number]> ? 'dynamic' : `${Common<Loose<A[number]>> & string}${AllMarked<A>}`;

type AllMarked<A extends readonly unknown[]> = A extends readonly [infer First, ...infer Rest]
  ? Mark<Loose<First>> extends ''
    ? ''
    : AllMarked<Rest>
  : '?';

/** The expression as plain data; a literal becomes a literal expression. */
export function toExpr(operand: unknown): Expr {
  if (operand instanceof Built) return operand.expr;
  if (operand === null || typeof operand !== 'object' || operand instanceof Date) return literalOf(operand);
  if ('aggregate' in operand) throw queryError(`${operand.aggregate} is an aggregate; it belongs in agg()`);
  throw usageError(`a column expression or a literal is wanted, not ${shown(operand)}`);
}

/** `{ a: c.x, b: 1 }` as output columns. */
export function toNamed(columns: unknown): Named[] {
  if (
    columns === null ||
    typeof columns !== 'object' ||
    columns instanceof Built ||
    columns instanceof Promise
  )
    throw usageError(`an object of column expressions is wanted, not ${shown(columns)}`);
  return Object.entries(columns).map(([name, value]) => make.named(name, toExpr(value)));
}

/** A constant as plain data. */
export function literalOf(value: unknown): LiteralExpr {
  switch (typeof value) {
    case 'boolean':
      return make.literal(bool, value);
    case 'string':
      // UTF-8 has no form of it: it would come out as another character.
      if (/\p{Surrogate}/u.test(value)) throw usageError('a text literal holds half of a surrogate pair');
      return make.text(value);
    case 'bigint':
      return integer(value);
    case 'number':
      // Beyond 2^63 a whole number has no digits after the point either, but only a float holds it.
      if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return make.integer(BigInt(value));
      return make.double(value);
    case 'object':
      if (value === null) return make.untypedNull;
      if (value instanceof Date) return moment(value);
  }
  throw usageError(`a column expression or a literal is wanted, not ${shown(value)}`);
}

function integer(value: bigint): LiteralExpr {
  if (BigInt.asIntN(64, value) === value) return make.integer(value);
  if (BigInt.asUintN(64, value) === value) return make.literal(uint64, String(value));
  throw queryError(`${value} does not fit in 64 bits`);
}

function moment(value: Date): LiteralExpr {
  if (Number.isNaN(value.getTime())) throw usageError('a literal is an invalid Date');
  return make.literal(timestamp(), String(BigInt(value.getTime()) * 1000n));
}

export function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Built) return 'a column expression';
  return value instanceof Promise ? 'a promise' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}

/** The compiler's idea of the type is worked out where this is called; at run time there is one class. */
export function typed<E>(expr: Expr): E {
  return new Built(expr) as E;
}

/** Every expression there is. The methods of the table below are added to its prototype. */
class Built {
  readonly expr: Expr;
  declare readonly columnType: undefined;

  constructor(expr: Expr) {
    this.expr = expr;
  }

  cast(to: string): Built {
    return new Built(make.cast(this.expr, namedType(to)));
  }

  tryCast(to: string): Built {
    return new Built(make.cast(this.expr, namedType(to), true));
  }

  asc(): SortOrder {
    return new SortOrder(make.sortKey(this.expr));
  }

  desc(): SortOrder {
    return new SortOrder(make.sortKey(this.expr, true));
  }
}

type Method = (self: Expr, args: readonly unknown[]) => Expr;

/** Of the function table's row `name`, the expression itself first. */
const of =
  (name: string): Method =>
  (self, args) =>
    make.call(name, self, ...args.map(toExpr));

const within: Method = (self, [values]) => {
  if (!Array.isArray(values)) throw usageError('in() takes an array of values');
  return values.length === 0 ? make.falseLiteral : make.call('in', self, ...values.map(toExpr));
};

/** Every method and the function it calls. */
const methods: Readonly<Record<MethodName, Method>> = {
  isNull: of('is_null'),
  isNotNull: of('is_not_null'),
  eq: of('eq'),
  ne: of('ne'),
  lt: of('lt'),
  le: of('le'),
  gt: of('gt'),
  ge: of('ge'),
  between: (self, [low, high]) => make.call('and', of('ge')(self, [low]), of('le')(self, [high])),
  in: within,
  notIn: (self, args) => make.call('not', within(self, args)),
  isDistinctFrom: of('is_distinct_from'),
  isNotDistinctFrom: of('is_not_distinct_from'),
  nullIf: of('nullif'),
  add: of('add'),
  sub: of('sub'),
  mul: of('mul'),
  div: of('div'),
  intDiv: of('int_div'),
  mod: of('mod'),
  neg: of('neg'),
  abs: of('abs'),
  sign: of('sign'),
  tryAdd: of('try_add'),
  trySub: of('try_sub'),
  tryMul: of('try_mul'),
  tryDiv: of('try_div'),
  tryMod: of('try_mod'),
  round: of('round'),
  floor: of('floor'),
  ceil: of('ceil'),
  trunc: of('trunc'),
  sqrt: of('sqrt'),
  exp: of('exp'),
  ln: of('ln'),
  log10: of('log10'),
  log2: of('log2'),
  power: of('power'),
  isNaN: of('is_nan'),
  isFinite: of('is_finite'),
  lower: of('lower'),
  upper: of('upper'),
  length: of('length'),
  byteLength: of('byte_length'),
  trim: of('trim'),
  ltrim: of('ltrim'),
  rtrim: of('rtrim'),
  substr: of('substr'),
  left: of('left'),
  right: of('right'),
  replace: of('replace'),
  concat: of('concat'),
  startsWith: of('starts_with'),
  endsWith: of('ends_with'),
  contains: of('contains'),
  like: of('like'),
  ilike: of('ilike'),
  matches: of('regexp_matches'),
  indexOf: of('strpos'),
  padStart: of('lpad'),
  padEnd: of('rpad'),
  repeat: of('repeat'),
  reverse: of('reverse'),
  splitPart: of('split_part'),
  and: of('and'),
  or: of('or'),
  not: of('not'),
  year: of('year'),
  quarter: of('quarter'),
  month: of('month'),
  week: of('week'),
  day: of('day'),
  dayOfWeek: of('day_of_week'),
  dayOfYear: of('day_of_year'),
  hour: of('hour'),
  minute: of('minute'),
  second: of('second'),
  millisecond: of('millisecond'),
  epoch: of('epoch'),
  truncate: (self, [unit]) => make.call('date_trunc', toExpr(unit), self),
  plus: (self, [count, unit]) => make.call('date_add', toExpr(unit), toExpr(count), self),
  until: (self, [later, unit]) => make.call('date_diff', toExpr(unit), self, toExpr(later)),
};

for (const [name, method] of Object.entries(methods)) {
  Object.defineProperty(Built.prototype, name, {
    value(this: Built, ...args: readonly unknown[]): Built {
      return new Built(method(this.expr, args));
    },
  });
}

function namedType(name: string): DataType {
  const type = parseType(name);
  if (type === null) throw queryError(`there is no type "${name}"; known are ${typeNames.join(', ')}`);
  return type;
}

/** Branches of a case, while it is being written. */
class Case {
  readonly #branches: CaseExpr['branches'];

  constructor(branches: CaseExpr['branches']) {
    this.#branches = branches;
  }

  when(condition: BoolOperand): Then<never> {
    const when = toExpr(condition);
    return {
      then: (value: Operand) => new Case([...this.#branches, { when, then: toExpr(value) }]) as never,
    };
  }

  otherwise(value: Operand = null): unknown {
    return typed(make.caseOf(this.#branches, toExpr(value)));
  }
}
