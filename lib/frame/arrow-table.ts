/**
 * Batches as apache-arrow's record batches, copied out of the arena. This module loads apache-arrow, so it is
 * imported when the first result is asked for.
 */
import * as arrow from 'apache-arrow';
import { type Batch, bitmapBytes, childOf, textVector, type Vector } from '../arrow/batch.js';
import { toArrowField } from '../arrow/interop.js';
import type { Field, Schema } from '../arrow/schema.js';
import { type DataType, float64, list, physicalOf, widthOf } from '../arrow/types.js';
import { dataError } from '../errors.js';
import type { Runtime } from '../formats/format.js';
import { denseLists } from '../kernels/slice.js';
import { decoded, take } from '../kernels/take.js';
import type { Region } from '../memory/arena.js';
import type { Int64As } from './options.js';
import { SharedDictionary } from './shared-dictionary.js';

/** What apache-arrow makes a column of. */
interface Parts {
  readonly data?: Uint8Array;
  readonly valueOffsets?: Int32Array;
  readonly dictionary?: arrow.Vector;
  readonly child?: arrow.Data;
}

/** A text column whose first batch is dictionary-coded is coded in all batches; else it is plain in all. */
export class ArrowBatches {
  readonly #runtime: Runtime;
  readonly #fields: readonly Field[];
  readonly #int64: Int64As;
  readonly #region: Region;
  readonly #dictionaries = new Map<Field, SharedDictionary>();
  #schema: arrow.Schema | null = null;

  constructor(schema: Schema, runtime: Runtime, int64: Int64As = 'bigint') {
    this.#runtime = runtime;
    this.#fields = schema.fields;
    this.#int64 = int64;
    this.#region = runtime.arena.region('the result');
  }

  /** Settled by the first batch; text is plain if there is none. */
  get schema(): arrow.Schema {
    this.#schema ??= new arrow.Schema(
      this.#fields.map((field) =>
        toArrowField({ ...field, type: this.#given(field.type) }, this.#dictionaries.has(field)),
      ),
    );
    return this.#schema;
  }

  copy(batch: Batch): arrow.RecordBatch {
    if (this.#schema === null) {
      this.#fields.forEach((field, i) => {
        if (batch.columns[i]!.dictionary === null) return;
        this.#dictionaries.set(field, new SharedDictionary(this.#runtime, `the texts of ${field.name}`));
      });
    }
    this.#region.reset();
    const { fields } = this.schema;
    const children = fields.map(({ type }, i) => this.#column(batch.columns[i]!, this.#fields[i]!, type));
    const struct = arrow.makeData({
      type: new arrow.Struct(fields),
      length: batch.length,
      nullCount: 0,
      children,
    });
    return new arrow.RecordBatch(this.schema, struct);
  }

  release(): void {
    for (const dictionary of this.#dictionaries.values()) dictionary.release();
    this.#region.release();
  }

  #column(column: Vector, field: Field, type: arrow.DataType): arrow.Data {
    const { length, validity } = column;
    const nullBitmap = validity === 0 ? undefined : this.#bytes(validity, bitmapBytes(length));
    const parts = this.#parts(column, field, type);
    return arrow.makeData({ type, length, nullBitmap, ...parts } as never);
  }

  #parts(column: Vector, field: Field, type: arrow.DataType): Parts {
    const dictionary = this.#dictionaries.get(field);
    if (dictionary !== undefined) {
      const { data, length } = dictionary.encode(column, this.#region);
      return { data: this.#bytes(data, length * 4), dictionary: dictionary.texts() };
    }
    if (this.#asNumbers(field.type)) return { data: this.#numbers(column, field) };
    switch (physicalOf(field.type)) {
      case 'text':
        return this.#text(this.#plain(column));
      case 'list':
        return this.#lists(column, field, type as arrow.List);
      case 'bit':
        return field.type.kind === 'null'
          ? {}
          : { data: this.#bytes(column.data, bitmapBytes(column.length)) };
      default:
        return { data: this.#bytes(column.data, column.length * widthOf(field.type)) };
    }
  }

  #text(column: Vector): Parts {
    const valueOffsets = new Int32Array(this.#bytes(column.offsets, (column.length + 1) * 4).buffer);
    const start = valueOffsets[0]!;
    const data = this.#bytes(column.data + start, valueOffsets.at(-1)! - start);
    return { data, valueOffsets: start === 0 ? valueOffsets : valueOffsets.map((end) => end - start) };
  }

  /** Texts in lists are spelled out. */
  #lists(column: Vector, field: Field, type: arrow.List): Parts {
    const lists = denseLists(column, this.#region, this.#runtime.kernels);
    const valueOffsets = new Int32Array(this.#bytes(lists.offsets, (lists.length + 1) * 4).buffer);
    const elements = decoded(childOf(lists), this.#region, this.#runtime);
    return { valueOffsets, child: this.#column(elements, { ...field, type: elements.type }, type.valueType) };
  }

  /** Of a coded column that came after plain ones. */
  #plain(column: Vector): Vector {
    const { dictionary } = column;
    if (dictionary === null) return column;
    const texts = textVector(column.type, dictionary.length, dictionary.data, dictionary.offsets);
    return {
      ...take(texts, column.data, column.length, this.#region, this.#runtime),
      validity: column.validity,
    };
  }

  /** 64-bit integers as float64, by their halves: bigints would be made one by one. */
  #numbers(column: Vector, field: Field): Uint8Array {
    const { length, validity, data, type } = column;
    const { buffer, bytes } = this.#runtime.arena;
    const low = new Uint32Array(buffer, data, length * 2);
    const high = type.kind === 'int64' ? new Int32Array(buffer, data, length * 2) : low;
    const numbers = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      const value = high[i * 2 + 1]! * 2 ** 32 + low[i * 2]!;
      if (Number.isSafeInteger(value)) numbers[i] = value;
      else if (validity === 0 || ((bytes[validity + (i >> 3)]! >> (i & 7)) & 1) === 1) {
        const exact = type.kind === 'int64' ? 'getBigInt64' : 'getBigUint64';
        throw dataError(
          `column ${field.name} has ${this.#runtime.arena.view[exact](data + i * 8, true)}, which no number holds exactly; take int64 as bigint`,
          { column: field.name },
        );
      }
    }
    return new Uint8Array(numbers.buffer);
  }

  /** The type that the result has. */
  #given(type: DataType): DataType {
    if (type.kind === 'list') return list(this.#given(type.element));
    return this.#asNumbers(type) ? float64 : type;
  }

  #asNumbers(type: DataType): boolean {
    return this.#int64 === 'number' && (type.kind === 'int64' || type.kind === 'uint64');
  }

  #bytes(address: number, length: number): Uint8Array {
    return this.#runtime.arena.bytes.slice(address, address + length);
  }
}
