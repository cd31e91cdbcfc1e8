/**
 * A column of texts. Rows stay coded as long as all of a batch come from the dictionary; where a writer gave the
 * dictionary up, the batch in which that happens is spelled out.
 */
import { isUtf8 } from 'node:buffer';
import { bitmapBytes, codedVector, type Dictionary, textVector, type Vector } from '../../arrow/batch.js';
import { utf8 } from '../../arrow/types.js';
import { memoryError } from '../../errors.js';
import type { Growable, Region } from '../../memory/arena.js';
import { isCoded, openCodes, PageRows } from './page-rows.js';
import type { ColumnPages, Page } from './pages.js';
import { roomIn, type Space, slack } from './space.js';
import { openTexts, type StoredTexts, type TextCursors, textCursors } from './stored-texts.js';

const maxTextBytes = 2 ** 31 - 1;

/** A batch that is being made. */
interface Taken {
  readonly codes: number;
  readonly validity: number;
  readonly offsets: number;
  /** Whether its rows are codes so far. */
  coded: boolean;
  /** Bytes of its texts, where they are not. */
  bytes: number;
}

export class TextColumn {
  readonly #space: Space;
  readonly #rows: PageRows;
  readonly #cursors: TextCursors;
  readonly #codes: number;
  readonly #entries: Growable;
  readonly #texts: Growable;
  #dictionary: Dictionary | null = null;
  /** Of the page that is open; null where it has codes. */
  #stored: StoredTexts | null = null;

  constructor(pages: ColumnPages, space: Space) {
    this.#space = space;
    this.#cursors = textCursors(space);
    this.#codes = space.cursor();
    this.#entries = space.ofColumn('parquet dictionary');
    this.#texts = space.ofColumn('parquet texts');
    const opener = {
      dictionary: (page: Page) => this.#openDictionary(page),
      data: (page: Page) => this.#open(page),
    };
    this.#rows = new PageRows(pages, opener, space);
  }

  take(length: number, region: Region): Vector {
    const taken: Taken = {
      codes: region.reserve(length * 4 + slack),
      validity: region.reserve(bitmapBytes(length) + slack),
      offsets: region.reserve((length + 1) * 4),
      coded: true,
      bytes: 0,
    };
    const nulls = this.#rows.each(length, taken.validity, (row, count, present) => {
      // Codes have to point at an entry, even those of nulls.
      if (this.#stored === null && taken.coded && this.#dictionary!.length > 0)
        this.#takeCodes(taken, row, count, present);
      else this.#takeTexts(taken, row, count, present);
    });
    const validity = nulls > 0 ? taken.validity : 0;
    if (taken.coded && length > 0) return codedVector(utf8, length, taken.codes, this.#dictionary!, validity);
    const { address } = this.#texts;
    this.#checkUtf8(address, taken.bytes);
    return textVector(utf8, length, address, taken.offsets, validity);
  }

  #openDictionary(page: Page): void {
    if (this.#dictionary !== null) throw new Error('it has two dictionaries');
    const { count, values } = page;
    if (count * 4 > values.end - values.start) throw new Error(`a dictionary claims to have ${count} values`);
    const { arena, kernels } = this.#space.runtime;
    const texts = openTexts(page, this.#cursors, this.#space);
    const lengths = roomIn(this.#space.lengths, count * 4);
    const bytes = texts.measure(count, lengths);
    const offsets = roomIn(this.#entries, (count + 1) * 4 + bytes);
    const data = offsets + (count + 1) * 4;
    texts.copy(count, lengths, data, bytes);
    arena.view.setInt32(offsets, 0, true);
    kernels.parquet_text_offsets(lengths, 0, 0, count, offsets);
    this.#checkUtf8(data, bytes);
    this.#dictionary = { length: count, offsets, data, lineage: {}, distinct: false, origin: null };
  }

  #open(page: Page): void {
    this.#stored = isCoded(page) ? null : openTexts(page, this.#cursors, this.#space);
    if (this.#stored !== null) return;
    if (this.#dictionary === null) throw new Error('a dictionary is missing');
    openCodes(this.#codes, page, this.#space);
  }

  #takeCodes({ codes, validity }: Taken, row: number, count: number, present: number): void {
    const { kernels } = this.#space.runtime;
    const out = codes + row * 4;
    this.#readCodes(present, out);
    if (present < count) kernels.parquet_spread_4(out, present, validity, row, count);
  }

  #takeTexts(taken: Taken, row: number, count: number, present: number): void {
    const { kernels } = this.#space.runtime;
    if (taken.coded) this.#spellOut(taken, row);
    const lengths = roomIn(this.#space.lengths, present * 4);
    if (this.#stored === null) {
      const codes = roomIn(this.#space.stored, present * 4);
      this.#readCodes(present, codes);
      this.#appendCodes(taken, codes, 0, present, lengths);
    } else {
      const bytes = this.#stored.measure(present, lengths);
      this.#stored.copy(present, lengths, this.#roomFor(taken, bytes), bytes);
    }
    kernels.parquet_text_offsets(lengths, present < count ? taken.validity : 0, row, count, taken.offsets);
  }

  /** Makes texts of the rows that were taken as codes. */
  #spellOut(taken: Taken, rows: number): void {
    const { arena, kernels } = this.#space.runtime;
    taken.coded = false;
    arena.view.setInt32(taken.offsets, 0, true);
    if (rows === 0) return;
    const lengths = roomIn(this.#space.lengths, rows * 4);
    this.#appendCodes(taken, taken.codes, taken.validity, rows, lengths);
    kernels.parquet_text_offsets(lengths, 0, 0, rows, taken.offsets);
  }

  #appendCodes(taken: Taken, codes: number, validity: number, count: number, lengths: number): void {
    const { kernels } = this.#space.runtime;
    const { offsets, data } = this.#dictionary!;
    const bytes = kernels.parquet_code_lengths(codes, validity, count, offsets, lengths);
    kernels.parquet_code_copy(codes, lengths, count, offsets, data, this.#roomFor(taken, bytes));
  }

  #readCodes(count: number, out: number): void {
    const { kernels } = this.#space.runtime;
    if (!kernels.parquet_runs_codes(this.#codes, count, this.#dictionary!.length, out))
      throw new Error('a value is missing');
  }

  /** Where `bytes` more of the batch's texts go. */
  #roomFor(taken: Taken, bytes: number): number {
    const before = taken.bytes;
    const after = before + bytes;
    const { arena } = this.#space.runtime;
    if (after > maxTextBytes) throw memoryError(this.#texts.owner, bytes, arena.reserved, arena.capacity);
    if (before === 0) roomIn(this.#texts, after);
    else this.#texts.ensure(after + slack);
    taken.bytes = after;
    return this.#texts.address + before;
  }

  #checkUtf8(data: number, bytes: number): void {
    const { arena } = this.#space.runtime;
    if (!isUtf8(arena.bytes.subarray(data, data + bytes))) throw new Error('its text is not valid UTF-8');
  }
}
