/**
 * One struct a group, in one array. What a row costs is the cache lines of its group's struct, so structs are kept
 * short, words that nothing has touched yet are left out, and none lies across more lines than it must.
 *
 *   full:    | rows | missing | low | high | missing | hi | lo | (to 64) | next group ...
 *   packed:  | low | hi | lo | (to 32) | next group ...
 *
 * The first null needs the words that count, a merge needs all: then structs are laid out anew with them, in place.
 * Offsets are those of the full struct.
 */
import { Growable, type Region } from '../memory/arena.js';
import type { Machine } from './machine.js';

const word = 8;
const cacheLine = 64;

/** What a word is as long as it is left out: as in a group without rows, or the sign of the word before it. */
export type IdleWord = 'fresh' | 'sign';

/** Where words are: for each word of the full struct its offset, or -1 where it is left out. */
interface Layout {
  readonly stride: number;
  readonly places: readonly number[];
}

export class GroupStructs {
  readonly #machine: Machine;
  readonly #structs: Growable;
  readonly #home: Region;
  /** Holds what `full` gave last. */
  readonly #slice: Region;
  #given = { from: 0, length: 0, address: 0 };
  readonly #bytes: number;
  readonly #full: Layout;
  /** The words left out, by their offset. */
  readonly #idle: Map<number, IdleWord>;
  #layout: Layout;
  /** Addresses of the struct of a group without rows, in full and as laid out now. */
  readonly #fresh: number;
  readonly #freshNow: number;
  /** Address of where structs_unpack finds the words of its target. */
  readonly #sources: number;
  #count = 0;

  /**
   * A struct has `bytes` bytes, a multiple of 8; the words at the offsets `idle` are left out until they are included.
   * `start` writes the struct of a group without rows over zeros.
   */
  constructor(
    bytes: number,
    idle: ReadonlyMap<number, IdleWord>,
    start: (view: DataView, at: number) => void,
    machine: Machine,
    owner: string,
  ) {
    const { arena } = machine;
    this.#machine = machine;
    this.#structs = new Growable(arena, owner);
    this.#home = arena.region(owner);
    this.#slice = arena.region(owner);
    this.#bytes = bytes;
    this.#idle = new Map(idle);
    this.#full = layOut(bytes, new Map());
    this.#layout = layOut(bytes, idle);
    // In one piece, so that where there is no room nothing is held.
    this.#fresh = this.#home.reserveZeroed(2 * this.#full.stride + (bytes / word) * 4);
    this.#freshNow = this.#fresh + this.#full.stride;
    this.#sources = this.#freshNow + this.#full.stride;
    start(arena.view, this.#fresh);
  }

  /** The first group's struct; changes in `grow` and `include`. */
  get address(): number {
    return this.#structs.address;
  }

  /** From one struct to the next; changes in `include`. */
  get stride(): number {
    return this.#layout.stride;
  }

  get count(): number {
    return this.#count;
  }

  /** The struct of a group without rows, in full: groups to come start so, and the words left out until then are so. */
  get fresh(): number {
    return this.#fresh;
  }

  /** Bytes of the arena that the structs take. */
  get held(): number {
    return this.#structs.capacity + this.#home.held + this.#slice.held;
  }

  /** Bytes that structs of `count` groups take beside those held while they are moved, whatever words they may get. */
  growth(count: number): number {
    const bytes = count * this.#full.stride;
    return bytes <= this.#structs.capacity ? 0 : bytes;
  }

  /** Is the word at this offset left out? */
  lacks(offset: number): boolean {
    return this.#idle.has(offset);
  }

  /**
   * The address of a field in the first struct as it is now. Where the first word of the field is left out, what
   * follows it still is 8 bytes further.
   */
  addressOf(offset: number): number {
    const { places } = this.#layout;
    const at = places[offset / word]!;
    return this.address + (at >= 0 ? at : places[offset / word + 1]! - word);
  }

  /** Makes groups up to `count`, without rows. */
  grow(count: number): void {
    if (count <= this.#count) return;
    const { stride, places } = this.#layout;
    this.#structs.ensure(count * stride);
    const { view } = this.#machine.arena;
    places.forEach((at, k) => {
      if (at >= 0)
        view.setBigInt64(this.#freshNow + at, view.getBigInt64(this.#fresh + k * word, true), true);
    });
    this.#machine.kernels.aggregate_init(this.address, stride, this.#count, count, this.#freshNow);
    this.#count = count;
  }

  /** Forgets the groups after the first `count`. */
  shrink(count: number): void {
    this.#count = count;
  }

  /** Lays the structs out with the words at these offsets, for good; with all words where none are named. */
  include(offsets: readonly number[] = [...this.#idle.keys()]): void {
    const wanted = offsets.filter((offset) => this.#idle.has(offset));
    if (wanted.length === 0) return;
    const idle = new Map(this.#idle);
    for (const offset of wanted) idle.delete(offset);
    const layout = layOut(this.#bytes, idle);
    this.#structs.ensure(this.#count * layout.stride);
    this.#unpack(0, this.#count, layout, this.address);
    this.#layout = layout;
    for (const offset of wanted) this.#idle.delete(offset);
  }

  /** Structs in full of groups [from, from + length), valid until the next call. No row may come after the first. */
  full(from: number, length: number): { address: number; stride: number } {
    // Where all are wanted, in place: beside them there may be no room.
    if (length === this.#count) this.include();
    const { stride } = this.#full;
    if (this.#idle.size === 0) return { address: this.address + from * stride, stride };
    const given = this.#given;
    if (given.address === 0 || from !== given.from || length !== given.length) {
      this.#slice.reset();
      const address = this.#slice.reserve(length * stride);
      this.#unpack(from, length, this.#full, address);
      this.#given = { from, length, address };
    }
    return { address: this.#given.address, stride };
  }

  release(): void {
    this.#structs.release();
    this.#home.release();
    this.#slice.release();
  }

  /** Writes `count` structs as `layout` has them to `out`, which may be where they are if all are written. */
  #unpack(from: number, count: number, layout: Layout, out: number): void {
    const { view } = this.#machine.arena;
    const { stride, places } = this.#layout;
    let words = 0;
    layout.places.forEach((target, k) => {
      if (target < 0) return;
      const at = places[k]!;
      const otherwise = this.#idle.get(k * word) === 'sign' ? places[k - 1]! + 1 : -1 - k * word;
      view.setInt32(this.#sources + 4 * words++, at < 0 ? otherwise : at, true);
    });
    this.#machine.kernels.structs_unpack(
      ...([this.address + from * stride, stride, out, layout.stride] as const),
      ...([words, count, this.#sources, this.#fresh] as const),
    );
  }
}

function layOut(bytes: number, idle: ReadonlyMap<number, IdleWord>): Layout {
  let at = 0;
  const places: number[] = [];
  for (let offset = 0; offset < bytes; offset += word) {
    if (idle.has(offset)) {
      places.push(-1);
      continue;
    }
    places.push(at);
    at += word;
  }
  return { stride: strideOf(at), places };
}

/** Structs begin with a cache line; short ones share one and do not lie across two. */
function strideOf(bytes: number): number {
  if (bytes > cacheLine) return Math.ceil(bytes / cacheLine) * cacheLine;
  let stride = word;
  while (stride < bytes) stride *= 2;
  return stride;
}
