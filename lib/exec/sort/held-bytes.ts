import { type Batch, bitmapBytes, type Dictionary, type Vector } from '../../arrow/batch.js';
import { physicalOf, widthOf } from '../../arrow/types.js';
import { meanBytes } from '../../arrow/value-bytes.js';
import type { Machine } from '../../kernels/machine.js';
import { textBytes } from '../../kernels/text-bytes.js';

/** Pieces of memory are rounded up by so much. */
const pieceSlack = 64;

/** Entries of a dictionary that are longer on average are looked at row by row: few rows may have them. */
const longText = 64;

/** Bytes that the rows take at most when they are held; of coded text, which may be held plain, with the texts. */
export function heldBytes({ columns }: Batch, machine: Machine): number {
  return columns.reduce((sum, column) => sum + columnBytes(column, machine), 0);
}

/** Bytes of texts that a row has at most: the longest of each column, or of its dictionary, together. */
export function longestTexts({ columns }: Batch, machine: Machine): number {
  return columns.reduce((sum, { type, length, validity, dictionary, offsets }) => {
    if (physicalOf(type) !== 'text') return sum;
    if (dictionary !== null) return sum + longestEntry(dictionary, machine);
    return sum + machine.kernels.text_longest(offsets, validity, length);
  }, 0);
}

/** By lineage, the longest of the first entries; dictionaries only grow. */
const longestEntries = new WeakMap<object, { readonly entries: number; readonly longest: number }>();

function longestEntry({ lineage, length, offsets }: Dictionary, { kernels }: Machine): number {
  const { entries, longest } = longestEntries.get(lineage) ?? { entries: 0, longest: 0 };
  if (entries >= length) return longest;
  const added = kernels.text_longest(offsets + entries * 4, 0, length - entries);
  longestEntries.set(lineage, { entries: length, longest: Math.max(longest, added) });
  return Math.max(longest, added);
}

function columnBytes(column: Vector, machine: Machine): number {
  const { type, length, validity, dictionary, child } = column;
  const physical = physicalOf(type);
  let bytes = 2 * pieceSlack + (validity === 0 ? 0 : bitmapBytes(length) + pieceSlack);
  if (dictionary !== null) bytes += length * 4 + codedBytes(column, machine);
  else if (physical === 'text') bytes += textBytes(column, machine.kernels) + length * 4;
  else if (child !== undefined) bytes += length * 4 + columnBytes(child, machine);
  else bytes += physical === 'bit' ? bitmapBytes(length) : length * widthOf(type);
  return bytes;
}

/** Of the texts that the codes stand for. */
function codedBytes(column: Vector, { arena, kernels }: Machine): number {
  const mean = meanBytes(column.dictionary, arena.view);
  const about = column.length * mean;
  if (mean <= longText) return about;
  // Narrow codes are widened there, and only there.
  const bytes = textBytes(column, kernels);
  return Number.isFinite(bytes) ? bytes : about;
}
