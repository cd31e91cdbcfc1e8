/** Functions of the user: where they are, what they take and give. */
import type { Schema } from '../arrow/schema.js';
import { parseType, typeNames } from '../arrow/types.js';
import { usageError } from '../errors.js';
import { findAggregate } from '../kernels/aggregates.js';
import { findFunction } from '../kernels/functions.js';
import { windowFunctionNames } from '../plan/bind-window.js';
import type { CodePlace } from '../plan/code-text.js';
import type { FunctionCode } from '../plan/expr.js';
import { quoteName } from '../plan/quote-name.js';
import { parseDescription } from './description.js';
import type {
  BoolOperand,
  DecimalOperand,
  ExprOf,
  NumberOperand,
  Operand,
  TextOperand,
  TimeOperand,
  Typed,
} from './expr.js';
import type {
  Base,
  BoolType,
  DateType,
  DecimalType,
  ListType,
  NumberType,
  SchemaDescription,
  TextType,
  TimestampType,
  TypeName,
  WithNulls,
} from './types.js';

/** Plain data, which other processes can be sent. */
export type PlainData =
  | null
  | boolean
  | number
  | string
  | readonly PlainData[]
  | { readonly [name: string]: PlainData };

export interface MapOptions<D extends SchemaDescription> {
  /** The columns that the function gives, all of them; their types as in a scan's schema. */
  readonly schema: D;
  /** The name by which the module exports the function; `default` if not given. */
  readonly export?: string;
  /** Handed to the function as its second argument. */
  readonly options?: PlainData;
}

export interface FunctionOptions<A extends readonly TypeName[], R, N> {
  /** The types of the arguments. */
  readonly args: A;
  /** The type of the result, with `?` where the function may give null. */
  readonly returns: R;
  /** The name by which the module exports the function; `default` if not given. */
  readonly export?: string;
  /**
   * Rows where an argument is null: they give null, and the function does not see them (`skip`, if not given); or the
   * function is given columns with their nulls (`pass`).
   */
  readonly nulls?: N;
}

/** A registered function as a part of expressions. */
export type FunctionCall<A extends readonly TypeName[], R, N> = <const O extends Operands<A>>(
  ...args: O
) => ExprOf<WithNulls<Base<R> & string, R | (N extends 'pass' ? never : NullsOf<O[number]>)>>;

type Operands<A extends readonly TypeName[]> = { readonly [I in keyof A]: OperandOf<A[I]> };

type OperandOf<T> = T extends NumberType
  ? NumberOperand
  : T extends TextType
    ? TextOperand
    : T extends BoolType
      ? BoolOperand
      : T extends ListType
        ? Typed<ListType | 'dynamic'>
        : T extends DateType | TimestampType
          ? TimeOperand
          : T extends DecimalType
            ? DecimalOperand
            : Operand;

type NullsOf<O> = O extends Typed<infer T> ? T : never;

/** `caller` is how the user wrote it, for messages. */
export function codePlace(module: unknown, name: unknown, caller: string): CodePlace {
  if (typeof module === 'function')
    throw usageError(
      `${caller} takes no function, as worker processes cannot be sent one; put it into a module of its own and give new URL('./name.js', import.meta.url)`,
    );
  const url = module instanceof URL ? module.href : module;
  if (typeof url !== 'string' || !url.startsWith('file:'))
    throw usageError(
      `${caller} takes the URL of a module file, as new URL('./name.js', import.meta.url), not ${typeof url === 'string' ? `"${url}"` : typeof module}`,
    );
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw usageError(`${caller}: export is the name of what the module exports`);
  return { module: url, export: name ?? 'default' };
}

export function describedSchema(description: SchemaDescription | undefined): Schema {
  if (description === null || typeof description !== 'object' || Object.keys(description).length === 0)
    throw usageError("mapBatches takes a schema of what the function gives, as { rate: 'float64?' }");
  return { fields: parseDescription(description) };
}

/** A copy that nobody can change any more. */
export function plainData(value: unknown, path = 'options'): PlainData {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value))
    return value as PlainData;
  if (Array.isArray(value)) return Object.freeze(value.map((one, i) => plainData(one, `${path}[${i}]`)));
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    return Object.freeze(
      Object.fromEntries(
        Object.entries(value).map(([name, one]) => [name, plainData(one, `${path}.${name}`)]),
      ),
    );
  const what = typeof value === 'object' ? value.constructor?.name || 'an object' : `a ${typeof value}`;
  throw usageError(`${path} is ${what}; options are plain data: numbers, texts, booleans, arrays, objects`);
}

export function functionCode(
  name: string,
  module: unknown,
  { args, returns, export: exported, nulls = 'skip' }: FunctionOptions<readonly TypeName[], string, string>,
): FunctionCode {
  const caller = `the function ${name}`;
  const place = codePlace(module, exported, caller);
  if (!Array.isArray(args)) throw usageError(`${caller}: args is an array of types, as ['float64']`);
  if (typeof returns !== 'string') throw usageError(`${caller}: returns is a type, as 'float64?'`);
  if (nulls !== 'skip' && nulls !== 'pass') throw usageError(`${caller}: nulls is 'skip' or 'pass'`);
  const typed = (text: unknown) => {
    const type = typeof text === 'string' ? parseType(text) : null;
    if (type !== null) return type;
    throw usageError(`${caller}: there is no type "${String(text)}"; known are ${typeNames.join(', ')}`);
  };
  const nullable = returns.endsWith('?');
  return Object.freeze({
    ...place,
    args: Object.freeze(args.map(typed)),
    returns: typed(nullable ? returns.slice(0, -1) : returns),
    nullable,
    nulls,
  });
}

/** Names that SQL has a meaning of its own for, though none of the tables has them. */
const forms: ReadonlySet<string> = new Set(['unnest', 'date_part', 'timezone', 'if']);

/** Refuses a name that means something already, or that SQL cannot say. */
export function checkFunctionName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !/^[a-z_][a-z0-9_]*$/.test(name))
    throw usageError(
      `a function's name is made of small letters, digits and underscores, not ${JSON.stringify(name)}`,
    );
  if (findFunction(name) || findAggregate(name) || windowFunctionNames.includes(name) || forms.has(name))
    throw usageError(`there is a function ${name} already; choose another name`);
  if (quoteName(name) !== name) throw usageError(`${name} is a word of SQL; choose another name`);
}
