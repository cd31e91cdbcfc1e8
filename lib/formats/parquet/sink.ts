/**
 * Writes Parquet, snappy-compressed. Rows are gathered in the arena until they make a row group; then the columns
 * are written one after another. What stands around the pages, headers and footer, is hyparquet-writer's work.
 */
import type { ColumnChunk, SchemaElement } from 'hyparquet';
import { ParquetWriter } from 'hyparquet-writer';
import type { Batch } from '../../arrow/batch.js';
import type { Schema } from '../../arrow/schema.js';
import { slices } from '../../arrow/slice.js';
import { widthOf } from '../../arrow/types.js';
import { breathe, stopIfAborted } from '../../breathe.js';
import { BatchBuffer } from '../../kernels/batch-buffer.js';
import type { FormatOptions, Runtime, Sink } from '../format.js';
import { createOutput, type Output } from '../output.js';
import { writeChunk } from './chunk.js';
import { PageWriter } from './page-writer.js';
import { schemaElement } from './types.js';

/** A row group has at most so many rows, about so many values in all its columns, and so many bytes of text. */
const groupRows = 122_880;
const groupValues = 2 ** 21;
const groupTextBytes = 2 ** 25;

/**
 * Of the arena: what the rows of a group may take, and their texts once more. Arrays that grow take twice that for a while,
 * and a column is written through two copies; operators leave three tenths for all that is no row of theirs.
 */
const arenaShare = 1 / 24;

export async function createParquet(
  path: string,
  schema: Schema,
  options: FormatOptions,
  runtime: Runtime,
): Promise<Sink> {
  const elements = schema.fields.map(schemaElement);
  const output = await createOutput(path, options.overwrite === true, runtime);
  return new ParquetSink(schema, elements, output, runtime);
}

class ParquetSink implements Sink {
  readonly #elements: readonly SchemaElement[];
  readonly #output: Output;
  readonly #runtime: Runtime;
  readonly #rows: BatchBuffer;
  readonly #writer: ParquetWriter;
  readonly #pages: PageWriter;
  /** A multiple of 512. */
  readonly #groupRows: number;
  readonly #groupTextBytes: number;
  #written = 0;

  constructor(schema: Schema, elements: readonly SchemaElement[], output: Output, runtime: Runtime) {
    this.#elements = elements;
    this.#output = output;
    this.#runtime = runtime;
    const types = schema.fields.map(({ type }) => type);
    this.#rows = new BatchBuffer(types, runtime.arena, runtime.kernels, 'parquet output');
    const share = runtime.arena.capacity * arenaShare;
    const rowBytes = types.reduce((sum, type) => sum + Math.max(4, widthOf(type)), 1);
    const most = Math.min(groupRows, groupValues / Math.max(1, types.length), share / rowBytes);
    this.#groupRows = Math.max(1024, Math.floor(most) & ~511);
    this.#groupTextBytes = Math.min(groupTextBytes, share);
    this.#pages = new PageWriter(output, runtime);
    this.#writer = new ParquetWriter({
      writer: this.#pages,
      schema: [{ name: 'schema', num_children: types.length }, ...this.#elements],
      createdBy: 'spillway',
    });
  }

  async write(batch: Batch): Promise<void> {
    stopIfAborted(this.#runtime);
    this.#written += batch.length;
    for (const piece of slices(batch, this.#groupRows)) await this.#gather(piece);
  }

  async finish(): Promise<{ readonly rows: number; readonly bytes: number }> {
    if (this.#rows.length > 0) await this.#writeGathered();
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

  async #gather(batch: Batch): Promise<void> {
    this.#rows.append(batch);
    const full = this.#rows.length >= this.#groupRows || this.#textBytes() > this.#groupTextBytes;
    if (full || this.#rows.outgrown) await this.#writeGathered();
  }

  async #writeGathered(): Promise<void> {
    await this.#writeGroup(this.#rows.batch());
    // Dictionaries outlive the rows; ones that became large are given back.
    if (this.#dictionaryEntries() > groupValues || this.#rows.outgrown) this.#rows.release();
    else this.#rows.clear();
  }

  async #writeGroup({ columns, length }: Batch): Promise<void> {
    const start = this.#pages.offset;
    const unpacked = this.#pages.unpacked;
    const chunks: ColumnChunk[] = [];
    for (const [i, column] of columns.entries()) {
      await breathe(this.#runtime);
      chunks.push(await writeChunk(column, this.#elements[i]!, this.#pages, this.#runtime));
    }
    this.#writer.row_groups.push({
      columns: chunks,
      total_byte_size: BigInt(this.#pages.unpacked - unpacked),
      num_rows: BigInt(length),
      total_compressed_size: BigInt(this.#pages.offset - start),
    });
    this.#writer.num_rows += BigInt(length);
  }
}
