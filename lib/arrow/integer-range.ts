/** Ranges of integers, and the narrowest type that holds one. */
import { type DataType, type Physical, physicalOf, widthOf } from '../lib/arrow/types.js';

export interface IntegerRange {
  readonly least: bigint;
  readonly most: bigint;
}

/** All values of a physical type. */
export function integerRange(physical: Physical): IntegerRange {
  const span = 1n << BigInt(physical.slice(1));
  const least = physical.startsWith('u') ? 0n : -span / 2n;
  return { least, most: least + span - 1n };
}

/** Of the types narrower than `widest` the first that holds all of the ranges, or `widest` itself. */
export function narrowestFor(ranges: readonly (IntegerRange | null)[], widest: DataType): DataType {
  const holds = ({ range }: (typeof narrow)[number]): boolean =>
    ranges.every((one) => one === null || (one.least >= range.least && one.most <= range.most));
  return narrow.find((one) => widthOf(one.type) < widthOf(widest) && holds(one))?.type ?? widest;
}

const narrow = (['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32'] as const).map((kind) => {
  const type: DataType = { kind };
  return { type, range: integerRange(physicalOf(type)) };
});
