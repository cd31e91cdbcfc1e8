import { textVector, type Vector } from '../arrow/batch.js';
import { memoryError } from '../errors.js';
import type { Region } from '../memory/arena.js';
import { copyOverrun, textBytes } from './text-bytes.js';
import type { Kernels } from './wasm.js';

/** Coded text as plain text; nulls are empty. */
export function spellOut(column: Vector, region: Region, kernels: Kernels): Vector {
  const { type, data: codes, length, validity } = column;
  const dictionary = column.dictionary!;
  const bytes = textBytes(column, kernels);
  if (!Number.isFinite(bytes))
    throw memoryError(region.owner, 2 ** 31, region.arena.reserved, region.arena.capacity);
  const offsets = region.reserve((length + 1) * 4);
  const data = region.reserve(bytes + copyOverrun);
  region.arena.view.setInt32(offsets, 0, true);
  kernels.text_append(data, offsets, dictionary.data, dictionary.offsets, codes, validity, length);
  return textVector(type, length, data, offsets, validity);
}
