/** Integers, or the codes of texts, that lie in the arena narrower than their type is. */
import type { Dictionary, Vector } from '../arrow/batch.js';
import { lateVector, type Narrow } from '../arrow/narrow.js';
import { type DataType, widthOf } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import { type Kernels, kernel } from './wasm.js';

/** Widened into `region` when they are first asked for at their own width. */
export function narrowVector(
  type: DataType,
  length: number,
  narrow: Narrow,
  region: Region,
  kernels: Kernels,
  validity: number,
  dictionary: Dictionary | null,
): Vector {
  const width = dictionary === null ? widthOf(type) : 4;
  const widen = (): number => {
    const out = region.reserve(length * width);
    kernel(kernels, `widen_${narrow.physical}_${width}`)(narrow.data, length, out);
    return out;
  };
  return lateVector(type, length, narrow, widen, validity, dictionary);
}
