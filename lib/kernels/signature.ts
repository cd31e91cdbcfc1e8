/** What a row of the function table says about types. */
import {
  bool,
  type DataType,
  date,
  familyOf,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  list,
  nullType,
  sameType,
  utf8,
} from '../arrow/types.js';

/** `time` is a date or a timestamp, of no other zone than UTC; `number` is an integer, float or decimal. */
export type Kind =
  | 'any'
  | 'boolean'
  | 'integer'
  | 'number'
  | 'text'
  | 'date'
  | 'time'
  | 'list'
  | 'text or list';

/** `?` may be left out, `*` may be repeated or left out, `!` must be a constant. */
export type Param = `${Kind}${'' | '?' | '*' | '!' | '?!'}`;

export interface Typing {
  /** What the arguments are converted to. */
  readonly args: readonly DataType[];
  readonly result: DataType;
}

/** Types of the arguments in; null if they do not go together. */
export type Rule = (args: readonly DataType[]) => Typing | null;

/** `substr(text, integer [, integer])` */
export function signatureText(name: string, params: readonly Param[]): string {
  let text = '';
  for (const param of params) {
    const kind = kindOf(param);
    const comma = text === '' ? '' : ', ';
    if (param.includes('?')) text += ` [${comma}${kind}]`;
    else if (param.endsWith('*')) text += ` [${comma}${kind} ...]`;
    else text += `${comma}${kind}`;
  }
  return `${name}(${text.trim()})`;
}

/** Matches arguments with parameters and then asks `result`; null if they do not match. */
export function typeCall(
  params: readonly Param[],
  result: DataType | Rule,
  args: readonly DataType[],
): Typing | null {
  const least = params.filter((param) => !/[?*]/.test(param)).length;
  const most = params.at(-1)?.endsWith('*') ? Infinity : params.length;
  if (args.length < least || args.length > most) return null;
  const types: DataType[] = [];
  for (let i = 0; i < args.length; i++) {
    const type = accept(kindOf(params[Math.min(i, params.length - 1)]!), args[i]!);
    if (type === null) return null;
    types.push(type);
  }
  return typeof result === 'function' ? result(types) : { args: types, result };
}

/** Must the argument at `index` be a constant? */
export function mustBeConstant(params: readonly Param[], index: number): boolean {
  return params[Math.min(index, params.length - 1)]?.endsWith('!') ?? false;
}

/** What an argument of `type` becomes as a parameter of `kind`. */
function accept(kind: Kind, type: DataType): DataType | null {
  const family = familyOf(type);
  const untyped = family === 'null';
  switch (kind) {
    case 'any':
      return type;
    case 'boolean':
      return untyped || family === 'boolean' ? bool : null;
    case 'integer':
      return untyped || (family === 'integer' && type.kind !== 'uint64') ? int64 : null;
    case 'number':
      return untyped || family === 'integer' || family === 'float' || family === 'decimal' ? float64 : null;
    case 'text':
      return untyped || family === 'text' ? utf8 : null;
    case 'list':
      return untyped ? list(nullType) : family === 'list' ? type : null;
    case 'text or list':
      return family === 'list' ? type : accept('text', type);
    case 'date':
      return untyped || family === 'date' ? date : null;
    case 'time':
      if (untyped) return date;
      // The parts of an instant depend on its zone; only UTC is known here.
      if (type.kind === 'timestamp') return type.zone === null || type.zone === 'UTC' ? type : null;
      return family === 'date' ? type : null;
  }
}

function kindOf(param: Param): Kind {
  return param.replace(/[?*!]+$/, '') as Kind;
}

/** The one type that values of all `types` can be converted to without loss (but int64 to float64); null if there is none. */
export function commonType(types: readonly DataType[]): DataType | null {
  let common: DataType = { kind: 'null' };
  for (const type of types) {
    const next = commonOf(common, type);
    if (next === null) return null;
    common = next;
  }
  return common;
}

const integers: Readonly<Record<string, { readonly bits: number; readonly signed: boolean }>> = {
  int8: { bits: 8, signed: true },
  int16: { bits: 16, signed: true },
  int32: { bits: 32, signed: true },
  int64: { bits: 64, signed: true },
  uint8: { bits: 8, signed: false },
  uint16: { bits: 16, signed: false },
  uint32: { bits: 32, signed: false },
  uint64: { bits: 64, signed: false },
};

function commonOf(a: DataType, b: DataType): DataType | null {
  if (a.kind === 'null') return b;
  if (b.kind === 'null' || sameType(a, b)) return a;
  const families = [familyOf(a), familyOf(b)];
  const has = (family: string): boolean => families.includes(family as never);
  if (has('integer') && families[0] === families[1]) return commonInteger(a, b);
  if (has('float') && (has('integer') || has('decimal') || families[0] === families[1])) {
    const other = familyOf(a) === 'float' ? b : a;
    const narrow = (integers[other.kind]?.bits ?? 64) <= 16;
    return (a.kind === 'float32' || b.kind === 'float32') && narrow ? float32 : float64;
  }
  if (has('decimal') && (has('integer') || families[0] === families[1])) return commonDecimal(a, b);
  if (has('timestamp') && has('date')) return a.kind === 'timestamp' ? a : b;
  if (a.kind === 'list' && b.kind === 'list') {
    const element = commonOf(a.element, b.element);
    return element && { kind: 'list', element };
  }
  if (a.kind === 'timestamp' && b.kind === 'timestamp' && a.zone !== null && b.zone !== null) return a;
  return null;
}

/** The smallest integer type that holds both; int64 with uint64 needs a decimal. */
function commonInteger(a: DataType, b: DataType): DataType {
  const [x, y] = [integers[a.kind]!, integers[b.kind]!];
  if (x.signed === y.signed) return x.bits >= y.bits ? a : b;
  const [signed, unsigned] = x.signed ? [x, y] : [y, x];
  const bits = Math.max(signed.bits, unsigned.bits * 2);
  if (bits > 64) return { kind: 'decimal', precision: 20, scale: 0 };
  return bits === 16 ? int16 : bits === 32 ? int32 : bits === 64 ? int64 : int8;
}

function commonDecimal(a: DataType, b: DataType): DataType | null {
  const parts = [a, b].map((type) =>
    type.kind === 'decimal' ? type : { precision: digits[type.kind] ?? 20, scale: 0 },
  );
  const scale = Math.max(parts[0]!.scale, parts[1]!.scale);
  const whole = Math.max(parts[0]!.precision - parts[0]!.scale, parts[1]!.precision - parts[1]!.scale);
  return whole + scale > 38 ? null : { kind: 'decimal', precision: whole + scale, scale };
}

const digits: Readonly<Record<string, number>> = {
  int8: 3,
  int16: 5,
  int32: 10,
  int64: 19,
  uint8: 3,
  uint16: 5,
  uint32: 10,
  uint64: 20,
};

/** All arguments become one type. */
export const unified =
  (result?: DataType): Rule =>
  (args) => {
    const type = commonType(args);
    return type && { args: args.map(() => type), result: result ?? type };
  };

/** As `unified`, for what compares its arguments: lists are refused. */
export const comparable =
  (result?: DataType): Rule =>
  (args) => {
    const typing = unified(result)(args);
    return typing === null || typing.args[0]?.kind === 'list' ? null : typing;
  };

/** int64 for integers, uint64 where all are, float64 where one is a float, float32 where all are; decimals refuse. */
export function arithmeticType(args: readonly DataType[]): DataType | null {
  const known = args.filter((type) => type.kind !== 'null');
  if (known.length === 0) return int64;
  if (!known.every((type) => familyOf(type) === 'integer' || familyOf(type) === 'float')) return null;
  const all = (kind: string): boolean => known.every((type) => type.kind === kind);
  if (all('float32') || all('uint64')) return known[0]!;
  return known.some((type) => familyOf(type) === 'float') ? float64 : int64;
}

/** Can a value of `from` be written as one of `to`, at least sometimes? */
export function castable(from: DataType, to: DataType): boolean {
  const [a, b] = [familyOf(from), familyOf(to)];
  if (from.kind === 'list' && to.kind === 'list')
    return from.element.kind === 'null' || castable(from.element, to.element);
  if (to.kind === 'list') return a === 'null';
  if (a === 'null' || a === b || a === 'text' || b === 'text') return b !== 'null';
  const number = ['integer', 'float', 'decimal'];
  if (number.includes(a)) return number.includes(b) || (b === 'boolean' && a !== 'decimal');
  if (a === 'boolean') return b === 'integer' || b === 'float';
  return (a === 'date' && b === 'timestamp') || (a === 'timestamp' && b === 'date');
}
