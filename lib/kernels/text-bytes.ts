import type { Vector } from '../arrow/batch.js';
import type { Kernels } from './wasm.js';

/** Kernels that copy texts may write so many bytes behind the last. */
export const copyOverrun = 16;

/** Bytes of a column's texts, each row's spelled out, those of nulls left out; infinite past 2 GiB. */
export function textBytes({ length, validity, data, offsets, dictionary }: Vector, kernels: Kernels): number {
  if (length === 0) return 0;
  const [ends, codes] = dictionary === null ? [offsets, 0] : [dictionary.offsets, data];
  const bytes = kernels.text_bytes(ends, codes, validity, length);
  return bytes < 0 ? Number.POSITIVE_INFINITY : bytes;
}
