/**
 * The one memory that data lives in. Its maximum is the data budget, so the engine cannot exceed it: the
 * system commits a page when it is first touched, and V8 refuses to grow past the maximum.
 *
 *   | kernels' constants | block | block | block | ...                | block | block | margin |
 *                        `--- region A --'  `- region B -'   free     `- a long run -'
 *
 * Blocks are 64 KiB. A region takes runs of whole blocks and hands out pieces of them in order; it is
 * reset or released as a whole. There is no freeing of single vectors and no reference count.
 */
import { memoryError } from '../errors.js';

export const blockBytes = 65536;

/** Pieces are aligned and padded to this, so that kernels may use whole vectors at either end. */
const pieceBytes = 64;

/**
 * Blocks that are never handed out: the first holds the kernels' constant tables, the last is a margin, so
 * that a kernel that reads a few bytes past a piece stays inside the memory.
 */
const firstBlock = 1;
const marginBlocks = 1;

/** Runs of so many blocks, as batches take them, come from the upper end: what is small and stays does not lie between them. */
const longRun = 16;

/** 32-bit WebAssembly addresses end here; a larger budget needs more processes, not a larger arena. */
export const maxArenaBytes = 65536 * blockBytes;

const padded = (bytes: number): number => Math.max(pieceBytes, Math.ceil(bytes / pieceBytes) * pieceBytes);

export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The length of the run that starts at a block, 0 elsewhere. */
  readonly #runs: Int32Array;
  /** 1 where a block belongs to a run. */
  readonly #taken: Uint8Array;
  #takenBlocks = 0;
  #peakBlocks = 0;
  #firstFree = firstBlock;

  /** `budget` is in bytes and is rounded down to whole blocks; at least 16 blocks (1 MiB). */
  constructor(budget: number) {
    const blocks = Math.min(65536, Math.floor(budget / blockBytes));
    if (blocks < 16) throw memoryError('the arena', 16 * blockBytes, 0, budget);
    // initial = maximum: the views below never detach.
    this.memory = new WebAssembly.Memory({ initial: blocks, maximum: blocks });
    this.buffer = this.memory.buffer;
    this.bytes = new Uint8Array(this.buffer);
    this.view = new DataView(this.buffer);
    this.#runs = new Int32Array(blocks);
    this.#taken = new Uint8Array(blocks);
    this.#taken.fill(1, blocks - marginBlocks);
  }

  get capacity(): number {
    return (this.#taken.length - firstBlock - marginBlocks) * blockBytes;
  }

  /** Bytes that regions hold now. */
  get reserved(): number {
    return this.#takenBlocks * blockBytes;
  }

  /** The most that was ever held at once. */
  get peak(): number {
    return this.#peakBlocks * blockBytes;
  }

  /** A new region; `owner` is named in the error when memory does not suffice. */
  region(owner: string): Region {
    return new Region(this, owner);
  }

  /** The address of `blocks` adjacent free blocks, the first that fit from one end; 0 if there are none. */
  tryTakeRun(blocks: number): number {
    const start = blocks < longRun ? this.#lowestFree(blocks) : this.#highestFree(blocks);
    if (start === 0) return 0;
    this.#taken.fill(1, start, start + blocks);
    this.#runs[start] = blocks;
    if (start === this.#firstFree) this.#firstFree = start + blocks;
    this.#count(blocks);
    return start * blockBytes;
  }

  #lowestFree(blocks: number): number {
    const taken = this.#taken;
    let start = this.#firstFree;
    for (let block = start; block < taken.length; block++) {
      if (taken[block] === 1) start = block + 1;
      else if (block - start + 1 === blocks) return start;
    }
    return 0;
  }

  #highestFree(blocks: number): number {
    const taken = this.#taken;
    let end = taken.length;
    for (let block = end - 1; block >= this.#firstFree; block--) {
      if (taken[block] === 1) end = block;
      else if (end - block === blocks) return block;
    }
    return 0;
  }

  /** Lengthens the run at `address` to `blocks` where it stands; false if its neighbours are taken. */
  tryExtendRun(address: number, blocks: number): boolean {
    const start = address / blockBytes;
    const had = this.#runs[start]!;
    const end = start + blocks;
    if (end > this.#taken.length) return false;
    for (let block = start + had; block < end; block++) if (this.#taken[block] === 1) return false;
    this.#taken.fill(1, start + had, end);
    this.#runs[start] = blocks;
    this.#count(blocks - had);
    return true;
  }

  /** As `tryExtendRun`, towards lower addresses: the address where the run begins then, 0 if its neighbours are taken. */
  tryExtendRunDown(address: number, blocks: number): number {
    const end = address / blockBytes + this.#runs[address / blockBytes]!;
    const start = end - blocks;
    if (start < firstBlock) return 0;
    for (let block = start; block < address / blockBytes; block++) if (this.#taken[block] === 1) return 0;
    this.#count(blocks - this.#runs[address / blockBytes]!);
    this.#runs[address / blockBytes] = 0;
    this.#taken.fill(1, start, end);
    this.#runs[start] = blocks;
    return start * blockBytes;
  }

  freeRun(address: number): void {
    const start = address / blockBytes;
    const blocks = this.#runs[start]!;
    if (blocks === 0) throw new Error(`bug: no run starts at ${address}`);
    this.#taken.fill(0, start, start + blocks);
    this.#runs[start] = 0;
    this.#firstFree = Math.min(this.#firstFree, start);
    this.#count(-blocks);
  }

  #count(blocks: number): void {
    this.#takenBlocks += blocks;
    if (this.#takenBlocks > this.#peakBlocks) this.#peakBlocks = this.#takenBlocks;
  }
}

/** Pieces of memory that live and die together. */
export class Region {
  readonly arena: Arena;
  readonly owner: string;
  readonly #runs: number[] = [];
  #next = 0;
  #end = 0;
  #held = 0;
  #firstRunBytes = 0;

  constructor(arena: Arena, owner: string) {
    this.arena = arena;
    this.owner = owner;
  }

  /** Bytes of the blocks this region holds. */
  get held(): number {
    return this.#held;
  }

  /** Of these, bytes that are reserved, or were passed over for a piece that did not fit. */
  get used(): number {
    return this.#held - (this.#end - this.#next);
  }

  /** The address of `bytes` bytes, not cleared; 0 if the budget does not suffice. Zero bytes get an address too. */
  tryReserve(bytes: number): number {
    const size = padded(bytes);
    if (this.#next + size > this.#end && !this.#takeRun(size)) return 0;
    const address = this.#next;
    this.#next += size;
    return address;
  }

  /** As `tryReserve`, but a budget that does not suffice is a memory error that names the owner. */
  reserve(bytes: number): number {
    const address = this.tryReserve(bytes);
    if (address === 0) throw memoryError(this.owner, bytes, this.arena.reserved, this.arena.capacity);
    return address;
  }

  /** As `reserve`, cleared to zero. */
  reserveZeroed(bytes: number): number {
    const address = this.reserve(bytes);
    this.arena.bytes.fill(0, address, address + padded(bytes));
    return address;
  }

  /** Forgets every piece. The first run is kept, so that a region filled again and again does not churn. */
  reset(): void {
    while (this.#runs.length > 1) this.arena.freeRun(this.#runs.pop()!);
    const first = this.#runs[0] ?? 0;
    this.#next = first;
    this.#end = first + this.#firstRunBytes;
    this.#held = this.#firstRunBytes;
  }

  /** Forgets every piece and gives all blocks back. The region can be used again. */
  release(): void {
    for (const run of this.#runs) this.arena.freeRun(run);
    this.#runs.length = 0;
    this.#next = 0;
    this.#end = 0;
    this.#held = 0;
    this.#firstRunBytes = 0;
  }

  #takeRun(size: number): boolean {
    // A first run that holds nothing yet and is too short would be kept beside the one that is not.
    if (this.#runs.length === 1 && this.#next === this.#runs[0]) this.release();
    // Runs grow with the region (an eighth of what it holds, at most 8 MiB), so that it has few of them.
    const least = Math.ceil(size / blockBytes);
    const wanted = Math.max(least, Math.min(128, Math.ceil(this.#held / 8 / blockBytes)));
    let blocks = wanted;
    let run = this.arena.tryTakeRun(blocks);
    if (run === 0 && wanted > least) {
      blocks = least;
      run = this.arena.tryTakeRun(blocks);
    }
    if (run === 0) return false;
    if (this.#runs.length === 0) this.#firstRunBytes = blocks * blockBytes;
    this.#runs.push(run);
    this.#next = run;
    this.#end = run + blocks * blockBytes;
    this.#held += blocks * blockBytes;
    return true;
  }
}

/**
 * One array that grows: a run of its own, extended where its neighbours are free, else moved to twice the size. With a
 * `nursery`, a region that outlives it, it begins as a piece of that: many arrays may be small.
 */
export class Growable {
  readonly arena: Arena;
  readonly owner: string;
  readonly #nursery: Region | null;
  #address = 0;
  #capacity = 0;

  constructor(arena: Arena, owner: string, nursery: Region | null = null) {
    this.arena = arena;
    this.owner = owner;
    this.#nursery = nursery;
  }

  /** Changes when the array moves; read it again after every `ensure`. 0 before the first. */
  get address(): number {
    return this.#address;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /**
   * Makes room for `bytes` in all, keeping the content; false if the budget does not suffice. New bytes are not cleared.
   * Where it can, an array that grows becomes `times` as large.
   */
  tryEnsure(bytes: number, times = 2): boolean {
    if (bytes <= this.#capacity) return true;
    if (this.#nursery !== null && bytes <= blockBytes / 2 && this.#takePiece(bytes, this.#nursery))
      return true;
    const least = Math.ceil(bytes / blockBytes);
    const doubled = Math.max(least, Math.ceil((this.#capacity * times) / blockBytes));
    return this.#resize(doubled) || (doubled > least && this.#resize(least));
  }

  /** As `tryEnsure`, but a budget that does not suffice is a memory error that names the owner. */
  ensure(bytes: number): void {
    if (!this.tryEnsure(bytes))
      throw memoryError(this.owner, bytes - this.#capacity, this.arena.reserved, this.arena.capacity);
  }

  release(): void {
    if (this.#isRun) this.arena.freeRun(this.#address);
    this.#address = 0;
    this.#capacity = 0;
  }

  /** Pieces of a nursery are less than a block. */
  get #isRun(): boolean {
    return this.#capacity >= blockBytes;
  }

  #takePiece(bytes: number, nursery: Region): boolean {
    const size = 2 ** Math.ceil(Math.log2(Math.max(pieceBytes, bytes)));
    const piece = nursery.tryReserve(size);
    if (piece !== 0) this.#moveTo(piece, size);
    return piece !== 0;
  }

  #resize(blocks: number): boolean {
    const bytes = blocks * blockBytes;
    if (this.#isRun && this.arena.tryExtendRun(this.#address, blocks)) {
      this.#capacity = bytes;
      return true;
    }
    const lower = this.#isRun ? this.arena.tryExtendRunDown(this.#address, blocks) : 0;
    if (lower !== 0) {
      this.arena.bytes.copyWithin(lower, this.#address, this.#address + this.#capacity);
      this.#address = lower;
      this.#capacity = bytes;
      return true;
    }
    const moved = this.arena.tryTakeRun(blocks);
    if (moved !== 0) this.#moveTo(moved, bytes);
    return moved !== 0;
  }

  #moveTo(address: number, capacity: number): void {
    this.arena.bytes.copyWithin(address, this.#address, this.#address + this.#capacity);
    if (this.#isRun) this.arena.freeRun(this.#address);
    this.#address = address;
    this.#capacity = capacity;
  }
}
