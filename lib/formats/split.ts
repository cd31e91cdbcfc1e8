/** Parts of what a scan reads, each of about so many bytes on the disk. */
import type { ChunkStatistics } from '../arrow/statistics.js';
import type { ScanRequest } from './format.js';

/** By the chunks of the source: those of a part follow each other, and parts are as equal as chunks let them be. */
export function splitChunks(
  request: ScanRequest,
  chunks: readonly ChunkStatistics[],
  bytes: number,
): ScanRequest[] {
  const parts: number[][] = [[]];
  let before = 0;
  let last: number | null = null;
  for (const position of request.chunks ?? chunks.keys()) {
    const size = chunks[position]!.bytes;
    const part = Math.floor((before + size / 2) / bytes);
    if (last !== null && part !== last) parts.push([]);
    parts.at(-1)!.push(position);
    last = part;
    before += size;
  }
  return parts.map((part) => ({ ...request, chunks: part }));
}

/** A file that is read by ranges. */
export interface RangedFile {
  readonly bytes: number;
  /** Can it be read from any position on? */
  readonly seekable: boolean;
}

/** Where a file ends of which that is not known: positions are those of the bytes unpacked. */
export const unknownEnd = Number.MAX_SAFE_INTEGER;

/** By ranges of files, of equal lengths in each file. `exact`: a part may be read wherever it begins. */
export function splitRanges(
  request: ScanRequest,
  files: readonly RangedFile[],
  bytes: number,
  exact: boolean,
): ScanRequest[] {
  return files.flatMap(({ bytes: size, seekable }, file) => {
    const parts = seekable ? Math.max(1, Math.round(size / bytes)) : 1;
    const boundary = (part: number): number => Math.floor((size * part) / parts);
    return Array.from({ length: parts }, (_, part): ScanRequest => {
      const from = boundary(part);
      const to = seekable ? boundary(part + 1) : unknownEnd;
      return { ...request, range: { file, from, to, exact: exact || from === 0 } };
    });
  });
}
