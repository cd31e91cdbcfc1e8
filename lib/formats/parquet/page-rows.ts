/** Rows off the pages of a column, with their nulls. */
import type { ColumnPages, Page } from './pages.js';
import type { Space } from './space.js';

/** What a column does with the pages that come: with each before its rows are taken. */
export interface PageOpener {
  dictionary(page: Page): void;
  data(page: Page): void;
}

export class PageRows {
  readonly #pages: ColumnPages;
  readonly #opener: PageOpener;
  readonly #space: Space;
  readonly #levels: number;
  #hasLevels = false;
  /** Rows of the page that are not taken yet. */
  #left = 0;

  constructor(pages: ColumnPages, opener: PageOpener, space: Space) {
    this.#pages = pages;
    this.#opener = opener;
    this.#space = space;
    this.#levels = space.cursor();
  }

  /**
   * Goes over the next `length` rows: `take` gets rows of one page each time, `present` of them not null, whose bits are
   * in `map`. Returns how many are null in all.
   */
  each(length: number, map: number, take: (row: number, count: number, present: number) => void): number {
    const { kernels } = this.#space.runtime;
    let nulls = 0;
    for (let row = 0; row < length; ) {
      if (this.#left === 0) this.#next();
      const count = Math.min(length - row, this.#left);
      let present = count;
      if (this.#hasLevels) {
        present = kernels.parquet_runs_levels(this.#levels, count, map, row);
        if (present < 0) throw new Error('definition levels are missing');
      } else {
        kernels.bitmap_append(map, row, 0, count);
      }
      take(row, count, present);
      nulls += count - present;
      this.#left -= count;
      row += count;
    }
    return nulls;
  }

  #next(): void {
    for (;;) {
      const page = this.#pages.next();
      if (page.isDictionary) {
        this.#opener.dictionary(page);
        continue;
      }
      this.#hasLevels = page.levels !== null;
      if (page.levels !== null) {
        const { start, end } = page.levels;
        this.#space.runtime.kernels.parquet_runs_open(this.#levels, start, end, 1);
      }
      this.#opener.data(page);
      this.#left = page.count;
      return;
    }
  }
}

/** Sets a cursor before the codes of a page, which begin with their bits. */
export function openCodes(cursor: number, { values }: Page, { runtime }: Space): void {
  const { arena, kernels } = runtime;
  const width = values.start < values.end ? arena.bytes[values.start]! : 0;
  if (width > 32) throw new Error(`codes have ${width} bits`);
  kernels.parquet_runs_open(cursor, values.start + 1, Math.max(values.start + 1, values.end), width);
}

export const isCoded = ({ encoding }: Page): boolean =>
  encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY';
