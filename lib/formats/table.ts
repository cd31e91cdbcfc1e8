/** An aligned table for people to read: the first and the last rows of a result. Written only. */
import type { Batch } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import { sliceVector } from '../arrow/slice.js';
import { familyOf, typeName } from '../arrow/types.js';
import { stopIfAborted } from '../breathe.js';
import { usageError } from '../errors.js';
import { toText } from '../kernels/to-text.js';
import type { Region } from '../memory/arena.js';
import { visible } from './display-width.js';
import type { Format, FormatOptions, Runtime, Sink } from './format.js';
import { createOutput, type Output } from './output.js';
import { drawTable, type TableRow } from './table-layout.js';

/** More bytes of a text are not looked at. */
const cellBytes = 1024;

/** Texts are cut to so many characters where the width is not limited. */
const cellCharacters = 120;

/**
 * Options: `maxRows` (40) rows are shown at most, half of them the first and half the last; `width` in columns
 * (that of the terminal, else unlimited); `color` (on a terminal, unless NO_COLOR is set) puts what is no data in the background.
 */
export const table: Format = {
  name: 'table',
  async open(paths) {
    throw usageError('reading tables is not supported', paths[0] === undefined ? {} : { file: paths[0] });
  },
  async create(path, schema, options, runtime) {
    const settings = readOptions(options, path === '-' && process.stdout.isTTY === true);
    return new TableSink(
      schema,
      settings,
      await createOutput(path, options.overwrite === true, runtime),
      runtime,
    );
  },
};

interface Settings {
  readonly maxRows: number;
  readonly width: number;
  readonly color: boolean;
}

function readOptions(options: FormatOptions, terminal: boolean): Settings {
  const maxRows = options.maxRows ?? 40;
  const width = options.width ?? ((terminal && process.stdout.columns) || Infinity);
  const color = options.color ?? (terminal && !process.env.NO_COLOR);
  if (typeof maxRows !== 'number' || !(maxRows >= 1))
    throw usageError('table: maxRows must be a number from 1');
  if (typeof width !== 'number' || !(width >= 1)) throw usageError('table: width must be a number from 1');
  if (typeof color !== 'boolean') throw usageError('table: color must be true or false');
  return { maxRows: Math.floor(maxRows), width, color };
}

class TableSink implements Sink {
  readonly #schema: Schema;
  readonly #settings: Settings;
  readonly #output: Output;
  readonly #runtime: Runtime;
  readonly #region: Region;
  readonly #first: TableRow[] = [];
  /** Rows behind the first ones, the newest last. */
  #last: TableRow[] = [];
  #rows = 0;

  constructor(schema: Schema, settings: Settings, output: Output, runtime: Runtime) {
    this.#schema = schema;
    this.#settings = settings;
    this.#output = output;
    this.#runtime = runtime;
    this.#region = runtime.arena.region('table output');
  }

  async write(batch: Batch): Promise<void> {
    stopIfAborted(this.#runtime);
    const { maxRows } = this.#settings;
    const first = Math.min(batch.length, maxRows - this.#first.length);
    this.#first.push(...this.#read(batch, 0, first));
    const last = Math.min(batch.length - first, maxRows >> 1);
    this.#last.push(...this.#read(batch, batch.length - last, last));
    if (this.#last.length > maxRows >> 1) this.#last = this.#last.slice(-(maxRows >> 1) || Infinity);
    this.#rows += batch.length;
  }

  async finish(): Promise<{ readonly rows: number; readonly bytes: number }> {
    const { maxRows, width, color } = this.#settings;
    const rows = this.#rows;
    const whole = rows <= maxRows;
    const half = maxRows >> 1;
    // The last rows may reach back into those that were kept as first ones.
    const last = whole ? [] : [...this.#first, ...this.#last].slice(-half || Infinity);
    const first = whole ? this.#first : this.#first.slice(0, maxRows - half);
    const columns = this.#schema.fields.map(({ name, type }) => {
      const family = familyOf(type);
      return {
        name: visible(name),
        type: typeName(type),
        alignRight: family === 'integer' || family === 'float' || family === 'decimal',
        mayCut: family === 'text' || family === 'list',
      };
    });
    const text = drawTable({ columns, first, last, rows }, width, color);
    await this.#output.write(Buffer.from(text));
    await this.#output.finish();
    this.#region.release();
    return { rows, bytes: this.#output.bytes };
  }

  async abort(): Promise<void> {
    this.#region.release();
    await this.#output.abort();
  }

  /** Rows [from, from + length) as texts. */
  #read(batch: Batch, from: number, length: number): TableRow[] {
    if (length === 0) return [];
    const start = from & ~7;
    const columns = batch.columns.map((column) => {
      this.#region.reset();
      const text = toText(sliceVector(column, start, from + length - start), this.#region, this.#runtime);
      const quoted = column.type.kind === 'utf8';
      return Array.from({ length }, (_, i) => this.#cell(text, from - start + i, quoted));
    });
    return Array.from({ length }, (_, row) => columns.map((cells) => cells[row]!));
  }

  #cell(
    text: { readonly data: number; readonly offsets: number; readonly validity: number },
    row: number,
    quoted: boolean,
  ): string | null {
    const { bytes, view } = this.#runtime.arena;
    const { validity, offsets, data } = text;
    if (validity !== 0 && ((bytes[validity + (row >> 3)]! >> (row & 7)) & 1) === 0) return null;
    const start = data + view.getInt32(offsets + row * 4, true);
    const end = data + view.getInt32(offsets + row * 4 + 4, true);
    const shown = visible(Buffer.from(bytes.subarray(start, Math.min(end, start + cellBytes))).toString());
    // What is text must not be taken for a null or for nothing.
    if (quoted && (shown === '' || shown === 'null')) return `"${shown}"`;
    if (shown.length <= cellCharacters || Number.isFinite(this.#settings.width)) return shown;
    return `${[...shown].slice(0, cellCharacters - 1).join('')}…`;
  }
}
