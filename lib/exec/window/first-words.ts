/**
 * Of each partition the first n words that came: a row whose word is greater than all of them comes too late.
 *
 *   words:  | least | second | ... | n-th | least ...       all ones where there is none yet
 *   briefs: | n-th of partition 0, 32 bits | of partition 1 | ...
 */
import { GroupStructs } from '../../kernels/group-structs.js';
import { Growable, type Region } from '../../memory/arena.js';
import type { WindowTop } from '../../plan/plan.js';
import type { Context } from '../context.js';

/** Bytes of the kernels' Range. */
const rangeBytes = 16;
const briefBytes = 4;

/** Addresses of int32 rows, and how many there are. */
export interface Chosen {
  readonly rows: number;
  readonly count: number;
}

export class FirstWords {
  readonly #most: WindowTop;
  readonly #context: Context;
  readonly #words: GroupStructs;
  readonly #briefs: Growable;
  readonly #home: Region;
  #range = 0;

  constructor(most: WindowTop, context: Context, owner: string) {
    const { arena } = context;
    const bytes = most.rows * 8;
    const start = (_: DataView, at: number): unknown => arena.bytes.fill(255, at, at + bytes);
    this.#most = most;
    this.#context = context;
    this.#home = arena.region(owner);
    this.#words = new GroupStructs(bytes, new Map(), start, context, owner);
    this.#briefs = new Growable(arena, owner);
  }

  /** Bytes that the words of `count` partitions take at most; an array that grows is held twice. */
  bytesFor(count: number): number {
    return this.#words.bytesFor(count) + 3 * briefBytes * count;
  }

  /** Makes room for `count` partitions; false if there is none. */
  tryReserve(count: number): boolean {
    return this.#words.tryReserve(count) && this.#briefs.tryEnsure(count * briefBytes);
  }

  /** Makes partitions up to `count`. */
  grow(count: number): void {
    const { count: before } = this.#words;
    this.#words.grow(count);
    this.#briefs.ensure(count * briefBytes);
    const { address } = this.#briefs;
    this.#context.arena.bytes.fill(255, address + before * briefBytes, address + count * briefBytes);
  }

  /**
   * The rows that may be among the first, whose words are taken in. `groups` and `words` are addresses of their int32
   * partitions and uint64 words; `exact`: rows with equal words are equal.
   */
  select(groups: number, words: number, length: number, exact: boolean, region: Region): Chosen {
    const { kernels } = this.#context;
    const { by, rows: most } = this.#most;
    if (this.#range === 0) {
      this.#range = this.#home.reserve(rangeBytes);
      kernels.top_range(words, length, this.#range);
    }
    const state = [this.#briefs.address, this.#range] as const;
    const rows = region.reserve((length + 1) * 4);
    const early = kernels.top_early(groups, words, length, ...state, rows);
    const places = this.#words.placesOf(groups, length, region);
    const how = [most, by === 'dense_rank', by === 'row_number' && exact] as const;
    return { rows, count: kernels.top_select(rows, early, groups, places, words, ...how, ...state) };
  }

  /** Of rows that were selected, those that still may be among the first. */
  keep(groups: number, words: number, length: number, region: Region): Chosen {
    const rows = region.reserve((length + 1) * 4);
    const places = this.#words.placesOf(groups, length, region);
    return { rows, count: this.#context.kernels.top_keep(places, words, length, this.#most.rows, rows) };
  }

  release(): void {
    this.#words.release();
    this.#briefs.release();
    this.#home.release();
  }
}
