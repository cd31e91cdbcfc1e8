/**
 * The build side of a join in memory: its rows (BuildRows), and by their keys' words (JoinKeys) the last row that has
 * each, from where the others follow.
 *
 *   word ─▶ first[word]         ─▶ row ─▶ next[row] ─▶ row ...     words close together
 *   word ─▶ rank ─▶ first[rank] ─▶ row ─▶ next[row] ─▶ row ...     words apart, but a bit for each fits the caches
 *   word ─▶ slot                ─▶ row ─▶ next[row] ─▶ row ...     words far apart
 *
 * Memory beside the rows: 4 bytes a row and as much for each word of the domain, or 4 bytes a row and 12 for each 64 words, or
 * 12 to 24 bytes a row; 4 more a row where a key comes more than once.
 */
import { type Batch, bitmapBytes, type Vector } from '../arrow/batch.js';
import type { DataType } from '../arrow/types.js';
import { Growable, type Region } from '../memory/arena.js';
import { BuildRows } from './build-rows.js';
import { JoinKeys, type Words } from './join-keys.js';
import type { Machine } from './machine.js';
import { kernel } from './wasm.js';

/** Slots for each row: the table is two thirds full. */
const slotsPerRow = 1.5;

/** Of the kernels' blocks of ranked words. */
const blockBytes = 12;

/** Blocks that are ranked at once. */
const blocksAStep = 2 ** 20;

/** What is done with the keys of a chunk, whose first row has the number `first`; false where there is no room for it. */
type Step = (columns: readonly Vector[], length: number, first: number) => boolean;

export class JoinTable {
  #rows: BuildRows;
  readonly #machine: Machine;
  readonly #owner: string;
  readonly #types: readonly DataType[];
  readonly #keyColumns: readonly number[];
  readonly #nullsEqual: boolean;
  readonly #chunkBytes: number;
  readonly #index: Growable;
  readonly #next: Growable;
  /** A bit a row: it has a match. */
  readonly #marks: Growable;
  readonly #scratch: Region;
  #keys: JoinKeys | null = null;
  #words: Words = { kind: 'near', domain: 0 };
  #slots = 0;

  /** `keyColumns` are those of `types` that are compared; `chunkBytes` is about the least step in which memory is taken. */
  constructor(
    types: readonly DataType[],
    keyColumns: readonly number[],
    nullsEqual: boolean,
    chunkBytes: number,
    machine: Machine,
    owner: string,
  ) {
    this.#chunkBytes = chunkBytes;
    this.#machine = machine;
    this.#owner = owner;
    this.#types = types;
    this.#keyColumns = keyColumns;
    this.#nullsEqual = nullsEqual;
    this.#index = new Growable(machine.arena, owner);
    this.#next = new Growable(machine.arena, owner);
    this.#marks = new Growable(machine.arena, owner);
    this.#scratch = machine.arena.region(owner);
    this.#rows = this.#store();
  }

  get rows(): BuildRows {
    return this.#rows;
  }

  /** Bytes taken; the few blocks that it takes without any row are not counted. */
  get held(): number {
    const own = this.#index.capacity + this.#next.capacity + this.#marks.capacity;
    return this.#rows.held + own + (this.#keys?.held ?? 0);
  }

  /** Does no key come twice? */
  get unique(): boolean {
    return this.#next.address === 0;
  }

  /** Of the key so numbered, as `JoinKeys.range`. */
  range(index: number): ReturnType<JoinKeys['range']> {
    return this.#keys!.range(index);
  }

  /**
   * Makes the rows ready to be found, holding no more than `limit` bytes in all; false if that does not suffice: then
   * the rows are as before. Yields now and then, so that others have their turn.
   */
  *index(limit: number): Generator<void, boolean, void> {
    this.forget();
    const { rows } = this;
    const scratch = this.#scratch;
    const keys = new JoinKeys(
      this.#keyColumns.map((column) => this.#types[column]!),
      this.#nullsEqual,
      this.#machine,
      this.#owner,
    );
    this.#keys = keys;
    const observe: Step = (columns) => {
      keys.observe(columns, scratch);
      return true;
    };
    const pack: Step = (columns, length) => {
      keys.pack(columns, length, scratch);
      return true;
    };
    const note: Step = (columns, length) => {
      this.#machine.kernels.join_ranked_note(keys.find(columns, length, scratch), length, this.#blocks);
      return true;
    };
    const enter: Step = (columns, length, first) =>
      this.#enter(keys.find(columns, length, scratch), length, first, limit);
    const fits =
      (yield* this.#each(observe, limit)) &&
      (!keys.settle(rows.length).packs || (yield* this.#each(pack, limit))) &&
      this.#reserve(keys.words, limit) &&
      (this.#words.kind !== 'ranked' ||
        ((yield* this.#each(note, limit)) && (yield* this.#rank(this.#words.domain)))) &&
      (yield* this.#each(enter, limit));
    if (!fits) this.forget();
    else scratch.release();
    return fits;
  }

  /**
   * Keeps only some rows, told for each piece of a chunk as `count` row numbers in the region that is handed over; needs
   * memory for one chunk more. The rows are to be indexed anew.
   */
  *keep(
    some: (batch: Batch, region: Region) => { readonly rows: number; readonly count: number },
  ): Generator<void, void, void> {
    this.forget();
    const old = this.#rows;
    this.#rows = this.#store();
    try {
      for (let chunk = 0; chunk < old.chunks; chunk++) {
        for (const piece of old.pieces(chunk, this.#scratch)) {
          const { rows, count } = some(piece, this.#scratch);
          if (count > 0) this.#rows.appendRows(piece, rows, count, this.#scratch);
          yield;
        }
        old.dropChunk(chunk);
      }
    } finally {
      old.release();
      this.#scratch.release();
    }
  }

  /** The address of a row with the same key for each row, -1 where there is none; in `region`. */
  find(columns: readonly Vector[], length: number, region: Region): number {
    const { kernels } = this.#machine;
    const keys = this.#keys!;
    const out = region.reserve(length * 4);
    const index = this.#index.address;
    const words = this.#words;
    if (words.kind === 'far') {
      const find = kernel(kernels, `join_sparse_find${words.bits}`);
      find(keys.find(columns, length, region), length, index, this.#slots, out);
      return out;
    }
    const { domain } = words;
    const one = keys.single(columns);
    const values = one === null ? keys.find(columns, length, region) : one.data;
    const validity = columns[0]?.validity ?? 0;
    if (words.kind === 'ranked') {
      const { length: entries } = this.#rows;
      if (one === null) kernels.join_ranked_find(values, length, index, this.#blocks, domain, entries, out);
      else
        kernel(kernels, `join_ranked_find_${one.physical}`)(
          values,
          validity,
          length,
          one.layout,
          index,
          this.#blocks,
          domain,
          entries,
          out,
        );
    } else if (one === null) kernels.join_dense_find(values, length, index, domain, out);
    else
      kernel(kernels, `join_find_${one.physical}`)(values, validity, length, one.layout, index, domain, out);
    return out;
  }

  /**
   * Pairs of the open rows and the rows that match them, at most `capacity`. See the kernel join_steps; how many rows
   * are still open is written to `left`.
   */
  steps(
    rows: number,
    matches: number,
    open: number,
    outRows: number,
    outMatches: number,
    capacity: number,
    left: number,
  ): number {
    const next = this.#next.address;
    return this.#machine.kernels.join_steps(rows, matches, open, next, outRows, outMatches, capacity, left);
  }

  // ---- marks

  /** Makes room for a mark a row; false if `limit` bytes in all do not suffice. */
  tryMarks(limit: number): boolean {
    const bytes = bitmapBytes(this.#rows.length) + 8;
    if (this.held + bytes > limit || !this.#marks.tryEnsure(bytes)) return false;
    this.#machine.arena.bytes.fill(0, this.#marks.address, this.#marks.address + bytes);
    return true;
  }

  /** Marks the `count` rows at `rows`; those below 0 are left out. */
  mark(rows: number, count: number): void {
    this.#machine.kernels.join_mark(rows, count, this.#marks.address);
  }

  /** Marks all rows with the same key as a marked one. */
  markAlike(): void {
    if (this.unique) return;
    this.#machine.kernels.join_mark_chains(this.#marks.address, this.#next.address, this.#rows.length);
  }

  /** The rows of a chunk that are marked, or are not: `count` numbers of the whole table at `rows`. */
  marked(chunk: number, wanted: boolean, region: Region): { readonly rows: number; readonly count: number } {
    const length = this.#rows.rowsOf(chunk);
    const rows = region.reserve((length + 1) * 4);
    const first = this.#rows.firstOf(chunk);
    const count = this.#machine.kernels.join_marked(this.#marks.address, first, length, wanted ? 1 : 0, rows);
    return { rows, count };
  }

  release(): void {
    this.forget();
    this.#rows.release();
  }

  /** The rows stay, what was made of them goes. */
  forget(): void {
    this.#keys?.release();
    this.#keys = null;
    this.#index.release();
    this.#next.release();
    this.#marks.release();
    this.#scratch.release();
  }

  #store(): BuildRows {
    return new BuildRows(this.#types, this.#chunkBytes, this.#machine, this.#owner);
  }

  /** A step for the keys of each chunk; false as soon as one is, or more than `limit` bytes are held. */
  *#each(step: Step, limit: number): Generator<void, boolean, void> {
    for (let chunk = 0; chunk < this.#rows.chunks; chunk++) {
      this.#scratch.reset();
      const columns = this.#rows.chunkColumns(chunk, this.#keyColumns, this.#scratch);
      if (!step(columns, this.#rows.rowsOf(chunk), this.#rows.firstOf(chunk)) || this.held > limit)
        return false;
      yield;
    }
    return true;
  }

  /** Enters rows from `first` on by their words. */
  #enter(words: number, length: number, first: number, limit: number): boolean {
    const { kernels } = this.#machine;
    const index = this.#index.address;
    if (this.#words.kind === 'ranked') kernels.join_ranked_words(words, length, this.#blocks);
    for (let done = 0; done < length; ) {
      const next = this.#next.address;
      if (this.#words.kind === 'far') {
        const enter = kernel(kernels, `join_sparse_enter${this.#words.bits}`);
        done = enter(words, done, length, index, this.#slots, next, first);
      } else done = kernels.join_dense_enter(words, done, length, index, next, first);
      if (done < length && !this.#reserveNext(limit)) return false;
    }
    return true;
  }

  #reserve(words: Words, limit: number): boolean {
    this.#words = words;
    const { bytes } = this.#machine.arena;
    this.#slots = Math.max(16, Math.ceil(this.#rows.length * slotsPerRow));
    const size = this.#indexBytes(words);
    if (this.held + size > limit || !this.#index.tryEnsure(size)) return false;
    const { address } = this.#index;
    const rows = words.kind === 'far' ? 0 : words.kind === 'near' ? size : this.#blocks - address;
    bytes.fill(0xff, address, address + rows);
    bytes.fill(0, address + rows, address + size);
    return true;
  }

  /** One more entry, and one more block, are for words that are missing. */
  #indexBytes(words: Words): number {
    if (words.kind === 'far') return this.#slots * (words.bits / 4);
    if (words.kind === 'near') return (words.domain + 1) * 4;
    return (this.#rows.length + 1) * 4 + blocksOf(words.domain) * blockBytes;
  }

  /** Where the blocks of ranked words are: behind the first rows. */
  get #blocks(): number {
    return this.#index.address + (this.#rows.length + 1) * 4;
  }

  *#rank(domain: number): Generator<void, boolean, void> {
    const blocks = blocksOf(domain);
    for (let from = 0, rank = 0; from < blocks; from += blocksAStep) {
      const count = Math.min(blocksAStep, blocks - from);
      rank = this.#machine.kernels.join_ranked_count(this.#blocks + from * blockBytes, count, rank);
      yield;
    }
    return true;
  }

  #reserveNext(limit: number): boolean {
    const size = this.#rows.length * 4;
    if (this.held + size > limit || !this.#next.tryEnsure(size)) return false;
    this.#machine.arena.bytes.fill(0xff, this.#next.address, this.#next.address + size);
    return true;
  }
}

const blocksOf = (domain: number): number => (domain >>> 6) + 1;
