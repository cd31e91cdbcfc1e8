/** Ranges of integers, and the narrowest type that holds one. */
import { type DataType, type Physical, physicalOf, widthOf } from './types.js';

export interface IntegerRange {
  readonly least: bigint;
  readonly most: bigint;
}

/** All values of a physical type. */
export function integerRange(physical: Physical): IntegerRange {
  return ranges[physical]!;
}

/** The codes of a dictionary of so many entries. */
export const codeRange = (entries: number): IntegerRange => ({ least: 0n, most: BigInt(entries - 1) });

/** Bytes of a value, negative if it is an unsigned integer; 0 for bitmaps, text and lists. */
export function signedWidth(physical: Physical): number {
  if (physical === 'bit' || physical === 'text' || physical === 'list') return 0;
  const bytes = Number(physical.slice(1)) / 8;
  return physical.startsWith('u') ? -bytes : bytes;
}

/** Of the types narrower than `widest`, but of at least `leastWidth` bytes, the first that holds all of the ranges; or `widest` itself. */
export function narrowestFor(
  wanted: readonly (IntegerRange | null)[],
  widest: DataType,
  leastWidth = 1,
): DataType {
  const holds = ({ least, most }: IntegerRange): boolean =>
    wanted.every((one) => one === null || (one.least >= least && one.most <= most));
  const found = narrow.find(
    (type) =>
      widthOf(type) >= leastWidth && widthOf(type) < widthOf(widest) && holds(integerRange(physicalOf(type))),
  );
  return found ?? widest;
}

const ranges: Readonly<Partial<Record<Physical, IntegerRange>>> = Object.fromEntries(
  [8, 16, 32, 64].flatMap((bits) => {
    const span = 1n << BigInt(bits);
    return [
      [`i${bits}`, { least: -span / 2n, most: span / 2n - 1n }],
      [`u${bits}`, { least: 0n, most: span - 1n }],
    ];
  }),
);

const narrow = (['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32'] as const).map(
  (kind): DataType => ({ kind }),
);
