/** A dictionary of somebody's Arrow file: it may repeat entries, grow by deltas, or be replaced. */
import { batchRows, type Dictionary, type Vector } from '../../arrow/batch.js';
import { type DataType, physicalOf } from '../../arrow/types.js';
import { Interner } from '../../kernels/interner.js';
import { kernel } from '../../kernels/wasm.js';
import { Growable, type Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';

export class ForeignDictionary {
  readonly #runtime: Runtime;
  readonly #interner: Interner;
  /** By foreign code, ours. */
  readonly #map: Growable;
  #entries = 0;

  constructor(name: string, runtime: Runtime) {
    this.#runtime = runtime;
    this.#interner = new Interner(runtime.arena, runtime.kernels, `the dictionary of ${name}`);
    this.#map = new Growable(runtime.arena, `the dictionary of ${name}`);
  }

  /** Forgets what foreign codes meant; ours keep their meaning. */
  clear(): void {
    this.#entries = 0;
  }

  /** The next foreign codes mean these texts. */
  add(texts: Vector, region: Region): void {
    const codes = this.#interner.intern(texts, region);
    this.#map.ensure((this.#entries + texts.length) * 4);
    this.#runtime.arena.bytes.copyWithin(
      this.#map.address + this.#entries * 4,
      codes.data,
      codes.data + texts.length * 4,
    );
    this.#entries += texts.length;
  }

  /** Our codes in `region`, and the first row whose code is not known, or -1. */
  decode(
    codes: number,
    index: DataType,
    validity: number,
    rows: number,
    region: Region,
  ): { readonly vector: number; readonly bad: number } {
    const vector = region.reserve(rows * 4);
    const decode = kernel(this.#runtime.kernels, `foreign_codes_${physicalOf(index)}`);
    return { vector, bad: decode(codes, validity, rows, this.#map.address, this.#entries, vector) };
  }

  dictionary(): Dictionary {
    return this.#interner.dictionary();
  }

  release(): void {
    this.#interner.release();
    this.#map.release();
  }
}

/** Entries are taken in pieces, so that a large dictionary needs no second copy of itself. */
export const entriesAtOnce = batchRows;
