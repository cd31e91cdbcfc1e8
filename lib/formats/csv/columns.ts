/**
 * One column of a batch, filled from the records of one block after another: typed values, dictionary-coded text
 * or plain text. Its buffers are made once and serve every batch.
 */
import { bitmapBytes, codedVector, fixedVector, textVector, type Vector } from '../../arrow/batch.js';
import type { Field } from '../../arrow/schema.js';
import { typeName, widthOf } from '../../arrow/types.js';
import { parserArguments, parserOf, placeUndecided } from '../../kernels/from-text.js';
import { Interner } from '../../kernels/interner.js';
import { type Kernel, kernel } from '../../kernels/wasm.js';
import { Growable, type Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';
import { Fields, type Tokens } from './fields.js';
import type { Records } from './records.js';

/** What `Fields.fault` says; see parse.ts. */
const undecided = 2;

/** Texts that a dictionary may hold before it has to prove that they repeat. */
const fewTexts = 1 << 17;

/** About what a dictionary's slots and offsets take for one text. */
const entryBytes = 32;

export interface CsvColumn {
  /** Place of the field in the records. */
  readonly index: number;
  readonly field: Field;
  /** Whether the type was inferred, so that values must be spelt in the one way that it gives back. */
  readonly inferred: boolean;
}

/** What the columns of a scan have in common. */
export interface Shared {
  readonly runtime: Runtime;
  /** Where buffers of fixed size live. */
  readonly home: Region;
  readonly rowLimit: number;
  readonly tokens: Tokens;
  /** What the dictionary of one text column may take; 0 for none. */
  readonly dictionaryBytes: number;
  /** Where plain text lives if there are too many text columns for an array each; batches are of one block then. */
  readonly texts: Region | null;
  /** Room for one text. */
  readonly scratch: Growable;
}

/** Told of records that do not fit; true if reading goes on (the row's value is then of no account). */
export type OnBad = (record: number, column: CsvColumn, reason: string) => boolean;

export interface ColumnReader {
  /** Forgets the batch before. */
  begin(): void;
  /**
   * Reads the records as rows from `base` on. `ascii`: all their text is. False if the batch must end before them,
   * and they are to be read into the next.
   */
  read(records: Records, base: number, ascii: boolean, onBad: OnBad): boolean;
  /** The records just read will be read again, without some of them. */
  again(base: number): void;
  finish(rows: number): Vector;
  /** Bytes of plain text read since `begin`. */
  readonly plainBytes: number;
  release(): void;
}

export function columnReader(column: CsvColumn, shared: Shared): ColumnReader {
  return column.field.type.kind === 'utf8' ? new TextReader(column, shared) : valueReader(column, shared);
}

function valueReader(column: CsvColumn, { runtime, home, rowLimit, tokens }: Shared): ColumnReader {
  const { type } = column.field;
  const width = widthOf(type);
  const parse = kernel(runtime.kernels, `csv_parse_${parserOf(type)}`);
  const out = home.reserve(width === 0 ? bitmapBytes(rowLimit) : rowLimit * width);
  const fields = new Fields(runtime, home, rowLimit, tokens);
  // An inferred type with zone was inferred from offsets: they must go on.
  const zoned = column.inferred && type.kind === 'timestamp' && type.zone !== null;
  const [first = 0, second = 0] = zoned ? [2] : parserArguments(type);
  fields.set('out', out);
  fields.set('strict', column.inferred ? 1 : 0);
  fields.set('first', first);
  fields.set('second', second);
  return {
    begin: () => fields.begin(),
    read(records, base, _ascii, onBad) {
      const end = fields.point(records, column.index, base);
      for (let row = parse(fields.task, base); row < end; row = parse(fields.task, row + 1)) {
        if (fields.get('fault') === undecided) {
          const text = records.text(row - base, column.index).trim();
          if (placeUndecided(runtime.arena, type, text, out + row * width)) continue;
        }
        if (!onBad(row - base, column, `is no ${typeName(type)}`)) return true;
      }
      return true;
    },
    again: (base) => fields.again(base),
    finish: (rows) => fixedVector(type, rows, out, fields.validity),
    plainBytes: 0,
    release() {},
  };
}

class TextReader implements ColumnReader {
  readonly #column: CsvColumn;
  readonly #shared: Shared;
  readonly #fields: Fields;
  /** Room for a code a row, or an offset and one more. */
  readonly #out: number;
  /** The plain text: an array that grows from block to block, or a piece of the region of texts. */
  readonly #array: Growable;
  #data = 0;
  plainBytes = 0;
  /** Null once the column turned out to repeat too little. */
  #interner: Interner | null = null;
  /** Texts in the dictionary when the batch began. */
  #before = 0;
  #retiring = false;

  constructor(column: CsvColumn, shared: Shared) {
    const { runtime, home, rowLimit, tokens, dictionaryBytes } = shared;
    this.#column = column;
    this.#shared = shared;
    this.#fields = new Fields(runtime, home, rowLimit, tokens);
    this.#out = home.reserve((rowLimit + 1) * 4);
    this.#fields.set('out', this.#out);
    this.#array = new Growable(runtime.arena, 'text of CSV');
    if (dictionaryBytes === 0) return;
    this.#interner = new Interner(runtime.arena, runtime.kernels, 'text of CSV');
  }

  begin(): void {
    this.#fields.begin();
    this.plainBytes = 0;
    // The codes given out last were good until now.
    if (this.#retiring) this.#dropDictionary();
    this.#before = this.#interner?.count ?? 0;
  }

  read(records: Records, base: number, ascii: boolean, onBad: OnBad): boolean {
    this.#fields.set('check', ascii ? 0 : 1);
    if (this.#interner !== null) {
      if (this.#readCodes(this.#interner, records, base, onBad)) return true;
      this.#retiring = true;
      if (base > 0) return false;
      this.begin();
    }
    this.#readPlain(records, base, onBad);
    return true;
  }

  again(base: number): void {
    this.#fields.again(base);
  }

  finish(rows: number): Vector {
    const { type } = this.#column.field;
    const { validity } = this.#fields;
    const interner = this.#interner;
    if (interner === null) return textVector(type, rows, this.#data, this.#out, validity);
    if (interner.count === 0) {
      // Codes need a dictionary with an entry; there is none as long as all is null. So plain text, all empty.
      const { bytes } = this.#shared.runtime.arena;
      bytes.fill(0, this.#out, this.#out + (rows + 1) * 4);
      return textVector(type, rows, this.#out, this.#out, validity);
    }
    const fresh = interner.count - this.#before;
    if (interner.count > fewTexts && fresh * 2 > rows) this.#retiring = true;
    return codedVector(type, rows, this.#out, interner.dictionary(), validity);
  }

  release(): void {
    this.#dropDictionary();
    this.#array.release();
  }

  #dropDictionary(): void {
    this.#interner?.release();
    this.#interner = null;
    this.#retiring = false;
  }

  /** False if the dictionary may not grow as it would have to. */
  #readCodes(interner: Interner, records: Records, base: number, onBad: OnBad): boolean {
    const { index } = this.#column;
    const { runtime, dictionaryBytes, scratch } = this.#shared;
    const fields = this.#fields;
    const end = fields.point(records, index, base);
    scratch.ensure(records.longestEscaped + 16);
    fields.set('table', interner.table);
    fields.set('scratch', scratch.address);
    const read: Kernel = runtime.kernels.csv_text_codes;
    for (let row = read(fields.task, base); row < end; row = read(fields.task, row)) {
      if (fields.get('fault') !== 0) {
        // The row's code is of no account, but must be one.
        runtime.arena.view.setInt32(this.#out + row * 4, 0, true);
        if (!onBad(row - base, this.#column, 'is not UTF-8')) return true;
        row++;
        continue;
      }
      const length = records.field(row - base, index).length;
      if (interner.dataBytes + length + interner.count * entryBytes > dictionaryBytes) return false;
      if (!interner.tryGrow(length)) return false;
    }
    return true;
  }

  #readPlain(records: Records, base: number, onBad: OnBad): void {
    const { runtime, texts } = this.#shared;
    const { kernels, arena } = runtime;
    const fields = this.#fields;
    const end = fields.point(records, this.#column.index, base);
    if (base === 0) arena.view.setInt32(this.#out, 0, true);
    for (let row = kernels.csv_text_offsets(fields.task, base); row < end; ) {
      if (!onBad(row - base, this.#column, 'is not UTF-8')) return;
      const offset = this.#out + row * 4;
      arena.view.setInt32(offset + 4, arena.view.getInt32(offset, true), true);
      row = kernels.csv_text_offsets(fields.task, row + 1);
    }
    this.plainBytes = arena.view.getInt32(this.#out + end * 4, true);
    const bytes = this.plainBytes + 64;
    if (texts === null) {
      this.#array.ensure(bytes);
      this.#data = this.#array.address;
    } else {
      this.#data = texts.reserve(bytes);
    }
    kernels.csv_text_bytes(fields.task, base, this.#data);
  }
}
