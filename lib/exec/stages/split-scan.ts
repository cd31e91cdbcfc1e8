/** A scan as several, each of which a task runs: plain data, without the statistics of the whole. */
import type { ScanRequest, Source } from '../../formats/format.js';
import type { Scan, SourceRef } from '../../plan/plan.js';
import { scanRequest } from '../scan.js';

/**
 * Scans of about `bytes` on the disk each, at least one; one after another they give the rows of the scan (each keeps its
 * limit). Null where the source cannot be read in parts.
 */
export function splitScan(scan: Scan, source: Source, bytes: number): Scan[] | null {
  const requests = source.split?.(scanRequest(scan), bytes) ?? null;
  return (
    requests?.map((request) => {
      const { chunks, range } = request;
      return Object.freeze({ ...scan, chunks, range, source: partOf(scan.source, request) });
    }) ?? null
  );
}

/** What is known of the part, so that a task's estimates are those of its own rows. */
export function partOf(
  source: SourceRef,
  { chunks, range }: Pick<ScanRequest, 'chunks' | 'range'>,
): SourceRef {
  const known = { ...source, statistics: null };
  if (chunks !== null && source.statistics !== null) {
    const read = chunks.map((position) => source.statistics!.chunks[position]!);
    const sum = (of: 'rows' | 'bytes'): number => read.reduce((all, chunk) => all + chunk[of], 0);
    return { ...known, rows: sum('rows'), bytes: sum('bytes') };
  }
  const { bytes, aboutRows } = source;
  if (range === null || bytes === null) return known;
  const part = Math.min(range.to - range.from, bytes);
  return {
    ...known,
    rows: null,
    bytes: part,
    ...(aboutRows !== undefined && bytes > 0 && { aboutRows: Math.round((aboutRows * part) / bytes) }),
  };
}
