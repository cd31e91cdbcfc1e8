/**
 * Batches as apache-arrow's record batches, copied out of the arena, and plain rows. This module loads
 * apache-arrow, so it is imported when the first result is asked for.
 */
import * as arrow from 'apache-arrow';
import { type Batch, bitmapBytes, type Dictionary, textVector, type Vector } from '../arrow/batch.js';
import { toArrowField } from '../arrow/interop.js';
import type { Field, Schema } from '../arrow/schema.js';
import { float64, physicalOf, utf8, widthOf } from '../arrow/types.js';
import { dataError } from '../errors.js';
import type { Runtime } from '../formats/format.js';
import { Interner } from '../kernels/interner.js';
import { take } from '../kernels/take.js';
import type { Region } from '../memory/arena.js';

/** How 64-bit integers are given: `number` refuses a value that a number does not hold exactly. */
export type Int64As = 'bigint' | 'number';

/** A dictionary with more entries is begun anew, so that a stream of batches stays within bounds. */
const maxDictionaryEntries = 2 ** 20;

/**
 * Copies batches. A text column whose first batch is dictionary-coded is coded in all, by one dictionary that
 * grows by chunks, so that any Arrow writer can write it with deltas; else it is plain in all.
 */
export class ArrowBatches {
  readonly #runtime: Runtime;
  readonly #fields: readonly Field[];
  readonly #int64: Int64As;
  readonly #region: Region;
  #copies: readonly CopyColumn[] | null = null;
  #dictionaries: readonly SharedDictionary[] = [];
  #schema: arrow.Schema | null = null;

  constructor(schema: Schema, runtime: Runtime, int64: Int64As = 'bigint') {
    this.#runtime = runtime;
    this.#fields = schema.fields;
    this.#int64 = int64;
    this.#region = runtime.arena.region('the result');
  }

  /** Settled by the first batch; text is plain if there is none. */
  get schema(): arrow.Schema {
    this.#schema ??= new arrow.Schema(this.#fields.map((field) => toArrowField(this.#result(field))));
    return this.#schema;
  }

  copy(batch: Batch): arrow.RecordBatch {
    this.#copies ??= this.#plan(batch);
    this.#region.reset();
    const children = this.#copies.map((copy, i) => copy(batch.columns[i]!));
    const type = new arrow.Struct(this.schema.fields);
    return new arrow.RecordBatch(
      this.schema,
      new arrow.Data(type, 0, batch.length, 0, [], children) as arrow.Data<arrow.Struct>,
    );
  }

  release(): void {
    for (const dictionary of this.#dictionaries) dictionary.release();
    this.#region.release();
  }

  #plan(batch: Batch): CopyColumn[] {
    const coded = batch.columns.map((column) => column.dictionary !== null);
    this.#schema = new arrow.Schema(
      this.#fields.map((field, i) => toArrowField(this.#result(field), coded[i])),
    );
    return this.#fields.map((field, i) => {
      const { type } = this.#schema!.fields[i]!;
      const { arena } = this.#runtime;
      const finish = (column: Vector, buffers: Buffers, dictionary?: arrow.Vector): arrow.Data => {
        const validity = column.validity === 0 ? undefined : copyOf(arena.bytes, column.validity, bitmapBytes(column.length));
        const data = new arrow.Data(
          type,
          0,
          column.length,
          validity ? -1 : 0,
          { ...buffers, [arrow.BufferType.VALIDITY]: validity } as never,
          [],
          dictionary,
        );
        if (!field.nullable && data.nullCount > 0)
          throw dataError(`column ${field.name} has a null, but it is declared as never null; add a ? to its type`, {
            column: field.name,
          });
        return data;
      };
      if (coded[i]) {
        const dictionary = new SharedDictionary(this.#runtime, field.name);
        this.#dictionaries = [...this.#dictionaries, dictionary];
        return (column) => {
          const codes = dictionary.encode(column, this.#region);
          const data = new Int32Array(arena.buffer.slice(codes.data, codes.data + column.length * 4));
          return finish(column, { [arrow.BufferType.DATA]: data }, dictionary.vector());
        };
      }
      const asNumbers = this.#int64 === 'number' && (field.type.kind === 'int64' || field.type.kind === 'uint64');
      if (asNumbers) return (column) => finish(column, { [arrow.BufferType.DATA]: numbersOf(column, field, arena.buffer) });
      if (field.type.kind === 'utf8') return (column) => finish(column, copyText(this.#plain(column), arena.buffer));
      return (column) => finish(column, copyFixed(column, arena.buffer));
    });
  }

  #result(field: Field): Field {
    const wide = field.type.kind === 'int64' || field.type.kind === 'uint64';
    return wide && this.#int64 === 'number' ? { ...field, type: float64 } : field;
  }

  #plain(column: Vector): Vector {
    const { dictionary } = column;
    if (dictionary === null) return column;
    const entries = textVector(utf8, dictionary.length, dictionary.data, dictionary.offsets);
    const plain = take(entries, column.data, column.length, this.#region, this.#runtime);
    return { ...plain, validity: column.validity };
  }
}
