/**
 * The sink of every format that writes rows of text (CSV, NDJSON, JSON):
 *
 *   batch ─▶ slices of rows that stay in the cache ─▶ columns as text, quoted where needed
 *         ─▶ one kernel lays the values side by side, row after row ─▶ block ─▶ output
 *
 * Memory: a block of 1 MB (more only for a row that is larger), a slice's texts, and a quoted copy of the
 * dictionaries of coded columns, whose entries are quoted once.
 */
import type { Batch, Dictionary, Vector } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import { sliceVector } from '../arrow/slice.js';
import { stopIfAborted } from '../breathe.js';
import { memoryError } from '../errors.js';
import { longestText, toText } from '../kernels/to-text.js';
import { Growable, type Region } from '../memory/arena.js';
import type { Runtime, Sink } from './format.js';
import { listsAsJson } from './json-text.js';
import type { Output } from './output.js';
import { overrun, type Quoting, quoteTexts } from './quoting.js';

/** What a format says about its rows. */
export interface TextLayout {
  /** Before the first row. */
  readonly head: string;
  /** Before each value, one for every column. */
  readonly before: readonly string[];
  readonly nullText: string;
  /** Behind each row. */
  readonly after: string;
  /** Bytes to leave out at the start of the first row: the separator that `before` puts between rows. */
  readonly skip: number;
  /** Behind the last row. */
  readonly tail: string;
  /** How texts are quoted, or null where the column's texts can stay as they are. */
  readonly quoting: readonly (Quoting | null)[];
  /** What has to happen to a column before it becomes text. */
  readonly prepare?: (column: Vector, region: Region, runtime: Runtime) => Vector;
}

/** Where the texts of a slice of a column are; `codes` is 0 for plain text. */
interface Texts {
  readonly data: number;
  readonly offsets: number;
  readonly codes: number;
  readonly validity: number;
}

const blockSize = 2 ** 20;
const maxBlock = 2 ** 31 - 65536;
/** Byte offsets in the kernel's RowColumn. */
const rowColumn = {
  texts: 0,
  offsets: 4,
  codes: 8,
  validity: 12,
  before: 16,
  beforeLength: 20,
  bytes: 24,
} as const;

/** `home` holds what lives as long as the sink (the quoting rules) and is released with it. */
export function createTextSink(
  schema: Schema,
  layout: TextLayout,
  home: Region,
  output: Output,
  runtime: Runtime,
): Sink {
  return new TextSink(schema, layout, home, output, runtime);
}

/** Text in `region`, not terminated. */
export function placeText(
  text: string,
  region: Region,
): { readonly address: number; readonly bytes: number } {
  const encoded = Buffer.from(text);
  const address = region.reserve(encoded.length);
  region.arena.bytes.set(encoded, address);
  return { address, bytes: encoded.length };
}

class TextSink implements Sink {
  readonly #layout: TextLayout;
  readonly #output: Output;
  readonly #runtime: Runtime;
  readonly #home: Region;
  readonly #scratch: Region;
  readonly #block: Growable;
  readonly #columns: number;
  readonly #nullText: { readonly address: number; readonly bytes: number };
  readonly #after: { readonly address: number; readonly bytes: number };
  readonly #dictionaries: (QuotedDictionary | null)[];
  readonly #sliceRows: number;
  /** The most a row takes beside its values. */
  readonly #rowBytes: number;
  #used = 0;
  #skip: number;
  #rows = 0;

  constructor(schema: Schema, layout: TextLayout, home: Region, output: Output, runtime: Runtime) {
    const { arena } = runtime;
    const count = schema.fields.length;
    this.#layout = layout;
    this.#output = output;
    this.#runtime = runtime;
    this.#home = home;
    this.#scratch = arena.region('text output');
    this.#block = new Growable(arena, 'text output');
    this.#columns = home.reserve(count * rowColumn.bytes);
    this.#nullText = placeText(layout.nullText, home);
    this.#after = placeText(layout.after, home);
    this.#dictionaries = schema.fields.map((_, i) => {
      const quoting = layout.quoting[i]!;
      return quoting === null ? null : new QuotedDictionary(quoting, runtime);
    });
    // About 16 Ki values, in whole bytes of bitmaps.
    this.#sliceRows = Math.max(64, Math.min(4096, Math.floor(16384 / Math.max(1, count) / 64) * 64));
    let rowBytes = this.#after.bytes;
    for (const [i, text] of layout.before.entries()) {
      const before = placeText(text, home);
      const at = this.#columns + i * rowColumn.bytes;
      arena.view.setUint32(at + rowColumn.before, before.address, true);
      arena.view.setUint32(at + rowColumn.beforeLength, before.bytes, true);
      rowBytes += before.bytes + this.#nullText.bytes;
    }
    this.#rowBytes = rowBytes;
    this.#skip = layout.skip;
    const head = Buffer.from(layout.head);
    this.#block.ensure(Math.max(blockSize, head.length));
    arena.bytes.set(head, this.#block.address);
    this.#used = head.length;
  }

  async write(batch: Batch): Promise<void> {
    const coded = batch.columns.map((column, i) => this.#quotedDictionary(column, i));
    for (let from = 0; from < batch.length; ) {
      stopIfAborted(this.#runtime);
      const length = this.#sliceLength(batch, from);
      await this.#writeSlice(batch, coded, from, length);
      from += length;
    }
    this.#rows += batch.length;
  }

  async finish(): Promise<{ readonly rows: number; readonly bytes: number }> {
    const tail = Buffer.from(this.#layout.tail);
    await this.#flush();
    await this.#output.write(tail);
    await this.#output.finish();
    this.#release();
    return { rows: this.#rows, bytes: this.#output.bytes };
  }

  async abort(): Promise<void> {
    this.#release();
    await this.#output.abort();
  }

  #release(): void {
    this.#home.release();
    this.#scratch.release();
    this.#block.release();
    for (const dictionary of this.#dictionaries) dictionary?.release();
  }

  /** The column's dictionary with its texts quoted; null for plain columns, and where quoting all of it does not pay. */
  #quotedDictionary(column: Vector, index: number): Dictionary | null {
    if (column.dictionary === null) return null;
    const quoted = this.#dictionaries[index]!;
    return quoted === null ? column.dictionary : quoted.update(column.dictionary, column.length);
  }

  /** Rows of the slice at `from`: few where texts are long, and whole bytes of bitmaps. */
  #sliceLength(batch: Batch, from: number): number {
    const { view } = this.#runtime.arena;
    const left = batch.length - from;
    for (let length = this.#sliceRows; ; length = (length >> 4) << 3) {
      const rows = Math.min(length, left);
      let bytes = 0;
      for (const column of batch.columns)
        if (column.offsets !== 0) bytes += bytesOf(column, from, from + rows, view);
      if (bytes <= blockSize || length <= 8) return rows;
    }
  }

  async #writeSlice(
    batch: Batch,
    dictionaries: readonly (Dictionary | null)[],
    from: number,
    length: number,
  ): Promise<void> {
    const { arena, kernels } = this.#runtime;
    const { view } = arena;
    this.#scratch.reset();
    let most = length * this.#rowBytes;
    for (const [i, column] of batch.columns.entries()) {
      const texts = this.#textsOf(sliceVector(column, from, length), dictionaries[i]!, i);
      const at = this.#columns + i * rowColumn.bytes;
      view.setUint32(at + rowColumn.texts, texts.data, true);
      view.setUint32(at + rowColumn.offsets, texts.offsets, true);
      view.setUint32(at + rowColumn.codes, texts.codes, true);
      view.setUint32(at + rowColumn.validity, texts.validity, true);
      if (texts.codes === 0) {
        const end = view.getInt32(texts.offsets + length * 4, true);
        most += end - view.getInt32(texts.offsets, true);
      } else {
        const bytes = kernels.text_bytes(texts.offsets, texts.codes, texts.validity, length);
        most += bytes < 0 ? maxBlock : bytes;
      }
    }
    await this.#writeRows(batch.columns.length, 0, length, most);
  }

  /** Rows of the slice whose texts are ready and take at most `bytes`. */
  async #writeRows(count: number, from: number, length: number, bytes: number): Promise<void> {
    const { arena, kernels } = this.#runtime;
    const columns = this.#columns;
    const nullText = this.#nullText;
    const after = this.#after;
    if (this.#used + bytes + overrun > this.#block.capacity) await this.#flush();
    if (bytes + overrun > this.#block.capacity) {
      if (length > 1) {
        const half = length >> 1;
        const size = (start: number, rows: number): number =>
          kernels.rows_bytes(columns, count, start, rows, nullText.bytes, after.bytes);
        await this.#writeRows(count, from, half, size(from, half));
        await this.#writeRows(count, from + half, length - half, size(from + half, length - half));
        return;
      }
      if (bytes + overrun > maxBlock)
        throw memoryError('a row of text', bytes, arena.reserved, arena.capacity);
      this.#block.ensure(bytes + overrun);
    }
    const start = this.#block.address + this.#used;
    this.#used += kernels.rows_interleave(
      columns,
      count,
      from,
      length,
      nullText.address,
      nullText.bytes,
      after.address,
      after.bytes,
      start,
    );
    if (this.#skip > 0) {
      this.#used -= this.#skip;
      arena.bytes.copyWithin(start, start + this.#skip, this.#block.address + this.#used + this.#skip);
      this.#skip = 0;
    }
  }

  #textsOf(column: Vector, dictionary: Dictionary | null, index: number): Texts {
    const { validity } = column;
    if (dictionary !== null)
      return { data: dictionary.data, offsets: dictionary.offsets, codes: column.data, validity };
    const text = this.#plainText(column);
    const quoting = this.#layout.quoting[index]!;
    return { ...(quoting === null ? text : quoteTexts(text, quoting, this.#scratch)), codes: 0 };
  }

  /** Lists are JSON in every format. */
  #plainText(column: Vector): Vector {
    if (column.type.kind === 'list') return listsAsJson(column, this.#scratch, this.#runtime);
    const prepared = this.#layout.prepare?.(column, this.#scratch, this.#runtime) ?? column;
    return toText(prepared, this.#scratch, this.#runtime);
  }

  async #flush(): Promise<void> {
    const { address } = this.#block;
    await this.#output.write(this.#runtime.arena.bytes.subarray(address, address + this.#used));
    this.#used = 0;
    if (this.#block.capacity > 4 * blockSize) {
      this.#block.release();
      this.#block.ensure(blockSize);
    }
  }
}

/** About what rows [from, to) take as text. */
function bytesOf(column: Vector, from: number, to: number, view: DataView): number {
  const { type, offsets, dictionary, child } = column;
  if (type.kind !== 'list' && (dictionary !== null || offsets === 0))
    return (to - from) * (longestText(type) || 16);
  const [start, end] = [from, to].map((row) => view.getInt32(offsets + row * 4, true)) as [number, number];
  return child === undefined ? end - start : (to - from) * 2 + bytesOf(child, start, end, view);
}

/** A dictionary whose entries are quoted once; as it grows, only the new ones are. */
class QuotedDictionary {
  readonly #quoting: Quoting;
  readonly #runtime: Runtime;
  readonly #texts: Growable;
  readonly #offsets: Growable;
  #lineage: object | null = null;
  /** Entries looked at so far. */
  #done = 0;
  /** Bytes of their quoted copy; 0 as long as none had to change, when there is no copy. */
  #bytes = 0;

  constructor(quoting: Quoting, runtime: Runtime) {
    this.#quoting = quoting;
    this.#runtime = runtime;
    this.#texts = new Growable(runtime.arena, 'quoted dictionary');
    this.#offsets = new Growable(runtime.arena, 'quoted dictionary');
  }

  /** The dictionary quoted; null where so many entries are new that it is cheaper to quote the `rows` in question. */
  update(dictionary: Dictionary, rows: number): Dictionary | null {
    if (dictionary.lineage !== this.#lineage) {
      this.#lineage = dictionary.lineage;
      this.#done = 0;
      this.#bytes = 0;
    }
    if (dictionary.length - this.#done > 4 * rows) return null;
    this.#quoteFrom(dictionary);
    if (this.#bytes === 0) return dictionary;
    return { ...dictionary, data: this.#texts.address, offsets: this.#offsets.address };
  }

  release(): void {
    this.#texts.release();
    this.#offsets.release();
  }

  #quoteFrom(dictionary: Dictionary): void {
    const { view } = this.#runtime.arena;
    const { data, offsets, length } = dictionary;
    const { rules } = this.#quoting;
    if (length <= this.#done) return;
    const changed = this.#quoting.bytes(rules, data, offsets, 0, this.#done, length - this.#done);
    if (changed === 0 && this.#bytes === 0) {
      this.#done = length;
      return;
    }
    // The first entry that has to change makes a copy of all before it, too.
    const from = this.#bytes === 0 ? 0 : this.#done;
    const raw = view.getInt32(offsets + length * 4, true) - view.getInt32(offsets + from * 4, true);
    const bytes = from === this.#done ? changed : this.#quoting.bytes(rules, data, offsets, 0, 0, length);
    const needed = this.#bytes + (bytes === 0 ? raw : bytes) + overrun;
    if (bytes < 0 || needed > maxBlock)
      throw memoryError(
        'quoted dictionary',
        2 ** 31,
        this.#runtime.arena.reserved,
        this.#runtime.arena.capacity,
      );
    this.#texts.ensure(needed);
    this.#offsets.ensure((length + 1) * 4);
    view.setInt32(this.#offsets.address + from * 4, this.#bytes, true);
    this.#quoting.write(
      rules,
      data,
      offsets,
      0,
      from,
      length - from,
      this.#offsets.address,
      this.#texts.address,
    );
    this.#bytes = view.getInt32(this.#offsets.address + length * 4, true);
    this.#done = length;
  }
}
