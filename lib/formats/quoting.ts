/** Texts as a format quotes them. */
import { textVector, type Vector } from '../arrow/batch.js';
import { memoryError } from '../errors.js';
import type { Kernel, Kernels } from '../kernels/wasm.js';
import type { Region } from '../memory/arena.js';

export interface Quoting {
  /** (rules, data, offsets, validity, from, length) -> bytes when quoted, 0 where nothing changes, -1 past 2 GiB. */
  readonly bytes: Kernel;
  /** (rules, data, offsets, validity, from, length, outOffsets, out); 16 bytes more are overwritten. */
  readonly write: Kernels['csv_quoted'];
  /** Address of what the kernels have to know. */
  readonly rules: number;
}

/** So much may be written behind the texts. */
export const overrun = 32;

/** A plain column quoted; itself where nothing changes. */
export function quoteTexts(text: Vector, quoting: Quoting, region: Region): Vector {
  const { type, data, offsets, validity, length } = text;
  const bytes = quoting.bytes(quoting.rules, data, offsets, validity, 0, length);
  if (bytes === 0) return text;
  if (bytes < 0) throw memoryError(region.owner, 2 ** 31, region.arena.reserved, region.arena.capacity);
  const outOffsets = region.reserve((length + 1) * 4);
  const out = region.reserve(bytes + overrun);
  region.arena.view.setInt32(outOffsets, 0, true);
  quoting.write(quoting.rules, data, offsets, validity, 0, length, outOffsets, out);
  return textVector(type, length, out, outOffsets, validity);
}
