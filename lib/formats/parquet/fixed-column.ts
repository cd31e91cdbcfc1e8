/** A column of values of one width: they are looked up or copied, made ours, and moved to the rows that are not null. */
import type { SchemaElement } from 'hyparquet';
import { bitmapBytes, fixedVector, type Vector } from '../../arrow/batch.js';
import { type DataType, widthOf } from '../../arrow/types.js';
import { type Kernel, kernel } from '../../kernels/wasm.js';
import type { Growable, Region } from '../../memory/arena.js';
import { isCoded, openCodes, PageRows } from './page-rows.js';
import type { ColumnPages, Page } from './pages.js';
import { roomIn, type Space, slack } from './space.js';
import { type Conversion, openValues, type Values, valueCursors } from './stored-values.js';

export class FixedColumn {
  readonly #space: Space;
  readonly #type: DataType;
  readonly #width: number;
  readonly #rows: PageRows;
  readonly #plain: (page: Page) => Values;
  readonly #codes: number;
  readonly #dictionary: Growable;
  readonly #spread: Kernel;
  readonly #lookUp: Kernel;
  #entries: number | null = null;
  #values: Values = () => {};

  constructor(
    pages: ColumnPages,
    type: DataType,
    element: SchemaElement,
    convert: Conversion | null,
    space: Space,
  ) {
    const { kernels } = space.runtime;
    this.#space = space;
    this.#type = type;
    // A bool is a byte until its batch is whole.
    this.#width = type.kind === 'bool' ? 1 : widthOf(type);
    const cursors = valueCursors(element, space);
    this.#plain = (page) => openValues(page, element, convert, cursors, space);
    this.#codes = space.cursor();
    this.#dictionary = space.ofColumn('parquet dictionary');
    this.#spread = kernel(kernels, `parquet_spread_${this.#width}`);
    this.#lookUp = kernel(kernels, `parquet_runs_values_${this.#width}`);
    const opener = {
      dictionary: (page: Page) => this.#openDictionary(page),
      data: (page: Page) => {
        this.#values = isCoded(page) ? this.#coded(page) : this.#plain(page);
      },
    };
    this.#rows = new PageRows(pages, opener, space);
  }

  take(length: number, region: Region): Vector {
    const { kernels } = this.#space.runtime;
    const data = region.reserve(length * this.#width + slack);
    const map = region.reserve(bitmapBytes(length) + slack);
    const nulls = this.#rows.each(length, map, (row, count, present) => {
      const out = data + row * this.#width;
      this.#values(present, out);
      if (present < count) this.#spread(out, present, map, row, count);
    });
    const validity = nulls > 0 ? map : 0;
    if (this.#type.kind !== 'bool') return fixedVector(this.#type, length, data, validity);
    const bits = region.reserve(bitmapBytes(length) + slack);
    kernels.parquet_bitmap(data, length, bits);
    return fixedVector(this.#type, length, bits, validity);
  }

  #openDictionary(page: Page): void {
    if (this.#entries !== null) throw new Error('it has two dictionaries');
    const read = this.#plain(page);
    read(page.count, roomIn(this.#dictionary, page.count * this.#width));
    this.#entries = page.count;
  }

  #coded(page: Page): Values {
    const entries = this.#entries;
    if (entries === null) throw new Error('a dictionary is missing');
    openCodes(this.#codes, page, this.#space);
    return (count, out) => {
      const { address } = this.#dictionary;
      if (!this.#lookUp(this.#codes, count, entries, address, this.#space.codes, out))
        throw new Error('a value is missing');
    };
  }
}
