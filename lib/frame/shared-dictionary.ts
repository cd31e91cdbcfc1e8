/** One dictionary for a text column of a whole result, whatever dictionaries its batches come with. */
import * as arrow from 'apache-arrow';
import type { Vector } from '../arrow/batch.js';
import type { Runtime } from '../formats/format.js';
import { Interner } from '../kernels/interner.js';
import { decoded } from '../kernels/take.js';
import type { Region } from '../memory/arena.js';

/** A dictionary that takes more of the arena is begun anew, so that a stream of batches stays within bounds. */
const maxShare = 1 / 16;

/** Its offset and its slots in the interner's table. */
const bytesPerEntry = 40;

/**
 * Grows by a chunk when a batch brings new texts. The chunks already given are shared with the dictionary of
 * the batches before, which is how apache-arrow's writers know to write only what is new.
 */
export class SharedDictionary {
  readonly #runtime: Runtime;
  readonly #owner: string;
  #interner: Interner;
  #texts: arrow.Vector<arrow.Utf8> | null = null;

  constructor(runtime: Runtime, owner: string) {
    this.#runtime = runtime;
    this.#owner = owner;
    this.#interner = this.#begin();
  }

  /** The column's codes, in `region`. */
  encode(column: Vector, region: Region): Vector {
    const { count, dataBytes } = this.#interner;
    if (count * bytesPerEntry + dataBytes > this.#runtime.arena.capacity * maxShare) {
      this.#interner.release();
      this.#interner = this.#begin();
      this.#texts = null;
    }
    // Of a dictionary that has more than the rows can use, only what they use is given.
    const isLarge = column.dictionary !== null && column.dictionary.length > column.length;
    return this.#interner.intern(isLarge ? decoded(column, region, this.#runtime) : column, region);
  }

  /** The texts of all codes so far. */
  texts(): arrow.Vector<arrow.Utf8> {
    const before = this.#texts?.data.filter((chunk) => chunk.length > 0) ?? [];
    const from = this.#texts?.length ?? 0;
    const { length } = this.#interner.dictionary();
    if (this.#texts === null || length > from)
      this.#texts = new arrow.Vector([...before, this.#chunk(from, length)]);
    return this.#texts;
  }

  release(): void {
    this.#interner.release();
  }

  #chunk(from: number, to: number): arrow.Data<arrow.Utf8> {
    const { offsets, data } = this.#interner.dictionary();
    const { buffer } = this.#runtime.arena;
    const ends = new Int32Array(buffer.slice(offsets + from * 4, offsets + (to + 1) * 4));
    const start = ends[0]!;
    return arrow.makeData({
      type: new arrow.Utf8(),
      length: to - from,
      nullCount: 0,
      valueOffsets: start === 0 ? ends : ends.map((end) => end - start),
      data: new Uint8Array(buffer.slice(data + start, data + ends.at(-1)!)),
    });
  }

  #begin(): Interner {
    const { arena, kernels } = this.#runtime;
    return new Interner(arena, kernels, this.#owner);
  }
}
