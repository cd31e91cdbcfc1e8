/**
 * What is known of the batches in a file of runs: where each lies, how it is stored, and which one follows it in its
 * run. Words of 32 bits, so that the index of a file can be written behind its batches as it is.
 *
 *   batch   file offset (2 words)   rows   next batch of the run   coding    then for each column, and for its elements:
 *   node    nulls   bytes of its data, of lists how many elements   checksum over its buffers
 */
import type { DataType } from '../lib/arrow/types.js';

const headWords = 5;
const nodeWords = 3;

const none = -1;

/** A column of a batch, or its elements. */
export interface StoredNode {
  readonly nulls: number;
  readonly size: number;
  /** The lower half of an XXH64. */
  readonly checksum: number;
}

/** A run: its batches from the first on, and what they take. */
export interface StoredRun {
  readonly first: number;
  readonly last: number;
  readonly rows: number;
  readonly bytes: number;
  /** Of its largest batch. */
  readonly mostBytes: number;
}

const noRun: StoredRun = { first: none, last: none, rows: 0, bytes: 0, mostBytes: 0 };

export class RunIndex {
  readonly #batchWords: number;
  #words: Uint32Array;
  #batches: number;
  readonly #runs: StoredRun[];

  /** Of batches with columns of these types; `words` and `runs` are those of an index that was written. */
  constructor(
    types: readonly DataType[],
    words: Uint32Array = new Uint32Array(0),
    runs: readonly StoredRun[] = [],
  ) {
    this.#batchWords = headWords + nodeWords * types.reduce((sum, type) => sum + nodesOfType(type), 0);
    this.#words = words;
    this.#batches = words.length / this.#batchWords;
    this.#runs = [...runs];
  }

  get batches(): number {
    return this.#batches;
  }

  /** One more than the highest run that has a batch. */
  get runs(): readonly StoredRun[] {
    return this.#runs;
  }

  /** All there is, to be written. */
  get words(): Uint32Array {
    return this.#words.subarray(0, this.#batches * this.#batchWords);
  }

  run(run: number): StoredRun {
    return this.#runs[run] ?? noRun;
  }

  /** Adds a batch of `bytes` bytes to a run. */
  add(
    run: number,
    rows: number,
    offset: number,
    bytes: number,
    coding: number,
    nodes: readonly StoredNode[],
  ): void {
    const batch = this.#batches++;
    const at = this.#at(batch);
    const end = this.#at(batch + 1);
    if (end > this.#words.length) {
      const grown = new Uint32Array(Math.max(end, 1024, this.#words.length * 2));
      grown.set(this.#words);
      this.#words = grown;
    }
    const words = this.#words;
    words[at] = offset % 2 ** 32;
    words[at + 1] = Math.floor(offset / 2 ** 32);
    words[at + 2] = rows;
    words[at + 3] = 0;
    words[at + 4] = coding;
    nodes.forEach(({ nulls, size, checksum }, i) => {
      const node = at + headWords + i * nodeWords;
      words[node] = nulls;
      words[node + 1] = size;
      words[node + 2] = checksum;
    });
    while (this.#runs.length <= run) this.#runs.push(noRun);
    const before = this.#runs[run]!;
    // Stored one up, so that 0 is the end.
    if (before.last !== none) words[this.#at(before.last) + 3] = batch + 1;
    this.#runs[run] = {
      first: before.first === none ? batch : before.first,
      last: batch,
      rows: before.rows + rows,
      bytes: before.bytes + bytes,
      mostBytes: Math.max(before.mostBytes, bytes),
    };
  }

  /** The batch behind this one in its run; -1 behind the last. */
  next(batch: number): number {
    return this.#words[this.#at(batch) + 3]! - 1;
  }

  offset(batch: number): number {
    const at = this.#at(batch);
    return this.#words[at]! + this.#words[at + 1]! * 2 ** 32;
  }

  rows(batch: number): number {
    return this.#words[this.#at(batch) + 2]!;
  }

  coding(batch: number): number {
    return this.#words[this.#at(batch) + 4]!;
  }

  node(batch: number, node: number): StoredNode {
    const at = this.#at(batch) + headWords + node * nodeWords;
    return { nulls: this.#words[at]!, size: this.#words[at + 1]!, checksum: this.#words[at + 2]! };
  }

  #at(batch: number): number {
    return batch * this.#batchWords;
  }
}

/** Nodes of a column: itself, and of lists what is inside. */
export const nodesOfType = (type: DataType): number =>
  type.kind === 'list' ? 1 + nodesOfType(type.element) : 1;
