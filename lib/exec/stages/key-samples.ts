/**
 * Keys of some rows of sorted runs, and how they divide the rows of many such runs into ranges of about equal size.
 *
 *   run 0   k──k──k──k       all rows have one order: by key, then run, then place in the run. A sample is one of these
 *   run 1   k──k──k          rows, so it divides that order: rows before it, rows from it on. Even where all keys are
 *   run 2   k──k──k──k──k    equal, ranges are of equal size.
 *
 * Memory: 64 KB a file of runs.
 */

import type { StoredRun } from '../../../spill/run-index.js';

/** Where a row is: batches are counted in the file. */
export interface Place {
  readonly batch: number;
  /** In the batch. */
  readonly row: number;
}

export interface KeySample extends Place {
  /** Rows of the file before it. */
  readonly before: number;
  readonly key: Buffer;
}

/** The first row of a range. */
export interface Boundary extends Place {
  /** Of all runs of all files. */
  readonly run: number;
  readonly key: Buffer;
}

/** What is known of one of the sorted runs of a file, which lie one behind the other: samples of its batches [first, end), bytes of the largest as it is stored, and where its rows end in the file. */
export interface RunNote {
  readonly first: number;
  readonly end: number;
  readonly mostBytes: number;
  readonly samples: readonly KeySample[];
  readonly endRow: number;
}

const mostBytes = 2 ** 16;
/** Longer keys are no samples. */
const mostKeyBytes = 2 ** 12;
const sampleBytes = 20;

/** Collects the samples of a file while it is written: all that are given, then every second of them, every fourth, ... */
export class KeySamples {
  #samples: KeySample[] = [];
  #bytes = 0;
  #given = 0;
  #every = 1;

  add(sample: KeySample): void {
    const { key } = sample;
    if (this.#given++ % this.#every !== 0 || key.length > mostKeyBytes) return;
    this.#samples.push(sample);
    this.#bytes += sampleBytes + key.length;
    while (this.#bytes > mostBytes) {
      this.#every *= 2;
      this.#samples = this.#samples.filter((_, i) => i % 2 === 0);
      this.#bytes = this.#samples.reduce((sum, sample) => sum + sampleBytes + sample.key.length, 0);
    }
  }

  encode(): Uint8Array {
    const out = Buffer.alloc(this.#bytes);
    let at = 0;
    for (const { batch, row, before, key } of this.#samples) {
      out.writeDoubleLE(before, at);
      out.writeUInt32LE(batch, at + 8);
      out.writeUInt32LE(row, at + 12);
      out.writeUInt32LE(key.length, at + 16);
      key.copy(out, at + sampleBytes);
      at += sampleBytes + key.length;
    }
    return out;
  }
}

/** Of each run of a file: `bytes` are those of its samples. */
export function runNotes(bytes: Uint8Array, runs: readonly StoredRun[]): RunNote[] {
  const samples = decodeSamples(bytes);
  let endRow = 0;
  return runs.map(({ first, last, rows, mostBytes }) => {
    endRow += rows;
    const own = samples.filter(({ batch }) => batch >= first && batch <= last);
    return { first, end: last + 1, mostBytes, samples: own, endRow };
  });
}

function decodeSamples(bytes: Uint8Array): KeySample[] {
  const note = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const samples: KeySample[] = [];
  for (let at = 0; at < note.length; ) {
    const end = at + sampleBytes + note.readUInt32LE(at + 16);
    samples.push({
      before: note.readDoubleLE(at),
      batch: note.readUInt32LE(at + 8),
      row: note.readUInt32LE(at + 12),
      key: note.subarray(at + sampleBytes, end),
    });
    at = end;
  }
  return samples;
}

/**
 * Where the ranges after the first begin; null where a range, and those after it, are empty. The same runs give the
 * same boundaries.
 */
export function boundaries(notes: readonly RunNote[], of: number): (Boundary | null)[] {
  const all = notes.flatMap(({ samples, endRow }, run) =>
    samples.map(({ batch, row, before, key }, i) => ({
      boundary: { run, batch, row, key },
      // Half of those before it, half of those behind: all are somewhere between two samples.
      rows: ((samples[i + 1]?.before ?? endRow) - (samples[i - 1]?.before ?? before)) / 2,
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
  return Buffer.compare(a.key, b.key) || a.run - b.run || a.batch - b.batch || a.row - b.row;
}
