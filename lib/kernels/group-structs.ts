/**
 * One struct a group. What a row costs is the cache lines of its group's struct, so structs are kept
 * short, words that nothing has touched yet are left out, and none lies across more lines than it must.
 *
 *   full:    | rows | missing | low | high | missing | hi | lo | (to 64) | next group ...
 *   packed:  | low | hi | lo | (to 32) | next group ...
 *
 * The first null needs the words that count, a merge needs all: then structs are laid out anew with them, a piece after
 * the other (row-pieces.ts). Offsets are those of the full struct.
 */
import type { Region } from '../memory/arena.js';
import type { Machine } from './machine.js';
import { RowPieces, type Span } from './row-pieces.js';

const word = 8;
const cacheLine = 64;

/** What a word is as long as it is left out: as in a group without rows, or the sign of the word before it. */
export type IdleWord = 'fresh' | 'sign';

/** Where words are: for each word of the full struct its offset, or -1 where it is left out. */
interface Layout {
  readonly stride: number;
  readonly places: readonly number[];
}

/** While they take no more than this, structs are laid out for speed. */
const fewBytes = 2 ** 21;

export class GroupStructs {
  readonly #machine: Machine;
  readonly #pieces: RowPieces;
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
    this.#home = arena.region(owner);
    this.#slice = arena.region(owner);
    this.#bytes = bytes;
    this.#idle = new Map(idle);
    this.#full = layOut(bytes, new Map());
    this.#layout = layOut(bytes, idle);
    try {
      this.#fresh = this.#home.reserveZeroed(2 * this.#full.stride + (bytes / word) * 4);
      this.#freshNow = this.#fresh + this.#full.stride;
      this.#sources = this.#freshNow + this.#full.stride;
      this.#pieces = new RowPieces(this.#layout.stride, this.#full.stride, this.#home, arena, owner);
    } catch (error) {
      this.#home.release();
      throw error;
    }
    start(arena.view, this.#fresh);
  }

  /** From one struct to the next in a span; changes in `include`. */
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
    return this.#pieces.held + this.#home.held + this.#slice.held;
  }

  /** Bytes that `count` groups take at most, whatever words they may get. */
  bytesFor(count: number): number {
    const stride = Math.max(this.stride, tight(this.#bytes));
    return this.#pieces.bytesFor(count, stride) + this.#home.held + this.#slice.held;
  }

  /** Is the word at this offset left out? */
  lacks(offset: number): boolean {
    return this.#idle.has(offset);
  }

  /**
   * Where a field is in a struct as it is now. Where the first word of the field is left out, what follows it still is
   * 8 bytes further.
   */
  fieldAt(offset: number): number {
    const { places } = this.#layout;
    const at = places[offset / word]!;
    return at >= 0 ? at : places[offset / word + 1]! - word;
  }

  /** Groups [from, from + length), as far as they are adjacent. */
  spans(from: number, length: number): Generator<Span, void, void> {
    return this.#pieces.spans(from, length);
  }

  /** Groups from this one on that are adjacent. */
  adjacent(from: number): number {
    return this.#pieces.rowsFrom(from);
  }

  /** The address of a group's struct. */
  addressOf(group: number): number {
    return this.#pieces.addressOf(group);
  }

  /** The addresses of the structs of `length` groups, given as int32s at `groups`, as uint32s. */
  placesOf(groups: number, length: number, region: Region): number {
    const places = region.reserve(length * 4);
    const { table, shift } = this.#pieces;
    this.#machine.kernels.structs_places(groups, this.#count, table, shift, this.stride, length, places);
    return places;
  }

  /** Makes room for groups up to `count`; false if the budget does not suffice. */
  tryReserve(count: number): boolean {
    return this.#pieces.tryReserve(count);
  }

  /** Makes groups up to `count`, without rows. */
  grow(count: number): void {
    if (count <= this.#count) return;
    const { stride, places } = this.#layout;
    this.#pieces.reserve(count);
    const { view } = this.#machine.arena;
    places.forEach((at, k) => {
      if (at >= 0)
        view.setBigInt64(this.#freshNow + at, view.getBigInt64(this.#fresh + k * word, true), true);
    });
    for (const { address, length } of this.#pieces.spans(this.#count, count - this.#count))
      this.#machine.kernels.aggregate_init(address, stride, 0, length, this.#freshNow);
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
    const layout = layOut(this.#bytes, idle, this.#strideFor(idle));
    this.#pieces.widen(layout.stride, this.#count, (from, to, rows) => this.#unpack(from, rows, layout, to));
    this.#layout = layout;
    for (const offset of wanted) this.#idle.delete(offset);
  }

  /** Structs in full of groups [from, from + length), valid until the next call. No row may come after the first. */
  full(from: number, length: number): { address: number; stride: number } {
    const { stride } = this.#layout;
    if (this.#idle.size === 0 && length <= this.adjacent(from))
      return { address: this.addressOf(from), stride };
    const given = this.#given;
    if (given.address === 0 || from !== given.from || length !== given.length) {
      this.#slice.reset();
      const address = this.#slice.reserve(length * this.#full.stride);
      for (const span of this.spans(from, length))
        this.#unpack(span.address, span.length, this.#full, address + (span.from - from) * this.#full.stride);
      this.#given = { from, length, address };
    }
    return { address: this.#given.address, stride: this.#full.stride };
  }

  release(): void {
    this.#pieces.release();
    this.#home.release();
    this.#slice.release();
  }

  /** Where there are many groups, they may not become wider than was foreseen. */
  #strideFor(idle: ReadonlyMap<number, IdleWord>): number {
    const bytes = this.#bytes - idle.size * word;
    const stride = strideOf(bytes);
    const most = Math.max(this.stride, tight(this.#bytes));
    return stride <= most || stride * this.#count <= fewBytes ? stride : tight(bytes);
  }

  /** Writes `count` structs, which are at `from`, as `layout` has them to `out`. */
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
      ...([from, stride, out, layout.stride] as const),
      ...([words, count, this.#sources, this.#fresh] as const),
    );
  }
}

function layOut(bytes: number, idle: ReadonlyMap<number, IdleWord>, stride?: number): Layout {
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
  return { stride: stride ?? strideOf(at), places };
}

/** Structs begin with a cache line; short ones share one and do not lie across two. */
function strideOf(bytes: number): number {
  if (bytes > cacheLine) return Math.ceil(bytes / cacheLine) * cacheLine;
  let stride = word;
  while (stride < bytes) stride *= 2;
  return stride;
}

/** Structs as close as they may lie: some lie across two lines. */
const tight = (bytes: number): number => Math.max(word, bytes);
