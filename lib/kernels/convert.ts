/** Columns of one type as columns of another: the cast. */
import { bitmapBytes, childOf, fixedVector, listVector, type Vector } from '../arrow/batch.js';
import {
  bool,
  type DataType,
  familyOf,
  physicalOf,
  sameType,
  typeName,
  utf8,
  widthOf,
} from '../arrow/types.js';
import { dataError } from '../errors.js';
import type { Region } from '../memory/arena.js';
import { cellText } from './cell.js';
import { comparedBits } from './compare.js';
import { fromText } from './from-text.js';
import type { Machine } from './machine.js';
import { denseLists } from './slice.js';
import { toText } from './to-text.js';
import { ownValidity } from './validity.js';
import { kernel } from './wasm.js';

/**
 * Floats go to the nearest integer, halves to the even one; decimals to the nearest, halves away from zero. A value
 * that the type cannot hold becomes null where `lenient`, else it is a data error; so do the elements of lists.
 */
export function convertColumn(
  column: Vector,
  type: DataType,
  lenient: boolean,
  region: Region,
  machine: Machine,
): Vector {
  if (sameType(column.type, type)) return column;
  const from = familyOf(column.type);
  const to = familyOf(type);
  if (from === 'null') return nulls(type, column.length, region);
  if (type.kind === 'list') {
    const lists = denseLists(column, region, machine.kernels);
    return { ...lists, type, child: convertColumn(childOf(lists), type.element, lenient, region, machine) };
  }
  if (to === 'text') return { ...toText(column, region, machine), type: utf8 };
  if (from === 'text') {
    const { vector, firstBad } = fromText(column, type, region, machine);
    if (firstBad >= 0 && !lenient) throw refusal(column, firstBad, type, machine);
    return vector;
  }
  if (to === 'boolean') {
    const zero = { type: column.type, value: 0 };
    const bits = comparedBits('ne', column, zero, column.length, region, machine);
    return fixedVector(bool, column.length, bits, column.validity);
  }
  if (from === 'timestamp' && to === 'timestamp') return { ...column, type };
  // Failed rows lose their validity in a copy of our own.
  let made: Vector = lenient
    ? { ...column, validity: ownValidity(column.validity, column.length, region, machine) }
    : column;
  for (const step of stepsOf(column.type, type)) {
    const out = region.reserve(Math.max(1, column.length) * step.width);
    const args = [made.data, out, made.validity, column.length];
    let bad = -1;
    if (step.kernel === 'cast_i128_f64')
      machine.kernels.cast_i128_f64(made.data, out, column.length, step.extra[0]!);
    else bad = kernel(machine.kernels, step.kernel)(...args, lenient ? 1 : 0, ...step.extra);
    if (bad >= 0) throw refusal(column, bad, type, machine);
    made = fixedVector(type, column.length, out, made.validity);
  }
  return { ...made, type };
}

function refusal(column: Vector, row: number, type: DataType, machine: Machine): Error {
  const value = cellText(column, row, machine);
  return dataError(`${value} cannot be cast to ${typeName(type)}; use try_cast for null instead`);
}

/** A column of nothing but nulls. */
export function nulls(type: DataType, length: number, region: Region): Vector {
  const validity = region.reserveZeroed(bitmapBytes(length));
  if (type.kind === 'list') {
    const offsets = region.reserveZeroed((length + 1) * 4);
    return listVector(type, length, offsets, nulls(type.element, 0, region), validity);
  }
  const width = physicalOf(type) === 'text' ? 4 : widthOf(type);
  const data = region.reserveZeroed(Math.max(bitmapBytes(length), (length + 1) * width));
  return { type, length, validity, data, offsets: physicalOf(type) === 'text' ? data : 0, dictionary: null };
}

interface Step {
  readonly kernel: string;
  readonly extra: readonly number[];
  /** Bytes of a value that comes out. */
  readonly width: number;
}

const widths: Readonly<Record<string, number>> = {
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
  i128: 16,
};

const through = (from: string, to: string, extra: readonly number[] = []): Step => ({
  kernel: `cast_${from}_${to}`,
  extra,
  width: widths[to] ?? 8,
});

/** The kernels that lead from type to type, by way of int64 and float64, so that not every pair needs one. */
function stepsOf(from: DataType, to: DataType): readonly Step[] {
  if (from.kind === 'date') return [{ kernel: 'cast_date_timestamp', extra: [], width: 8 }];
  if (to.kind === 'date') return [{ kernel: 'cast_timestamp_date', extra: [], width: 4 }];
  if (to.kind === 'decimal') {
    if (from.kind === 'decimal') return [shift(to.scale - from.scale, to.precision)];
    if (familyOf(from) === 'float') return floatToDecimal(from, to);
    const start = from.kind === 'uint64' ? [] : numberSteps(physicalOf(from), 'i64');
    return [...start, through(from.kind === 'uint64' ? 'u64' : 'i64', 'i128'), shift(to.scale, to.precision)];
  }
  if (from.kind === 'decimal') {
    if (familyOf(to) === 'float') {
      return [through('i128', 'f64', [10 ** from.scale]), ...numberSteps('f64', physicalOf(to))];
    }
    const hub = to.kind === 'uint64' ? 'u64' : 'i64';
    return [shift(-from.scale, 38), through('i128', hub), ...numberSteps(hub, physicalOf(to))];
  }
  if (from.kind === 'bool') return [through('bit', 'i8'), ...numberSteps('i8', physicalOf(to))];
  return numberSteps(physicalOf(from), physicalOf(to));
}

/** The nearest decimal to the float times 10^scale. */
function floatToDecimal(from: DataType, to: DataType & { readonly kind: 'decimal' }): readonly Step[] {
  return [
    ...numberSteps(physicalOf(from), 'f64'),
    { kernel: 'cast_f64_scale', extra: [10 ** to.scale], width: 8 },
    through('f64', 'i128'),
    shift(0, to.precision),
  ];
}

const shift = (digits: number, precision: number): Step => ({
  kernel: 'cast_i128_shift',
  extra: [digits, precision],
  width: 16,
});

function numberSteps(from: string, to: string): readonly Step[] {
  if (from === to) return [];
  if (direct.has(`${from}_${to}`)) return [through(from, to)];
  const via = from === 'f32' || to === 'f32' ? 'f64' : 'i64';
  return [...numberSteps(from, via), ...numberSteps(via, to)];
}

const small = ['i8', 'i16', 'i32', 'u8', 'u16', 'u32'];
const direct = new Set([
  ...small.flatMap((type) => [`${type}_i64`, `i64_${type}`, `${type}_f64`]),
  ...['u64_i64', 'i64_u64', 'i64_f64', 'u64_f64', 'f32_f64', 'f64_f32', 'f64_i64', 'f64_u64'],
]);
