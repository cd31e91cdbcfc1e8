/** Comparisons of columns and constants into bitmaps, whatever the type. */
import { bitmapBytes, type Vector } from '../arrow/batch.js';
import { physicalOf } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import { type Datum, isConstant, materialize, operandOf, textOperandOf } from './datum.js';
import type { Machine } from './machine.js';
import { decoded } from './take.js';
import { kernel } from './wasm.js';

export type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

/** The comparison that holds for (b, a) where the given one holds for (a, b). */
export const mirrored: Readonly<Record<Comparison, Comparison>> = {
  eq: 'eq',
  ne: 'ne',
  lt: 'gt',
  le: 'ge',
  gt: 'lt',
  ge: 'le',
};

export const isComparison = (name: string): name is Comparison => Object.hasOwn(mirrored, name);

/** Each as a kernel and whether its bits are flipped; the order is total, so `not less` is `at least`. */
const plans: Readonly<Record<Comparison, readonly ['eq' | 'lt' | 'gt', 0 | 1]>> = {
  eq: ['eq', 0],
  ne: ['eq', 1],
  lt: ['lt', 0],
  ge: ['lt', 1],
  gt: ['gt', 0],
  le: ['gt', 1],
};

/** The address of the result's bits; what it says under nulls is unspecified. One of a and b is a column. */
export function comparedBits(
  comparison: Comparison,
  a: Datum,
  b: Datum,
  length: number,
  region: Region,
  machine: Machine,
): number {
  if (isConstant(a)) return comparedBits(mirrored[comparison], b, a, length, region, machine);
  const out = region.reserve(bitmapBytes(length));
  const [what, flip] = plans[comparison];
  const physical = physicalOf(a.type);
  if (physical === 'bit') {
    compareBits(comparison, a.data, columnOf(b, length, region, machine).data, out, length, machine);
  } else if (physical === 'text') {
    const x = textOperandOf(a, region, machine);
    const y = textOperandOf(b, region, machine);
    const compare = machine.kernels[`compare_${what}_text`];
    compare(x.address, x.offsets, y.address, y.offsets, y.step, out, length, flip);
  } else {
    const y = operandOf(b, region, machine);
    kernel(machine.kernels, `compare_${what}_${physical}`)(a.data, y.address, y.step, out, length, flip);
  }
  return out;
}

/** A constant as a column of plain values; a column as it is. */
export function columnOf(datum: Datum, length: number, region: Region, machine: Machine): Vector {
  return isConstant(datum) ? decoded(materialize(datum, length, region, machine), region, machine) : datum;
}

/** false < true */
function compareBits(
  comparison: Comparison,
  a: number,
  b: number,
  out: number,
  length: number,
  { kernels }: Machine,
): void {
  if (comparison === 'eq' || comparison === 'ne') {
    kernels.logic_xor(a, b, out, length);
  } else if (comparison === 'lt' || comparison === 'ge') {
    kernels.logic_andnot(b, a, out, length);
  } else {
    kernels.logic_andnot(a, b, out, length);
  }
  if (comparison === 'eq' || comparison === 'ge' || comparison === 'le') kernels.logic_not(out, out, length);
}
