/** Coded texts as the ranks of their codes: short keys in the same order, for which no text is read. */
import { fixedVector, type Vector } from '../../arrow/batch.js';
import { uint32 } from '../../arrow/types.js';
import type { Kernels } from '../../kernels/wasm.js';
import type { Region } from '../../memory/arena.js';

/** `ranks` is the address of the ranks of the column's dictionary; what it gives lies in `region`. */
export function rankColumn(
  { data, validity, length }: Vector,
  ranks: number,
  region: Region,
  kernels: Kernels,
): Vector {
  const values = region.reserve(length * 4);
  kernels.take_32(ranks, data, values, length);
  return fixedVector(uint32, length, values, validity);
}
