/** Which hashes were seen, told in a few bits each: who was seen is always known, of the others nearly all are told. */
import { Growable, type Region } from '../memory/arena.js';
import type { Machine } from './machine.js';

/** Rows that show whether the filter is worth its while, and how many of them must be kept from further work. */
const trialRows = 2 ** 17;
const leastStrays = 1 / 8;

export class BloomFilter {
  readonly #machine: Machine;
  readonly #words: Growable;
  #count = 0;
  #tested = 0;
  #strays = 0;

  /** With 8 bits a hash some 4 of 100 that were not seen pass, with 4 bits some 20. */
  constructor(bytes: number, machine: Machine, owner: string) {
    this.#machine = machine;
    this.#words = new Growable(machine.arena, owner);
    if (!this.#words.tryEnsure(bytes)) return;
    this.#count = Math.floor(bytes / 8);
    machine.arena.bytes.fill(0, this.#words.address, this.#words.address + bytes);
  }

  /** Bytes of memory taken; none where there was no room, or it was not worth it. */
  get held(): number {
    return this.#words.capacity;
  }

  /** Takes note of `length` hashes. */
  add(hashes: number, length: number): void {
    if (this.held > 0) this.#machine.kernels.bloom_add(this.#words.address, this.#count, hashes, length);
  }

  /**
   * Puts those of the `count` row numbers at `rows` to the front whose hash was not seen, and returns how many they
   * are. Gives its memory back once it is plain that nearly all were seen.
   */
  split(hashes: number, rows: number, count: number, region: Region): number {
    if (this.held === 0 || count === 0) return 0;
    const others = region.reserve(count * 4);
    const { address } = this.#words;
    const strays = this.#machine.kernels.bloom_split(address, this.#count, hashes, rows, count, others);
    this.#tested += count;
    this.#strays += strays;
    if (this.#tested >= trialRows && this.#strays < this.#tested * leastStrays) this.release();
    return strays;
  }

  release(): void {
    this.#words.release();
  }
}
