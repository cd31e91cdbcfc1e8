import { writevSync } from 'node:fs';

/** Writes all bytes of the pieces, at `position`; tells of every part written. */
export function writePieces(
  file: number,
  pieces: readonly Uint8Array[],
  position: number,
  written: (bytes: number) => void,
): void {
  let left = pieces.filter((piece) => piece.length > 0);
  let at = position;
  while (left.length > 0) {
    let done = writevSync(file, left, at);
    at += done;
    written(done);
    // A full disk or a signal may cut a write short.
    let whole = 0;
    while (whole < left.length && done >= left[whole]!.length) done -= left[whole++]!.length;
    left = left.slice(whole);
    if (done > 0) left[0] = left[0]!.subarray(done);
  }
}
