/**
 * One struct a group, in one array. What a row costs is the cache lines of its group's struct, so structs are kept
 * short, words that nothing has touched yet are left out, and none lies across more lines than it must.
 *
 *   full:    | rows | missing | low | high | missing | hi | lo | (to 64) | next group ...
 *   packed:  | low | high | hi | lo | next group ...
 *
 * Until one of those words is needed (the first null, a merge) structs are packed; then all are laid out in full,
 * once. Offsets are those of the full struct.
 */
import { Growable, type Region } from '../memory/arena.js';
import type { Machine } from './machine.js';

const word = 8;
const cacheLine = 64;

export class GroupStructs {
  readonly #machine: Machine;
  readonly #structs: Growable;
  readonly #home: Region;
  /** Holds what `full` gave last. */
  readonly #slice: Region;
  #given = { from: 0, length: 0, address: 0 };
  readonly #bytes: number;
  readonly #fullStride: number;
  /** The words that packed structs leave out, in bytes into the full one. */
  readonly #idle: ReadonlySet<number>;
  #packed: boolean;
  #stride: number;
  /** Addresses of the struct of a group without rows, in full and packed. */
  readonly #fresh: number;
  readonly #packedFresh: number;
  /** Address of where each word of a full struct is in a packed one; see structs_unpack. */
  readonly #sources: number;
  #count = 0;

  /**
   * A struct has `bytes` bytes, a multiple of 8, of which the words at `idle` are not touched before `unpack`.
   * `start` writes the struct of a group without rows over zeros.
   */
  constructor(
    bytes: number,
    idle: ReadonlySet<number>,
    start: (view: DataView, at: number) => void,
    machine: Machine,
    owner: string,
  ) {
    const { arena } = machine;
    const { view } = arena;
    this.#machine = machine;
    this.#structs = new Growable(arena, owner);
    this.#home = arena.region(owner);
    this.#slice = arena.region(owner);
    this.#bytes = bytes;
    this.#idle = idle;
    this.#fullStride = strideOf(bytes);
    const packedStride = strideOf(bytes - idle.size * word);
    this.#packed = packedStride < this.#fullStride;
    this.#stride = this.#packed ? packedStride : this.#fullStride;
    this.#fresh = this.#home.reserveZeroed(this.#fullStride + packedStride + (bytes / word) * 4);
    start(view, this.#fresh);
    this.#packedFresh = this.#fresh + this.#fullStride;
    this.#sources = this.#packedFresh + packedStride;
    let source = 0;
    for (let offset = 0; offset < bytes; offset += word) {
      const left = idle.has(offset);
      view.setInt32(this.#sources + offset / 2, left ? -1 : source, true);
      if (left) continue;
      view.setBigInt64(this.#packedFresh + source, view.getBigInt64(this.#fresh + offset, true), true);
      source += word;
    }
  }

  /** The first group's struct; changes in `grow` and `unpack`. */
  get address(): number {
    return this.#structs.address;
  }

  /** From one struct to the next; changes in `unpack`. */
  get stride(): number {
    return this.#stride;
  }

  get count(): number {
    return this.#count;
  }

  /** The struct of a group without rows, in full: groups to come start so, and the words left out until then are so. */
  get fresh(): number {
    return this.#fresh;
  }

  /**
   * The address of a field in the first struct as it is now. Where the first word of the field is left out, what
   * follows it still is 8 bytes further.
   */
  addressOf(offset: number): number {
    if (!this.#packed) return this.address + offset;
    let at = this.#idle.has(offset) ? -word : 0;
    for (let before = 0; before < offset; before += word) if (!this.#idle.has(before)) at += word;
    return this.address + at;
  }

  /** Makes groups up to `count`, without rows. */
  grow(count: number): void {
    if (count <= this.#count) return;
    this.#structs.ensure(count * this.#stride);
    const fresh = this.#packed ? this.#packedFresh : this.#fresh;
    this.#machine.kernels.aggregate_init(this.address, this.#stride, this.#count, count, fresh);
    this.#count = count;
  }

  /** Forgets the groups after the first `count`. */
  shrink(count: number): void {
    this.#count = count;
  }

  /** Lays the structs out in full, for good. */
  unpack(): void {
    if (!this.#packed) return;
    this.#structs.ensure(this.#count * this.#fullStride);
    this.#unpackTo(0, this.#count, this.address);
    this.#packed = false;
    this.#stride = this.#fullStride;
  }

  /** Structs in full of groups [from, from + length), valid until the next call. No row may come after the first. */
  full(from: number, length: number): { address: number; stride: number } {
    const stride = this.#fullStride;
    // Where all are wanted, in place: beside them there may be no room.
    if (length === this.#count) this.unpack();
    if (!this.#packed) return { address: this.address + from * stride, stride };
    const given = this.#given;
    if (given.address === 0 || from !== given.from || length !== given.length) {
      this.#slice.reset();
      const address = this.#slice.reserve(length * stride);
      this.#unpackTo(from, length, address);
      this.#given = { from, length, address };
    }
    return { address: this.#given.address, stride };
  }

  release(): void {
    this.#structs.release();
    this.#home.release();
    this.#slice.release();
  }

  #unpackTo(from: number, count: number, to: number): void {
    this.#machine.kernels.structs_unpack(
      ...([this.address + from * this.#stride, this.#stride, to, this.#fullStride] as const),
      ...([this.#bytes / word, count, this.#sources, this.#fresh] as const),
    );
  }
}

/** Structs begin with a cache line; short ones share one and do not lie across two. */
function strideOf(bytes: number): number {
  if (bytes > cacheLine) return Math.ceil(bytes / cacheLine) * cacheLine;
  let stride = word;
  while (stride < bytes) stride *= 2;
  return stride;
}
