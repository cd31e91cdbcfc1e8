/** The memory that reading the pages of a scan takes beside the batches; all of it is reused from page to page. */
import { Growable, type Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';

/** Codes that a kernel looks up at a time, and what it may write behind them. */
const codesBytes = 1024 * 4 + 64;

/** Kernels load and store whole vectors: so many bytes more than a page has. */
export const slack = 64;

/** What columns use one after another is held once. */
export class Space {
  readonly runtime: Runtime;
  /** Bytes of a page as they are stored. */
  readonly packed: Growable;
  /** Values before they become ours. */
  readonly stored: Growable;
  /** Of texts, int32. */
  readonly lengths: Growable;
  readonly prefixes: Growable;
  /** What a decompressor works in. */
  readonly work: Growable;
  /** For codes that are looked up. */
  readonly codes: number;
  readonly #home: Region;
  readonly #columns: Region;
  readonly #arrays: Growable[] = [];
  readonly #ofColumns: Growable[] = [];

  constructor(runtime: Runtime) {
    this.runtime = runtime;
    this.#home = runtime.arena.region('parquet input');
    this.#columns = runtime.arena.region('parquet pages');
    this.packed = this.array('parquet page');
    this.stored = this.array('parquet values');
    this.lengths = this.array('parquet lengths');
    this.prefixes = this.array('parquet lengths');
    this.work = this.array('parquet decompression');
    this.codes = this.#home.reserve(codesBytes);
  }

  /** An array for all row groups. */
  array(owner: string): Growable {
    const made = new Growable(this.runtime.arena, owner, this.#home);
    this.#arrays.push(made);
    return made;
  }

  /** An array of one column of a row group; small ones share their blocks. */
  ofColumn(owner: string): Growable {
    const made = new Growable(this.runtime.arena, owner, this.#columns);
    this.#ofColumns.push(made);
    return made;
  }

  /** A cursor of a kernel, for one column of a row group. */
  cursor(): number {
    return this.#columns.reserve(128);
  }

  /** Forgets the columns of a row group. */
  reset(): void {
    for (const array of this.#ofColumns) array.release();
    this.#ofColumns.length = 0;
    this.#columns.reset();
  }

  release(): void {
    this.reset();
    for (const array of this.#arrays) array.release();
    this.#columns.release();
    this.#home.release();
  }
}

/** What takes so much is to be in one piece, which there is before operators take theirs. */
const long = 2 ** 20;

/** The array, with room for `bytes` where these are many. */
export function roomForLong(array: Growable, bytes: number): Growable {
  if (bytes >= long) roomIn(array, bytes);
  return array;
}

/** Room for `bytes`, and what kernels touch behind them; what was in it is lost. */
export function roomIn(array: Growable, bytes: number): number {
  // What is given back first is not held twice, nor copied.
  if (bytes + slack > array.capacity) array.release();
  array.ensure(bytes + slack);
  return array.address;
}
