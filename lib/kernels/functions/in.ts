/** Membership in a list of constants. */
import { bitmapBytes, fixedVector, type Vector } from '../../arrow/batch.js';
import { bool, type DataType, int64, physicalOf } from '../../arrow/types.js';
import { columnOf, comparedBits } from '../compare.js';
import { convertColumn } from '../convert.js';
import { type Constant, isConstant, stringsOf, textOf } from '../datum.js';
import { ownValidity } from '../validity.js';
import type { Call } from './row.js';

/** Up to so many constants, comparing with each of them in turn is the fastest. */
const few = 16;

/** Null where x is null, and where a null is in the list and x is not. */
export function inConstants(call: Call): Vector {
  const { args, length, region, machine } = call;
  const { kernels } = machine;
  const x = columnOf(args[0]!, length, region, machine);
  const constants = args.slice(1).filter(isConstant);
  const list = constants.filter(({ value }) => value !== null);
  const bits = list.length <= few ? anyEqual(x, list, call) : looked(x, list, call);
  if (list.length === constants.length) return fixedVector(bool, length, bits, x.validity);
  const validity = ownValidity(x.validity, length, region, machine);
  kernels.bitmap_and(validity, bits, validity, length);
  return fixedVector(bool, length, bits, validity);
}

function anyEqual(x: Vector, list: readonly Constant[], { length, region, machine }: Call): number {
  if (list.length === 0) return region.reserveZeroed(bitmapBytes(length));
  const bits = comparedBits('eq', x, list[0]!, length, region, machine);
  for (const constant of list.slice(1)) {
    const next = comparedBits('eq', x, constant, length, region, machine);
    machine.kernels.logic_bitor(bits, next, bits, length);
  }
  return bits;
}

/** Whole numbers, dates and timestamps by binary search; the rest by a set in JavaScript. */
function looked(x: Vector, list: readonly Constant[], call: Call): number {
  const { length, region, machine } = call;
  const { arena, kernels } = machine;
  const physical = physicalOf(x.type);
  if (physical === 'text') {
    const wanted = new Set(list.map(textOf));
    const bits = region.reserveZeroed(bitmapBytes(length));
    stringsOf(x, machine).forEach((text, i) => {
      if (wanted.has(text)) arena.bytes[bits + (i >> 3)]! |= 1 << (i & 7);
    });
    return bits;
  }
  if (!searchable(x.type)) return anyEqual(x, list, call);
  const sorted = BigInt64Array.from(list, ({ value }) => BigInt(value as string | number)).sort();
  const address = region.reserve(sorted.byteLength);
  new BigInt64Array(arena.buffer, address, sorted.length).set(sorted);
  const wide = widened(x, call);
  const bits = region.reserve(bitmapBytes(length));
  kernels.compare_in_i64(wide.data, address, sorted.length, bits, length);
  return bits;
}

/** Not uint64, whose upper half int64 does not hold. */
function searchable(type: DataType): boolean {
  return /^[iu]\d+$/.test(physicalOf(type)) && !['u64', 'i128'].includes(physicalOf(type));
}

function widened(x: Vector, { length, region, machine }: Call): Vector {
  if (physicalOf(x.type) === 'i64') return x;
  const type: DataType = physicalOf(x.type) === 'i32' ? { kind: 'int32' } : x.type;
  return convertColumn({ ...x, type, length }, int64, false, region, machine);
}
