/**
 * Writes Parquet through hyparquet-writer, snappy-compressed. Rows are gathered in the arena until they make a
 * row group; then the columns become JavaScript values, one column at a time.
 */
import type { DecodedArray } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Batch, Vector } from '../../arrow/batch.js';
import type { Schema } from '../../arrow/schema.js';
import { widthOf } from '../../arrow/types.js';
import { stopIfAborted } from '../../breathe.js';
import { BatchBuffer } from '../../kernels/batch-buffer.js';
import type { FormatOptions, Runtime, Sink } from '../format.js';
import { createOutput, type Output } from '../output.js';
import { schemaElement } from './types.js';

/** A row group has at most so many rows, about so many values in all its columns, and so many bytes of text. */
const groupRows = 122_880;
const groupValues = 2 ** 21;
const groupTextBytes = 2 ** 25;

/** Of the arena: what the rows of a group may take, and their texts once more. Arrays that grow take twice that for a while. */
const arenaShare = 1 / 8;

export async function createParquet(
  path: string,
  schema: Schema,
  options: FormatOptions,
  runtime: Runtime,
): Promise<Sink> {
  return new ParquetSink(schema, createOutput(path, options.overwrite === true), runtime);
}

class ParquetSink implements Sink {
  readonly #schema: Schema;
  readonly #output: Output;
  readonly #runtime: Runtime;
  readonly #rows: BatchBuffer;
  readonly #writer: ParquetWriter;
  readonly #groupRows: number;
  readonly #groupTextBytes: number;
  #written = 0;

  constructor(schema: Schema, output: Output, runtime: Runtime) {
    this.#schema = schema;
    this.#output = output;
    this.#runtime = runtime;
    const types = schema.fields.map(({ type }) => type);
    this.#rows = new BatchBuffer(types, runtime.arena, runtime.kernels, 'parquet output');
    const share = runtime.arena.capacity * arenaShare;
    const rowBytes = types.reduce((sum, type) => sum + Math.max(4, widthOf(type)), 1);
    const most = Math.min(groupRows, groupValues / Math.max(1, types.length), share / rowBytes);
    this.#groupRows = Math.max(1024, Math.floor(most));
    this.#groupTextBytes = Math.min(groupTextBytes, share);
    this.#writer = new ParquetWriter({
      writer: new OutputWriter(output),
      schema: [{ name: 'schema', num_children: types.length }, ...schema.fields.map(schemaElement)],
      createdBy: 'spillway',
    });
  }

  async write(batch: Batch): Promise<void> {
    stopIfAborted(this.#runtime);
    this.#rows.append(batch);
    this.#written += batch.length;
    if (this.#rows.length >= this.#groupRows || this.#textBytes() > this.#groupTextBytes)
      await this.#writeGroup();
  }

  async finish(): Promise<{ readonly rows: number; readonly bytes: number }> {
    if (this.#rows.length > 0) await this.#writeGroup();
    await this.#writer.finish();
    await this.#output.finish();
    this.#rows.release();
    return { rows: this.#written, bytes: this.#output.bytes };
  }

  async abort(): Promise<void> {
    this.#rows.release();
    await this.#output.abort();
  }

  #textBytes(): number {
    const { view } = this.#runtime.arena;
    let bytes = 0;
    for (const { offsets } of this.#rows.batch().columns)
      if (offsets !== 0) bytes += view.getInt32(offsets + this.#rows.length * 4, true);
    return bytes;
  }

  #dictionaryEntries(): number {
    return this.#rows.batch().columns.reduce((sum, { dictionary }) => sum + (dictionary?.length ?? 0), 0);
  }

  async #writeGroup(): Promise<void> {
    const { columns, length } = this.#rows.batch();
    const columnData = columns.map((column, i) => ({
      name: this.#schema.fields[i]!.name,
      data: lazy(length, () => valuesOf(column, this.#runtime)),
    }));
    await this.#writer.write({ columnData, rowGroupSize: length });
    // Dictionaries outlive the rows; ones that became large are given back.
    if (this.#dictionaryEntries() > groupValues) this.#rows.release();
    else this.#rows.clear();
  }
}

/** hyparquet-writer's byte buffer, emptied into an output after each row group. */
class OutputWriter extends ByteWriter {
  readonly #output: Output;

  constructor(output: Output) {
    super(2 ** 20);
    this.#output = output;
  }

  async flush(): Promise<void> {
    await this.#output.write(this.getBytes());
    this.index = 0;
  }

  override finish(): Promise<void> {
    return this.flush();
  }
}

/** Looks to the writer like an array, and is made when the writer takes its one slice of it: all. */
function lazy(length: number, make: () => DecodedArray): DecodedArray {
  return { length, slice: make } as unknown as DecodedArray;
}

/** The column as hyparquet-writer takes it: decimals as unscaled integers, times as they are stored. */
function valuesOf(column: Vector, runtime: Runtime): DecodedArray {
  const { bytes } = runtime.arena;
  const { length, validity } = column;
  const value = valueAt(column, runtime);
  const out = new Array<unknown>(length);
  for (let i = 0; i < length; i++)
    out[i] = validity !== 0 && ((bytes[validity + (i >> 3)]! >> (i & 7)) & 1) === 0 ? null : value(i);
  return out;
}

function valueAt({ type, data, offsets, dictionary }: Vector, runtime: Runtime): (row: number) => unknown {
  const { view, bytes, buffer } = runtime.arena;
  switch (type.kind) {
    case 'null':
      return () => null;
    case 'bool':
      return (i) => ((bytes[data + (i >> 3)]! >> (i & 7)) & 1) === 1;
    case 'int8':
      return (i) => view.getInt8(data + i);
    case 'uint8':
      return (i) => view.getUint8(data + i);
    case 'int16':
      return (i) => view.getInt16(data + i * 2, true);
    case 'uint16':
      return (i) => view.getUint16(data + i * 2, true);
    case 'int32':
    case 'date':
      return (i) => view.getInt32(data + i * 4, true);
    case 'uint32':
      return (i) => view.getUint32(data + i * 4, true);
    case 'int64':
    case 'timestamp':
      return (i) => view.getBigInt64(data + i * 8, true);
    case 'uint64':
      return (i) => view.getBigUint64(data + i * 8, true);
    case 'float32':
      return (i) => view.getFloat32(data + i * 4, true);
    case 'float64':
      return (i) => view.getFloat64(data + i * 8, true);
    case 'decimal':
      return (i) =>
        (view.getBigInt64(data + i * 16 + 8, true) << 64n) | view.getBigUint64(data + i * 16, true);
    case 'utf8': {
      const memory = Buffer.from(buffer);
      const entries = dictionary?.offsets ?? offsets;
      const base = dictionary?.data ?? data;
      const text = (entry: number): string =>
        memory.toString(
          'utf8',
          base + view.getInt32(entries + entry * 4, true),
          base + view.getInt32(entries + entry * 4 + 4, true),
        );
      if (dictionary === null) return text;
      // Each entry is decoded once.
      const texts: (string | undefined)[] = [];
      return (i) => {
        const code = view.getInt32(data + i * 4, true);
        texts[code] ??= text(code);
        return texts[code];
      };
    }
  }
}
