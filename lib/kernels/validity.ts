/** Which rows have a value. */
import { bitmapBytes } from '../arrow/batch.js';
import type { Region } from '../memory/arena.js';
import { type Datum, isConstant } from './datum.js';
import type { Machine } from './machine.js';

/** The validity bitmap of a column or constant; 0 where nothing is null. */
export function validityOf(datum: Datum, length: number, region: Region): number {
  if (!isConstant(datum)) return datum.validity;
  return datum.value === null ? region.reserveZeroed(bitmapBytes(length)) : 0;
}

/** The rows where all of them have a value; 0 for all rows. May be the bitmap of one of them. */
export function sharedValidity(
  data: readonly Datum[],
  length: number,
  region: Region,
  machine: Machine,
): number {
  let shared = 0;
  let own = false;
  for (const datum of data) {
    const validity = validityOf(datum, length, region);
    if (validity === 0 || validity === shared) continue;
    if (shared === 0) {
      shared = validity;
      continue;
    }
    const out = own ? shared : region.reserve(bitmapBytes(length));
    machine.kernels.bitmap_and(shared, validity, out, length);
    shared = out;
    own = true;
  }
  return shared;
}

/** A bitmap that may be written: a copy of `validity`, all ones for 0. */
export function ownValidity(validity: number, length: number, region: Region, machine: Machine): number {
  const bytes = bitmapBytes(length);
  const own = region.reserve(bytes);
  if (validity === 0) machine.kernels.bitmap_fill(own, length);
  else machine.arena.bytes.copyWithin(own, validity, validity + bytes);
  return own;
}
