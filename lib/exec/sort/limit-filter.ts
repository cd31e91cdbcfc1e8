/**
 * Leaves out rows that can no longer be among the first so many: those whose key is not below that of the last row
 * kept. Most rows are told by their first column alone; if that is coded, by one comparison for each entry of its
 * dictionary.
 */
import { type Batch, type Dictionary, textVector, type Vector } from '../../arrow/batch.js';
import { slices } from '../../arrow/slice.js';
import type { SortColumn } from '../../kernels/row-order.js';
import { encodeSortKeys, type SortKeys } from '../../kernels/sort-keys.js';
import { takeBatch } from '../../kernels/take.js';
import { Growable, type Region } from '../../memory/arena.js';
import type { Context } from '../context.js';

export class LimitFilter {
  readonly #keys: readonly SortColumn[];
  readonly #context: Context;
  /** The key of the last row kept. */
  readonly #home: Region;
  #data = 0;
  #bytes = 0;
  /** Of the rows that passed. */
  readonly #region: Region;
  /** A byte for each entry of a dictionary: may a row with it be below? */
  readonly #verdicts: Growable;
  #lineage: object | null = null;
  #judged = 0;

  constructor(keys: readonly SortColumn[], context: Context, owner: string) {
    this.#keys = keys;
    this.#context = context;
    this.#home = context.arena.region(owner);
    this.#region = context.arena.region(owner);
    this.#verdicts = new Growable(context.arena, owner);
  }

  /** From now on rows must be below the only row of `last`; those that passed before stay valid. */
  set(last: Batch): void {
    const { arena } = this.#context;
    const region = arena.region(this.#home.owner);
    try {
      const { data, bytes } = this.#encode(last, this.#keys, region);
      this.#home.reset();
      this.#data = this.#home.reserve(bytes + 8);
      this.#bytes = bytes;
      arena.bytes.copyWithin(this.#data, data, data + bytes);
      this.#lineage = null;
    } finally {
      region.release();
    }
  }

  /** The rows that may still be among the first; valid until the next call. */
  passed(batch: Batch): Batch {
    if (this.#bytes === 0 || batch.length === 0) return batch;
    this.#region.reset();
    const likely = this.#below(batch, this.#keys.slice(0, 1));
    return this.#keys.length === 1 || likely.length === 0 ? likely : this.#below(likely, this.#keys);
  }

  release(): void {
    this.#home.release();
    this.#region.release();
    this.#verdicts.release();
    this.#bytes = 0;
  }

  /** The rows that are below as far as `keys` tell, the first of all: as columns cannot run into each other, a shorter key is below. */
  #below(batch: Batch, keys: readonly SortColumn[]): Batch {
    const region = this.#region;
    const { kernels } = this.#context;
    const { length } = batch;
    const indices = region.reserve(length * 4);
    const first = batch.columns[keys[0]!.column]!;
    let count: number;
    if (keys.length === 1 && first.dictionary !== null && this.#judge(first, first.dictionary)) {
      const nulls = this.#nullBelow(keys[0]!) ? 1 : 0;
      count = kernels.sort_below_coded(
        first.data,
        first.validity,
        length,
        this.#verdicts.address,
        nulls,
        indices,
      );
    } else {
      const encoded = this.#encode(batch, keys, region);
      count = kernels.sort_below(encoded.offsets, encoded.data, length, this.#data, this.#bytes, indices);
    }
    return count === length ? batch : takeBatch(batch, indices, count, region, this.#context);
  }

  /** Is there a verdict for every entry? Not where the dictionary has more entries than it is worth. */
  #judge(column: Vector, dictionary: Dictionary): boolean {
    if (this.#lineage !== dictionary.lineage) this.#judged = 0;
    const entries = dictionary.length - this.#judged;
    if (this.#judged === 0 && entries > 4 * column.length) return false;
    if (entries === 0) return true;
    if (!this.#verdicts.tryEnsure(dictionary.length)) return false;
    const { arena, kernels } = this.#context;
    const region = arena.region('sort');
    try {
      const verdicts = this.#verdicts.address;
      arena.bytes.fill(0, verdicts + this.#judged, verdicts + dictionary.length);
      const offsets = dictionary.offsets + this.#judged * 4;
      const texts = textVector(column.type, entries, dictionary.data, offsets);
      const { descending, nullsFirst } = this.#keys[0]!;
      let from = verdicts + this.#judged;
      for (const piece of slices({ length: entries, columns: [texts] })) {
        region.reset();
        const encoded = this.#encode(piece, [{ column: 0, descending, nullsFirst }], region);
        const below = region.reserve(piece.length * 4);
        const count = kernels.sort_below(
          encoded.offsets,
          encoded.data,
          piece.length,
          this.#data,
          this.#bytes,
          below,
        );
        kernels.sort_set_flags(below, count, from);
        from += piece.length;
      }
    } finally {
      region.release();
    }
    this.#lineage = dictionary.lineage;
    this.#judged = dictionary.length;
    return true;
  }

  #nullBelow({ nullsFirst }: SortColumn): boolean {
    return (nullsFirst ? 0 : 2) <= this.#context.arena.bytes[this.#data]!;
  }

  #encode(batch: Batch, keys: readonly SortColumn[], region: Region): SortKeys {
    const columns = keys.map(({ column }) => batch.columns[column]!);
    return encodeSortKeys(columns, keys, batch.length, region, this.#context.kernels);
  }
}
