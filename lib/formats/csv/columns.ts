/** One column of a batch of records as a vector: typed values, dictionary-coded text or plain text. */
import { bitmapBytes, codedVector, fixedVector, textVector, type Vector } from '../../arrow/batch.js';
import type { Field } from '../../arrow/schema.js';
import { typeName, widthOf } from '../../arrow/types.js';
import { parserArguments, parserOf, placeUndecided } from '../../kernels/from-text.js';
import { Interner } from '../../kernels/interner.js';
import { type Kernel, kernel } from '../../kernels/wasm.js';
import type { Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';
import type { Fields } from './fields.js';
import type { Records } from './records.js';

/** What `Fields.fault` says; see parse.ts. */
const undecided = 2;

/** A dictionary that outgrows this is slower to look up than text is to copy. */
const largestDictionary = 16 * 2 ** 20;

/** So many rows must have been seen before a column is taken for one without repetition. */
const fewRows = 2048;

export interface CsvColumn {
  /** Place of the field in the records. */
  readonly index: number;
  readonly field: Field;
  /** Whether the type was inferred, so that values must be spelt in the one way that it gives back. */
  readonly inferred: boolean;
}

/** Told of rows that do not fit; true if reading goes on (the row's value is then of no account). */
export type OnBad = (row: number, column: CsvColumn, reason: string) => boolean;

export interface ColumnReader {
  /** The column of the batch in `region`; null if `onBad` stopped it. `ascii`: all text of the batch is. */
  read(records: Records, fields: Fields, region: Region, ascii: boolean, onBad: OnBad): Vector | null;
  release(): void;
}

export function columnReader(column: CsvColumn, runtime: Runtime, mayCode: boolean): ColumnReader {
  return column.field.type.kind === 'utf8'
    ? new TextReader(column, runtime, mayCode)
    : valueReader(column, runtime);
}

function valueReader(column: CsvColumn, runtime: Runtime): ColumnReader {
  const { type } = column.field;
  const width = widthOf(type);
  const parse = kernel(runtime.kernels, `csv_parse_${parserOf(type)}`);
  // An inferred type with zone was inferred from offsets: they must go on.
  const [first = 0, second = 0] =
    column.inferred && type.kind === 'timestamp' && type.zone ? [2] : parserArguments(type);
  return {
    read(records, fields, region, _ascii, onBad) {
      const { rows } = records;
      fields.begin(records, column.index, region);
      const out = width === 0 ? region.reserveZeroed(bitmapBytes(rows)) : region.reserve(rows * width);
      fields.set('out', out);
      fields.set('strict', column.inferred ? 1 : 0);
      fields.set('first', first);
      fields.set('second', second);
      for (let row = parse(fields.task, 0); row < rows; row = parse(fields.task, row + 1)) {
        if (fields.get('fault') === undecided) {
          const text = records.text(row, column.index).trim();
          if (placeUndecided(runtime.arena, type, text, out + row * width)) continue;
        }
        if (!onBad(row, column, `is no ${typeName(type)}`)) return null;
      }
      return fixedVector(type, rows, out, fields.validity);
    },
    release() {},
  };
}

class TextReader implements ColumnReader {
  readonly #column: CsvColumn;
  readonly #runtime: Runtime;
  /** Null once the column turned out to repeat too little. */
  #interner: Interner | null = null;
  #retiring = false;

  constructor(column: CsvColumn, runtime: Runtime, mayCode: boolean) {
    this.#column = column;
    this.#runtime = runtime;
    if (mayCode) this.#interner = new Interner(runtime.arena, runtime.kernels, 'text of CSV');
  }

  read(records: Records, fields: Fields, region: Region, ascii: boolean, onBad: OnBad): Vector | null {
    fields.set('check', ascii ? 0 : 1);
    // The codes given out last were good until now.
    if (this.#retiring) this.release();
    if (this.#interner !== null) {
      const vector = this.#readCodes(this.#interner, records, fields, region, onBad);
      if (vector !== undefined) return vector;
      this.release();
    }
    return this.#readPlain(records, fields, region, onBad);
  }

  release(): void {
    this.#interner?.release();
    this.#interner = null;
  }

  /** Undefined if the dictionary grows too large for its use. */
  #readCodes(
    interner: Interner,
    records: Records,
    fields: Fields,
    region: Region,
    onBad: OnBad,
  ): Vector | null | undefined {
    const { index, field } = this.#column;
    const { rows } = records;
    const before = interner.count;
    fields.begin(records, index, region);
    const codes = region.reserve(rows * 4);
    fields.set('out', codes);
    fields.set('table', interner.table);
    fields.set('scratch', region.reserve(records.longestEscaped + 16));
    const read: Kernel = this.#runtime.kernels.csv_text_codes;
    for (let row = read(fields.task, 0); row < rows; ) {
      if (fields.get('fault') !== 0) {
        if (!onBad(row, this.#column, 'is not UTF-8')) return null;
        // The code is of no account, but must be one.
        this.#runtime.arena.view.setInt32(codes + row * 4, 0, true);
        row++;
      } else {
        if (!worthCoding(interner, interner.count - before, row)) return undefined;
        if (!interner.tryGrow(records.field(row, index).length)) return undefined;
      }
      row = read(fields.task, row);
    }
    // Codes need a dictionary with an entry; there is none as long as all is null.
    if (interner.count === 0) return this.#readPlain(records, fields, region, onBad);
    this.#retiring = !worthCoding(interner, interner.count - before, rows);
    return codedVector(field.type, rows, codes, interner.dictionary(), fields.validity);
  }

  #readPlain(records: Records, fields: Fields, region: Region, onBad: OnBad): Vector | null {
    const { index, field } = this.#column;
    const { kernels, arena } = this.#runtime;
    const { rows } = records;
    fields.begin(records, index, region);
    const offsets = region.reserve((rows + 1) * 4);
    fields.set('out', offsets);
    arena.view.setInt32(offsets, 0, true);
    for (let row = kernels.csv_text_offsets(fields.task, 0); row < rows; ) {
      if (!onBad(row, this.#column, 'is not UTF-8')) return null;
      const end = offsets + row * 4;
      arena.view.setInt32(end + 4, arena.view.getInt32(end, true), true);
      row = kernels.csv_text_offsets(fields.task, row + 1);
    }
    const data = region.reserve(arena.view.getInt32(offsets + rows * 4, true) + 16);
    kernels.csv_text_bytes(fields.task, data);
    return textVector(field.type, rows, data, offsets, fields.validity);
  }
}

/** Whether `fresh` new texts among `rows` leave hope that codes save work. */
function worthCoding(interner: Interner, fresh: number, rows: number): boolean {
  return interner.dataBytes <= largestDictionary && (rows < fewRows || fresh * 2 <= rows);
}
