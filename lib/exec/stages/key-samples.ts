/**
 * Keys of some rows of a sorted file, and how they divide the rows of many such files into ranges of about equal size.
 *
 *   file 0   k──k──k──k       all rows have one order: by key, then file, then place in the file. A sample is the first
 *   file 1   k──k──k          row of a batch, so it divides that order: rows before it, rows from it on. Even where all
 *   file 2   k──k──k──k──k    keys are equal, ranges are of equal size.
 *
 * Memory: 64 KB a file.
 */

/** A row that begins a batch. */
export interface KeySample {
  readonly batch: number;
  /** Of the first row of the batch, counted in the file. */
  readonly row: number;
  readonly key: Buffer;
}

/** The first row of a range. */
export interface Boundary {
  readonly file: number;
  readonly batch: number;
  readonly key: Buffer;
}

/** What is known of a sorted file. */
export interface SortedNote {
  readonly samples: readonly KeySample[];
  readonly rows: number;
  /** Rows of the shortest batch but the last. */
  readonly batchRows: number;
}

const mostBytes = 2 ** 16;
/** Longer keys are no samples. */
const mostKeyBytes = 2 ** 12;
const sampleBytes = 16;
const headBytes = 16;

/** Collects the samples of a file while it is written: those of all batches, then of every second, fourth, ... */
export class KeySamples {
  #samples: KeySample[] = [];
  #bytes = 0;
  #every = 1;

  add(batch: number, row: number, key: Buffer): void {
    if (batch % this.#every !== 0 || key.length > mostKeyBytes) return;
    this.#samples.push({ batch, row, key });
    this.#bytes += sampleBytes + key.length;
    while (this.#bytes > mostBytes) {
      this.#every *= 2;
      this.#samples = this.#samples.filter((sample) => sample.batch % this.#every === 0);
      this.#bytes = this.#samples.reduce((sum, sample) => sum + sampleBytes + sample.key.length, 0);
    }
  }

  encode(rows: number, batchRows: number): Uint8Array {
    const out = Buffer.alloc(headBytes + this.#bytes);
    out.writeDoubleLE(rows, 0);
    out.writeUInt32LE(batchRows, 8);
    out.writeUInt32LE(this.#samples.length, 12);
    let at = headBytes;
    for (const { batch, row, key } of this.#samples) {
      out.writeDoubleLE(row, at);
      out.writeUInt32LE(batch, at + 8);
      out.writeUInt32LE(key.length, at + 12);
      key.copy(out, at + sampleBytes);
      at += sampleBytes + key.length;
    }
    return out;
  }
}

export function decodeNote(bytes: Uint8Array): SortedNote {
  const note = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const samples: KeySample[] = [];
  let at = headBytes;
  for (let left = note.readUInt32LE(12); left > 0; left--) {
    const end = at + sampleBytes + note.readUInt32LE(at + 12);
    samples.push({
      row: note.readDoubleLE(at),
      batch: note.readUInt32LE(at + 8),
      key: note.subarray(at + sampleBytes, end),
    });
    at = end;
  }
  return {
    samples,
    rows: note.readDoubleLE(0),
    batchRows: note.readUInt32LE(8),
  };
}

/**
 * Where the ranges after the first begin; null where a range, and those after it, are empty. The same files give the
 * same boundaries.
 */
export function boundaries(notes: readonly SortedNote[], of: number): (Boundary | null)[] {
  const all = notes.flatMap(({ samples, rows }, file) =>
    samples.map(({ batch, row, key }, i) => ({
      boundary: { file, batch, key },
      rows: (samples[i + 1]?.row ?? rows) - row,
    })),
  );
  all.sort((a, b) => compareBoundaries(a.boundary, b.boundary));
  const total = all.reduce((sum, { rows }) => sum + rows, 0);
  const found: (Boundary | null)[] = [];
  let before = 0;
  for (const { boundary, rows } of all) {
    while (found.length < of - 1 && before >= (total * (found.length + 1)) / of) found.push(boundary);
    before += rows;
  }
  while (found.length < of - 1) found.push(null);
  return found;
}

/** In the order of all rows. */
export function compareBoundaries(a: Boundary, b: Boundary): number {
  return Buffer.compare(a.key, b.key) || a.file - b.file || a.batch - b.batch;
}
