/**
 * The one table of aggregates, a row each: what it takes, what it gives, how it keeps what it knows of a group
 * and which kernels work on that. It drives typing, evaluation, SQL, the typed API and Spark.
 */
import {
  bool,
  type DataType,
  decimal,
  familyOf,
  float64,
  int32,
  int64,
  isNumeric,
  list,
  type Physical,
  physicalOf,
  utf8,
  widthOf,
} from '../arrow/types.js';
import type { Param } from './signature.js';
import type { SortOrder } from './sort-keys.js';

export interface AggregateRow {
  readonly name: string;
  readonly aliases: readonly string[];
  /** As Spark calls it. */
  readonly spark: string;
  /** For messages; `typing` decides. A constant (`!`) is no argument at run time: it is the parameter. */
  readonly params: readonly Param[];
  /** From the types of the arguments without constants; null if it cannot take them. */
  typing(args: readonly DataType[]): AggregateTyping | null;
  /** False if every group has a result. */
  readonly nullable: boolean;
  /** What the constant is that comes last. */
  readonly constant: 'fraction' | 'separator';
  /** What DISTINCT does: it matters, it makes no difference, or it makes no sense. */
  readonly distinct: 'matters' | 'idle' | 'refused';
}

export interface AggregateTyping {
  /** What the arguments are converted to. */
  readonly args: readonly DataType[];
  readonly result: DataType;
  readonly state: State;
}

/** How an aggregate keeps what it knows of a group. */
export type State = FixedState | TextState | QuantileState | ListState | ModeState;

/** `bytes` in the group's struct, a multiple of 8; see assembly/state.ts. */
export interface FixedState {
  readonly form: 'fixed';
  readonly bytes: number;
  /** Writes the state of a group without rows over zeros. */
  readonly start?: (view: DataView, at: number) => void;
  /**
   * Takes (states, places, from, to), the data of each argument, validity; `pick_...` also a filter. Others begin
   * with the number of values missing and must leave it alone where there is no validity; see assembly/state.ts.
   */
  readonly update: string;
  readonly merge: string;
  readonly finish: string;
  /** Handed to `finish`. */
  readonly parameter: number;
  /** Do nulls reach the kernel, so that a filter must come apart from them? */
  readonly picks: boolean;
  /** Does the result depend on the number of values, beyond whether there is any? */
  readonly counts: boolean;
  /** Kernels named so, and by type, take the argument in a narrower type than its own; null if there are none. */
  readonly narrow: string | null;
  /**
   * Offset of the word that is the sign of the word before it as long as all values came narrow and without nulls, or
   * -1. Until then it is left out, and kernels `sum_small_...` add to the word before it.
   */
  readonly sign: number;
  /**
   * What all rows of a batch come to for one state, where none is null: nothing at all, their total (kernels `total_...`
   * for `sum_...`), the least or greatest of them, which is then the only row. Null where each row must be taken.
   */
  readonly whole: 'nothing' | 'total' | 'least' | 'greatest' | null;
  /** Does the kernel take hashes of the values? */
  readonly hashes: boolean;
  /**
   * Is the result the same however the rows were divided into states that were merged in order? A product may pass the
   * largest number in one division and not in another.
   */
  readonly divisible: boolean;
}

/** 16 bytes in the group's struct point to a text in a heap of variable size. */
export interface TextState {
  readonly form: 'text';
  readonly which: 'min' | 'max' | 'first' | 'last' | 'any';
}

/** Nothing in the struct: all values are kept beside it until the end. */
export interface QuantileState {
  readonly form: 'quantile';
  readonly physical: Physical;
  readonly finish: string;
}

/** Nothing in the struct: all rows are kept beside it until the end. The arguments are the value and the sort keys. */
export interface ListState {
  readonly form: 'list';
  /** Of the sort keys; empty where rows stay as they came. */
  readonly orders: readonly SortOrder[];
  /** What becomes of a group's values: a list, one text, the first or the last of them. */
  readonly gives: 'list' | 'text' | 'first' | 'last';
  /** Rows where one of so many first arguments is null are passed over. */
  readonly known: number;
  /** Between the values in a text. */
  readonly separator: string;
}

/** Does what is held of a group grow with its rows? */
export function grows({ state, distinct }: { readonly state: State; readonly distinct: boolean }): boolean {
  return state.form !== 'fixed' || distinct;
}

/** Nothing in the struct: distinct values are counted beside it. */
export interface ModeState {
  readonly form: 'mode';
}

type Typing = (args: readonly DataType[]) => AggregateTyping | null;

interface Fields {
  readonly aliases?: readonly string[];
  readonly spark?: string;
  readonly nullable?: boolean;
  readonly constant?: AggregateRow['constant'];
  readonly distinct?: AggregateRow['distinct'];
}

function row(name: string, params: readonly Param[], typing: Typing, fields: Fields = {}): AggregateRow {
  const { aliases = [], spark = name, nullable = true, constant = 'fraction', distinct = 'matters' } = fields;
  return { name, params, typing, aliases, spark, nullable, constant, distinct };
}

export const aggregates: readonly AggregateRow[] = [
  row('count', ['any?'], count, { nullable: false }),
  row('sum', ['number'], sum),
  row('avg', ['number'], average, { aliases: ['mean'] }),
  row('min', ['any'], extreme('min'), { distinct: 'idle' }),
  row('max', ['any'], extreme('max'), { distinct: 'idle' }),
  row('stddev', ['number'], moments(1), { aliases: ['stddev_samp'], spark: 'stddev_samp' }),
  row('stddev_pop', ['number'], moments(3)),
  row('variance', ['number'], moments(0), { aliases: ['var_samp'], spark: 'var_samp' }),
  row('var_pop', ['number'], moments(2)),
  // As in DuckDB the first and last row count, even where their value is null; any_value is the first that is none.
  row('first', ['any'], picked('first'), { distinct: 'refused' }),
  row('last', ['any'], picked('last'), { distinct: 'refused' }),
  row('any_value', ['any'], picked('any'), { distinct: 'refused' }),
  row('median', ['number'], quantileBetween),
  row('quantile', ['number', 'number!'], quantileBetween, {
    aliases: ['quantile_cont', 'percentile_cont'],
    spark: 'percentile',
  }),
  row('quantile_disc', ['any', 'number!'], quantileOfValues, {
    aliases: ['percentile_disc'],
    spark: 'percentile_disc',
  }),
  row('corr', ['number', 'number'], comoments(0), { distinct: 'refused' }),
  row('covar_samp', ['number', 'number'], comoments(1), { distinct: 'refused' }),
  row('covar_pop', ['number', 'number'], comoments(2), { distinct: 'refused' }),
  row('bool_and', ['boolean'], truth('min'), { aliases: ['every'], distinct: 'idle' }),
  row('bool_or', ['boolean'], truth('max'), { spark: 'bool_or', distinct: 'idle' }),
  row('product', ['number'], product),
  row('count_if', ['boolean'], countIf, { nullable: false, aliases: ['countif'], distinct: 'refused' }),
  row('bit_and', ['integer'], bits('and'), { distinct: 'idle' }),
  row('bit_or', ['integer'], bits('or'), { distinct: 'idle' }),
  row('bit_xor', ['integer'], bits('xor'), { distinct: 'refused' }),
  // Of values equally frequent the least.
  row('mode', ['any'], most, { distinct: 'refused' }),
  // Of rows equally far the first that came; rows where either is null do not count.
  row('arg_min', ['any', 'any'], valueAt(false), {
    aliases: ['min_by'],
    spark: 'min_by',
    distinct: 'refused',
  }),
  row('arg_max', ['any', 'any'], valueAt(true), {
    aliases: ['max_by'],
    spark: 'max_by',
    distinct: 'refused',
  }),
  row('string_agg', ['text', 'text!'], joinedTexts, {
    aliases: ['listagg'],
    spark: 'listagg',
    constant: 'separator',
    distinct: 'refused',
  }),
  // One in three estimates is off by more than 1.6 %, one in twenty by more than 3.3 %.
  row('approx_count_distinct', ['any'], distinctSketch, {
    aliases: ['approx_distinct'],
    nullable: false,
    distinct: 'idle',
  }),
  // Of a sample of 1024: the share of values below is off by more than 1.6 points once in three times at the median.
  row('approx_quantile', ['number', 'number!'], quantileSketch, {
    aliases: ['approx_percentile'],
    spark: 'approx_percentile',
    distinct: 'refused',
  }),
  // As in DuckDB nulls are elements too, and of no rows the list is null.
  row('list', ['any'], listed, {
    aliases: ['array_agg', 'collect_list'],
    spark: 'collect_list',
    distinct: 'refused',
  }),
];

const byName = new Map<string, AggregateRow>();
for (const one of aggregates) for (const name of [one.name, ...one.aliases]) byName.set(name, one);

/** The row of that name or alias, upper and lower case alike. */
export function findAggregate(name: string): AggregateRow | null {
  return byName.get(name.toLowerCase()) ?? null;
}

export const aggregateNames: readonly string[] = [...byName.keys()];

function fixed(
  bytes: number,
  update: string,
  merge: string,
  finish: string,
  more: Partial<FixedState> = {},
): FixedState {
  const usual = {
    parameter: 1,
    picks: false,
    counts: false,
    narrow: null,
    sign: -1,
    whole: null,
    hashes: false,
    divisible: true,
  };
  return { form: 'fixed', bytes, update, merge, finish, ...usual, ...more };
}

function count(args: readonly DataType[]): AggregateTyping | null {
  if (args.length > 1) return null;
  return {
    args,
    result: int64,
    state: fixed(8, 'count_update', 'count_merge', 'count_finish', { counts: true, whole: 'nothing' }),
  };
}

/** Which kernels add up values of a type. */
function sumKind(type: DataType): 'small' | 'wide' | 'float' {
  if (familyOf(type) === 'float') return 'float';
  return widthOf(type) >= 8 ? 'wide' : 'small';
}

function sum(args: readonly DataType[]): AggregateTyping | null {
  const type = numberOf(args, 1);
  if (type === null) return null;
  const kind = sumKind(type);
  const bytes = kind === 'small' ? 16 : 24;
  const exact = type.kind === 'decimal';
  const state = fixed(
    bytes,
    `sum_${kind}_${physicalOf(type)}`,
    `sum_${kind}_merge`,
    exact ? 'sum_decimal_finish' : `sum_${kind}_finish`,
    {
      whole: exact ? null : 'total',
      ...(familyOf(type) === 'integer' && { narrow: `sum_${kind}`, sign: kind === 'wide' ? 16 : -1 }),
    },
  );
  const result = exact ? decimal(38, type.scale) : kind === 'float' ? float64 : int64;
  return { args: [type], result, state };
}

function average(args: readonly DataType[]): AggregateTyping | null {
  const typing = sum(args);
  if (typing === null) return null;
  const type = typing.args[0]!;
  const scale = type.kind === 'decimal' ? type.scale : 0;
  const finish = `avg_${sumKind(type)}_finish`;
  return {
    ...typing,
    result: float64,
    state: { ...(typing.state as FixedState), finish, parameter: 10 ** scale, counts: true },
  };
}

/** `which`: 0 variance, 1 deviation of the sample; 2 and 3 of the population. */
function moments(which: number): Typing {
  return (args) => {
    const type = numberOf(args, 1);
    if (type === null) return null;
    const input = type.kind === 'decimal' ? float64 : type;
    const kind = sumKind(input);
    const bytes = { small: 32, wide: 64, float: 40 }[kind];
    const names = [
      `moments_${physicalOf(input)}`,
      `moments_${kind}_merge`,
      `moments_${kind}_finish`,
    ] as const;
    return {
      args: [input],
      result: float64,
      state: fixed(bytes, ...names, { parameter: which, counts: true }),
    };
  };
}

/** `which`: 0 correlation, 1 covariance of the sample, 2 of the population. */
function comoments(which: number): Typing {
  return (args) => {
    if (args.length !== 2 || numberOf(args.slice(0, 1), 1) === null || numberOf(args.slice(1), 1) === null)
      return null;
    const integers = args.every((type) => familyOf(type) === 'integer' && type.kind !== 'uint64');
    const small = args.every((type) => widthOf(type) < 4 || type.kind === 'int32');
    const input = !integers ? float64 : small ? int32 : int64;
    const kind = sumKind(input);
    const bytes = { small: 72, wide: 152, float: 88 }[kind];
    const names = [
      `comoments_${physicalOf(input)}`,
      `comoments_${kind}_merge`,
      `comoments_${kind}_finish`,
    ] as const;
    return {
      args: [input, input],
      result: float64,
      state: fixed(bytes, ...names, { parameter: which, counts: true }),
    };
  };
}

function product(args: readonly DataType[]): AggregateTyping | null {
  if (numberOf(args, 1) === null) return null;
  const start = (view: DataView, at: number): void => view.setFloat64(at + 8, 1, true);
  const state = fixed(24, 'product_update', 'product_merge', 'sum_float_finish', {
    start,
    divisible: false,
  });
  return { args: [float64], result: float64, state };
}

/** Beside numbers, everything has an order. */
function extreme(which: 'min' | 'max'): Typing {
  return (args) => {
    const type = args[0];
    if (type === undefined || type.kind === 'list' || args.length !== 1) return null;
    const physical = physicalOf(type);
    if (physical === 'text') return { args, result: type, state: { form: 'text', which } };
    const state = fixed(
      8 + Math.max(8, widthOf(type)),
      `${which}_${physical}`,
      `${which}_merge_${physical}`,
      `value_finish_${plain(physical)}`,
      {
        start: startOfExtreme(which, physical),
        whole: physical === 'bit' ? null : which === 'min' ? 'least' : 'greatest',
      },
    );
    return { args, result: type, state };
  };
}

/** Keeps all values; in an order if one is asked for. */
export function listState(gives: ListState['gives'], more: Partial<ListState> = {}): ListState {
  return { form: 'list', orders: [], gives, known: 0, separator: '', ...more };
}

function listed(args: readonly DataType[]): AggregateTyping | null {
  const [element] = args;
  if (element === undefined || args.length !== 1) return null;
  return { args, result: list(element), state: listState('list') };
}

function joinedTexts(args: readonly DataType[]): AggregateTyping | null {
  if (args.length !== 1 || !['text', 'null'].includes(familyOf(args[0]!))) return null;
  return { args: [utf8], result: utf8, state: listState('text', { known: 1 }) };
}

function most(args: readonly DataType[]): AggregateTyping | null {
  const [type] = args;
  if (type === undefined || type.kind === 'list' || args.length !== 1) return null;
  return { args, result: type, state: { form: 'mode' } };
}

function valueAt(greatest: boolean): Typing {
  return (args) => {
    const [value, by] = args;
    if (value === undefined || by === undefined || by.kind === 'list' || args.length !== 2) return null;
    const orders = [{ descending: greatest, nullsFirst: false }];
    return { args, result: value, state: listState('first', { orders, known: 2 }) };
  };
}

/** Its argument is null where the condition does not hold. */
function countIf(args: readonly DataType[]): AggregateTyping | null {
  if (args.length !== 1 || !['boolean', 'null'].includes(familyOf(args[0]!))) return null;
  return { ...count([bool])!, args: [bool] };
}

function bits(which: 'and' | 'or' | 'xor'): Typing {
  return (args) => {
    const type = args[0];
    if (type === undefined || args.length !== 1 || !['integer', 'null'].includes(familyOf(type))) return null;
    const result = type.kind === 'null' ? int64 : type;
    const start = (view: DataView, at: number): void =>
      view.setBigInt64(at + 8, which === 'and' ? -1n : 0n, true);
    const finish = `value_finish_${plain(physicalOf(result))}`;
    return {
      args: [result.kind === 'uint64' ? result : int64],
      result,
      state: fixed(16, `bits_${which}`, `bits_${which}_merge`, finish, { start }),
    };
  };
}

function distinctSketch(args: readonly DataType[]): AggregateTyping | null {
  if (args.length !== 1 || args[0]!.kind === 'list') return null;
  const names = ['approx_distinct', 'approx_distinct_merge', 'approx_distinct_finish'] as const;
  return { args, result: int64, state: fixed(8 + 4096, ...names, { hashes: true, counts: true }) };
}

function quantileSketch(args: readonly DataType[]): AggregateTyping | null {
  const type = numberOf(args, 1);
  if (type === null) return null;
  const signed = familyOf(type) === 'integer' && type.kind !== 'uint64';
  const kind = signed ? 'i64' : 'f64';
  const state = fixed(
    16 + 1024 * 8,
    ...([`approx_sample_${kind}`, 'approx_sample_merge', `approx_sample_finish_${kind}`] as const),
    { counts: true, divisible: false },
  );
  return { args: [signed ? int64 : float64], result: float64, state };
}

function truth(which: 'min' | 'max'): Typing {
  const least = extreme(which);
  return (args) =>
    args.length === 1 && ['boolean', 'null'].includes(familyOf(args[0]!)) ? least([{ kind: 'bool' }]) : null;
}

/** What every value is better than. */
function startOfExtreme(which: 'min' | 'max', physical: Physical): (view: DataView, at: number) => void {
  const most = which === 'min';
  switch (physical) {
    case 'f32':
      return (view, at) => view.setFloat32(at + 8, most ? NaN : -Infinity, true);
    case 'f64':
      return (view, at) => view.setFloat64(at + 8, most ? NaN : -Infinity, true);
    case 'bit':
      return (view, at) => view.setUint8(at + 8, 2);
    default: {
      const bits = Number(physical.slice(1));
      const one = 1n << BigInt(bits - 1);
      const [low, high] = physical.startsWith('u') ? [0n, 2n * one - 1n] : [-one, one - 1n];
      const value = most ? high : low;
      return (view, at) => {
        for (let byte = 0; byte < bits / 8; byte++)
          view.setUint8(at + 8 + byte, Number(BigInt.asUintN(8, value >> BigInt(8 * byte))));
      };
    }
  }
}

function picked(which: 'first' | 'last' | 'any'): Typing {
  return (args) => {
    const type = args[0];
    if (type === undefined || type.kind === 'list' || args.length !== 1) return null;
    const physical = physicalOf(type);
    if (physical === 'text') return { args, result: type, state: { form: 'text', which } };
    const value = plain(physical);
    const names = [`pick_${which}_${value}`, `pick_${which}_merge`, `pick_finish_${value}`] as const;
    // A merge copies 16 bytes of value, whatever their width.
    return { args, result: type, state: fixed(24, ...names, { picks: true }) };
  };
}

function quantileBetween(args: readonly DataType[]): AggregateTyping | null {
  const type = numberOf(args, 1);
  if (type === null) return null;
  const input = type.kind === 'decimal' ? float64 : type;
  const order = familyOf(input) === 'float' ? 'float' : input.kind === 'uint64' ? 'unsigned' : 'signed';
  const state: State = { form: 'quantile', physical: physicalOf(input), finish: `quantile_cont_${order}` };
  return { args: [input], result: float64, state };
}

function quantileOfValues(args: readonly DataType[]): AggregateTyping | null {
  const type = args[0];
  if (type === undefined || args.length !== 1 || ['text', 'decimal', 'list'].includes(familyOf(type)))
    return null;
  const physical = physicalOf(type);
  return { args, result: type, state: { form: 'quantile', physical, finish: `quantile_disc_${physical}` } };
}

/** The one argument, if it is a number; an untyped null counts as an integer. */
function numberOf(args: readonly DataType[], length: number): DataType | null {
  const type = args[0];
  if (type === undefined || args.length !== length) return null;
  if (type.kind === 'null') return int64;
  return isNumeric(type) || type.kind === 'decimal' ? type : null;
}

/** Kernels that only move values know their width, not their sign. */
function plain(physical: Physical): string {
  const widths: Readonly<Record<string, string>> = { f32: 'u32', f64: 'u64', bit: 'bit', i128: 'i128' };
  return widths[physical] ?? `u${physical.slice(1)}`;
}
