/**
 * What functions of dictionary-coded text come to, entry by entry. A dictionary only grows, so each entry is
 * computed once however many batches there are. Who evaluates batch after batch holds one memo and releases it.
 */
import { bitmapBytes, type Dictionary, fixedVector, textVector, type Vector } from '../arrow/batch.js';
import { physicalOf, widthOf } from '../arrow/types.js';
import type { Runtime } from '../formats/format.js';
import { Interner } from '../kernels/interner.js';
import { Growable, type Region } from '../memory/arena.js';
import type { Bound } from '../plan/bound.js';

/** Computes the results for a column of texts. */
export type Compute = (texts: Vector) => Vector;

export class Memo {
  readonly #runtime: Runtime;
  readonly #owner: string;
  readonly #results = new Map<Bound, Map<object, Result>>();

  constructor(runtime: Runtime, owner: string) {
    this.#runtime = runtime;
    this.#owner = owner;
  }

  /** The results for every entry of a dictionary: `bound` applied to it. Valid until the dictionary has grown. */
  entries(bound: Bound, dictionary: Dictionary, compute: Compute, region: Region): Vector {
    let lineages = this.#results.get(bound);
    if (lineages === undefined) {
      lineages = new Map();
      this.#results.set(bound, lineages);
    }
    let result = lineages.get(dictionary.lineage);
    if (result === undefined) {
      result = new Result(this.#runtime, this.#owner, bound);
      lineages.set(dictionary.lineage, result);
    }
    return result.upTo(dictionary, compute, region);
  }

  release(): void {
    for (const lineages of this.#results.values()) for (const result of lineages.values()) result.release();
    this.#results.clear();
  }
}

/** For one expression and one dictionary. */
class Result {
  readonly #runtime: Runtime;
  readonly #bound: Bound;
  readonly #data: Growable;
  readonly #validity: Growable;
  readonly #texts: Interner | null;
  #done = 0;
  #hasNulls = false;

  constructor(runtime: Runtime, owner: string, bound: Bound) {
    this.#runtime = runtime;
    this.#bound = bound;
    this.#data = new Growable(runtime.arena, owner);
    this.#validity = new Growable(runtime.arena, owner);
    this.#texts =
      physicalOf(bound.type) === 'text' ? new Interner(runtime.arena, runtime.kernels, owner) : null;
  }

  upTo(dictionary: Dictionary, compute: Compute, region: Region): Vector {
    const { type } = this.#bound;
    if (dictionary.length > this.#done) this.#add(dictionary, compute, region);
    const validity = this.#hasNulls ? this.#validity.address : 0;
    const results = fixedVector(type, dictionary.length, this.#data.address, validity);
    return this.#texts === null ? results : { ...results, dictionary: this.#texts.dictionary() };
  }

  release(): void {
    this.#data.release();
    this.#validity.release();
    this.#texts?.release();
  }

  /** From a multiple of 8 on, so that bitmaps are joined byte by byte. */
  #add(dictionary: Dictionary, compute: Compute, region: Region): void {
    const { bytes } = this.#runtime.arena;
    const from = this.#done & ~7;
    const count = dictionary.length - from;
    let made = compute(textVector({ kind: 'utf8' }, count, dictionary.data, dictionary.offsets + from * 4));
    if (this.#texts !== null) made = this.#texts.intern(made, region);
    const width = this.#texts === null ? widthOf(made.type) : 4;
    if (width === 0) append(this.#data, made.data, from >> 3, bitmapBytes(count));
    else append(this.#data, made.data, from * width, count * width);
    if (made.validity !== 0 && !this.#hasNulls) {
      this.#hasNulls = true;
      this.#validity.ensure(bitmapBytes(dictionary.length) + 64);
      this.#runtime.kernels.bitmap_fill(this.#validity.address, from);
    }
    if (made.validity !== 0) append(this.#validity, made.validity, from >> 3, bitmapBytes(count));
    else if (this.#hasNulls) {
      const size = bitmapBytes(dictionary.length);
      this.#validity.ensure(size + 64);
      bytes.fill(255, this.#validity.address + (from >> 3), this.#validity.address + size);
    }
    this.#done = dictionary.length;

    function append(to: Growable, data: number, at: number, size: number): void {
      // Kernels read whole vectors.
      to.ensure(at + size + 64);
      bytes.copyWithin(to.address + at, data, data + size);
    }
  }
}
