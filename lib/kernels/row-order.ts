/**
 * The order of rows that lie in chunks. Every key gives words, unsigned integers of the order wanted:
 *
 *   null or not    1 bit, where there are nulls
 *   numbers        the ordered bits; decimals give two words
 *   coded text     the rank of the entry in the sorted dictionary
 *   plain text     7 bytes and how many follow, again and again
 *
 * Less the least there is, and without the lowest bits that all have alike: texts of one length, whole numbers held as
 * doubles.
 *
 *   words of the first keys ──▶ packed into 64 bits ──▶ radix sort, most significant first ──▶ ranges of equal rows
 *                                                               ▲                                    │
 *                                                               `──── next word, of those rows ◀─────'
 *
 * Only the words differ by type. Equal rows keep their order. Memory: 32 bytes a row.
 */
import { type DataType, physicalOf } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import type { ChunkTable } from './chunk-table.js';
import type { Machine } from './machine.js';
import type { Ranks } from './ranks.js';
import type { SortOrder } from './sort-keys.js';
import { kernel } from './wasm.js';

/** A column that decides the order, by its position in the batches. */
export interface SortColumn extends SortOrder {
  readonly column: number;
}

/** Sorted rows: `rows` writes `count` of them, from the place `from` on, as uint32s for `ChunkTable.gather`. */
export interface RowOrder {
  readonly length: number;
  rows(from: number, count: number, out: number): void;
}

/** Bytes of the arena that the order of `rows` rows takes, beside the ranks of dictionaries. */
export const orderBytes = (rows: number): number =>
  rows * 2 * itemBytes + stackBytes + countBytes + 2 * 65536;

const itemBytes = 16;
/** Counts of one depth take 8 KiB at most, and there are six of such. */
const stackBytes = 54 * 1024;
const countBytes = 2048 * 4;
/** Most bits that rows are scattered by at once. */
const scatterBits = 11;
/** Rows that are worked on before others have their turn. */
const slice = 2 ** 17;
/** Words of a text that are sorted by before texts are compared. */
const textWords = 6;

/** One word of a key: writes it for marked items [from, to), and returns how many texts go on behind it. */
interface Part {
  readonly table: number;
  readonly nullable: boolean;
  readonly text: boolean;
  readonly descending: boolean;
  write(items: number, from: number, to: number, out: number, stride: number, word: number): number;
}

/** Puts rows of chunks [from, to) in order, in `region`; null if memory does not suffice. `rest` is awaited now and then. */
export async function orderRows(
  chunks: ChunkTable,
  from: number,
  to: number,
  types: readonly DataType[],
  keys: readonly SortColumn[],
  ranks: Ranks,
  region: Region,
  machine: Machine,
  rest: () => Promise<void>,
): Promise<RowOrder | null> {
  let length = 0;
  for (let chunk = from; chunk < to; chunk++) length += chunks.rowsOf(chunk);
  const parts: Part[] = [];
  for (const key of keys) {
    const added = await partsOf(key, chunks, types[key.column]!, length, ranks, machine);
    if (added === null) return null;
    parts.push(...added);
  }
  const items = region.tryReserve(length * itemBytes);
  const other = items === 0 ? 0 : region.tryReserve(length * itemBytes);
  const stack = other === 0 ? 0 : region.tryReserve(stackBytes + countBytes + 64);
  if (stack === 0) return null;
  const { kernels } = machine;
  let at = items;
  for (let chunk = from; chunk < to; chunk++) {
    kernels.sort_items(chunk, chunks.rowsOf(chunk), at);
    at += chunks.rowsOf(chunk) * itemBytes;
  }
  const sorting = new Sorting(items, other, length, stack, machine, rest);
  await sorting.sort(parts);
  return {
    length,
    rows: (first, count, out) => kernels.sort_rows(items, first, count, out),
  };
}

class Sorting {
  readonly #items: number;
  readonly #other: number;
  readonly #length: number;
  readonly #stack: number;
  readonly #counts: number;
  /** What words have in common (`sort_word_range`); also the count of rows in ranges. */
  readonly #range: number;
  readonly #machine: Machine;
  readonly #rest: () => Promise<void>;

  constructor(
    items: number,
    other: number,
    length: number,
    stack: number,
    machine: Machine,
    rest: () => Promise<void>,
  ) {
    this.#items = items;
    this.#other = other;
    this.#length = length;
    this.#stack = stack;
    this.#counts = stack + stackBytes;
    this.#range = this.#counts + countBytes;
    this.#machine = machine;
    this.#rest = rest;
  }

  async sort(parts: readonly Part[]): Promise<void> {
    const next = await this.#pack(parts);
    if (next.bits > 0) await this.#sortByWord(next.bits);
    let { index, word } = next;
    if (index === parts.length) return;
    let tied = this.#machine.kernels.sort_mark(this.#items, this.#length);
    while (tied > 0 && index < parts.length) {
      const part = parts[index]!;
      if (word > textWords) {
        tied = await this.#refineTexts(part, word);
        word = 0;
        index++;
        continue;
      }
      const longer = await this.#write(part, this.#items, itemBytes, word);
      tied = await this.#refine();
      if (longer > 0) {
        word++;
      } else {
        word = 0;
        index++;
      }
    }
  }

  /**
   * Packs the first words into the items' 64 bits, without what all rows share. Returns the bits in use, and the word
   * that is next: the one of which only the upper bits found room, if there is one.
   */
  async #pack(parts: readonly Part[]): Promise<{ bits: number; index: number; word: number }> {
    const { kernels } = this.#machine;
    let bits = 0;
    let word = 0;
    for (let index = 0; index < parts.length; ) {
      if (bits === 64 || word > textWords) return { bits, index, word };
      const part = parts[index]!;
      const longer = await this.#write(part, this.#other, 8, word);
      const { bits: wanted, constant } = await this.#varyingBits(part);
      const taken = Math.min(wanted, 64 - bits);
      const dropped = constant + wanted - taken;
      if (taken > 0)
        for (const [from, to] of this.#slices())
          kernels.sort_pack(this.#items, this.#other, from, to, this.#range, taken, dropped);
      bits += taken;
      if (taken < wanted) return { bits, index, word };
      if (longer > 0) {
        word++;
      } else {
        word = 0;
        index++;
      }
    }
    return { bits, index: parts.length, word: 0 };
  }

  async #write(part: Part, out: number, stride: number, word: number): Promise<number> {
    let longer = 0;
    for (const [from, to] of this.#slices()) {
      longer += part.write(this.#items, from, to, out, stride, word);
      await this.#rest();
    }
    return longer;
  }

  /** Bits in which words differ, once the least is taken from them; the least is left at the range. */
  async #varyingBits(part: Part): Promise<{ readonly bits: number; readonly constant: number }> {
    const { arena, kernels } = this.#machine;
    arena.view.setBigUint64(this.#range, 2n ** 64n - 1n, true);
    arena.bytes.fill(0, this.#range + 8, this.#range + 32);
    const table = part.nullable ? part.table : 0;
    for (const [from, to] of this.#slices())
      kernels.sort_word_range(this.#other, this.#items, from, to, table, this.#range);
    const [least, most, ones, zeros] = [0, 8, 16, 24].map((at) =>
      arena.view.getBigUint64(this.#range + at, true),
    ) as [bigint, bigint, bigint, bigint];
    if (most <= least) return { bits: 0, constant: 0 };
    const constant = trailingZeros(ones & zeros);
    return { bits: (most - least).toString(2).length - constant, constant };
  }

  async #sortByWord(wordBits: number): Promise<void> {
    const { arena, kernels } = this.#machine;
    if (this.#length <= slice) {
      kernels.sort_radix(this.#items, this.#other, this.#length, this.#stack);
      return;
    }
    const bits = Math.min(scatterBits, wordBits);
    const shift = wordBits - bits;
    const buckets = 2 ** bits;
    const counts = this.#counts;
    arena.bytes.fill(0, counts, counts + buckets * 4);
    for (const [from, to] of this.#slices())
      kernels.sort_histogram(this.#items, from, to, shift, bits, counts);
    kernels.sort_places(counts, buckets);
    for (const [from, to] of this.#slices()) {
      kernels.sort_scatter(this.#items, from, to, this.#other, shift, bits, counts);
      await this.#rest();
    }
    // By now a bucket's place is its end.
    let from = 0;
    for (let bucket = 0, start = 0; bucket < buckets; bucket++) {
      const end = arena.view.getUint32(counts + bucket * 4, true);
      if (end - start < slice && bucket + 1 < buckets) continue;
      kernels.sort_buckets(this.#other, this.#items, counts, from, bucket + 1, this.#stack);
      from = bucket + 1;
      start = end;
      await this.#rest();
    }
  }

  /** Sorts the ranges by their new words. Returns how many rows are still in ranges of equal ones. */
  async #refine(): Promise<number> {
    const { kernels } = this.#machine;
    return this.#eachRange((from, to) =>
      kernels.sort_refine(this.#items, this.#other, from, to, this.#stack, this.#range),
    );
  }

  async #refineTexts({ table, descending }: Part, word: number): Promise<number> {
    const { kernels } = this.#machine;
    return this.#eachRange((from, to) =>
      kernels.sort_refine_text(
        this.#items,
        this.#other,
        from,
        to,
        table,
        word * 7,
        descending ? 1 : 0,
        this.#range,
      ),
    );
  }

  /** `work` does the ranges that begin in [from, to) and returns where the last one ends. */
  async #eachRange(work: (from: number, to: number) => number): Promise<number> {
    const { view } = this.#machine.arena;
    view.setInt32(this.#range, 0, true);
    for (let from = 0; from < this.#length; ) {
      from = work(from, Math.min(from + slice, this.#length));
      await this.#rest();
    }
    return view.getInt32(this.#range, true);
  }

  *#slices(): Generator<[number, number], void, void> {
    for (let from = 0; from < this.#length; from += slice) yield [from, Math.min(from + slice, this.#length)];
  }
}

function trailingZeros(bits: bigint): number {
  const text = bits.toString(2);
  return text.length - 1 - text.lastIndexOf('1');
}

/** The words of one key; null if memory does not suffice for what they need. */
async function partsOf(
  { column, descending, nullsFirst }: SortColumn,
  chunks: ChunkTable,
  type: DataType,
  length: number,
  ranks: Ranks,
  machine: Machine,
): Promise<Part[] | null> {
  const { kernels } = machine;
  const table = chunks.column(column);
  const { nullable, dictionary } = chunks.summary(column);
  const down = descending ? 1 : 0;
  const parts: Part[] = [];
  const add = (write: Part['write'], text = false): void => {
    parts.push({ table, nullable, text, descending, write });
  };
  if (nullable) {
    const first = nullsFirst ? 1 : 0;
    parts.push({
      table,
      nullable: false,
      text: false,
      descending: false,
      write: (items, from, to, out, stride) => {
        kernels.sort_words_null(table, items, from, to, out, stride, first);
        return 0;
      },
    });
  }
  const physical = physicalOf(type);
  if (physical === 'text' && dictionary !== null && dictionary.length <= 2 * length) {
    const ranked = await ranks.of(dictionary);
    if (ranked === 0) return null;
    add((items, from, to, out, stride) => {
      kernels.sort_words_rank(table, items, from, to, out, stride, down, ranked);
      return 0;
    });
  } else if (physical === 'text') {
    add(
      (items, from, to, out, stride, word) =>
        kernels.sort_words_text(table, items, from, to, out, stride, down, word),
      true,
    );
  } else if (physical === 'i128') {
    for (const upper of [1, 0])
      add((items, from, to, out, stride) => {
        kernels.sort_words_i128(table, items, from, to, out, stride, down, upper);
        return 0;
      });
  } else if (physical === 'bit' || physical === 'f32' || physical === 'f64') {
    const words = kernel(kernels, `sort_words_${physical}`);
    add((items, from, to, out, stride) => {
      words(table, items, from, to, out, stride, down);
      return 0;
    });
  } else {
    const unsigned = physical.startsWith('u') ? 1 : 0;
    add((items, from, to, out, stride) => {
      kernels.sort_words_integer(table, items, from, to, out, stride, down, unsigned);
      return 0;
    });
  }
  return parts;
}
