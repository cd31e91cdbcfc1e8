/** A column of texts put together from wherever they lie. */
import { textVector, type Vector } from '../arrow/batch.js';
import type { DataType } from '../arrow/types.js';
import { dataError } from '../errors.js';
import type { Region } from '../memory/arena.js';

/** Copies of texts write up to 15 bytes too many. */
const slack = 16;

export interface Texts {
  /** Writes one offset more than there are texts, and returns the bytes of all; less than 0 if 2 GiB do not suffice. */
  measure(offsets: number): number;
  copy(offsets: number, data: number): void;
}

/** `count` texts as a column in `region`. */
export function gatherTexts(
  type: DataType,
  count: number,
  validity: number,
  region: Region,
  texts: Texts,
): Vector {
  return tryGatherTexts(type, count, validity, region, texts, Number.POSITIVE_INFINITY)!;
}

/** As `gatherTexts`; null where they have more than `most` bytes. */
export function tryGatherTexts(
  type: DataType,
  count: number,
  validity: number,
  region: Region,
  { measure, copy }: Texts,
  most: number,
): Vector | null {
  const offsets = region.reserve((count + 1) * 4);
  const bytes = measure(offsets);
  if (bytes < 0) throw dataError(`${count} texts of one batch are longer than 2 GB together`);
  if (bytes > most) return null;
  const data = region.reserve(bytes + slack);
  copy(offsets, data);
  return textVector(type, count, data, offsets, validity);
}
