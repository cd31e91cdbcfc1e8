/**
 * Arrow IPC as other programs write it: plain columns, no encoding of ours, so that every reader takes it.
 *
 *   file    ARROW1 │ schema │ batch ... │ end of stream │ footer │ ARROW1
 *   stream           schema │ batch ... │ end of stream
 */
import { layOut } from '../../../spill/lay-out.js';
import { countNulls, plainColumn, spelledOut } from '../../../spill/plain-column.js';
import type { Batch } from '../../arrow/batch.js';
import {
  type Block,
  encodeFooter,
  encodeSchema,
  endOfStream,
  type IpcField,
  magic,
  plainField,
} from '../../arrow/ipc.js';
import type { Schema } from '../../arrow/schema.js';
import { slices } from '../../arrow/slice.js';
import { stopIfAborted } from '../../breathe.js';
import { sliceBatch } from '../../kernels/slice.js';
import { textBytes } from '../../kernels/text-bytes.js';
import type { Region } from '../../memory/arena.js';
import type { FormatOptions, Runtime, Sink } from '../format.js';
import { createOutput, type Output } from '../output.js';

/** Of the arena: texts that are spelled out at once. */
const spelledPart = 1 / 16;

export async function createArrow(
  path: string,
  schema: Schema,
  options: FormatOptions,
  runtime: Runtime,
): Promise<Sink> {
  const output = await createOutput(path, options.overwrite === true, runtime);
  const sink = new ArrowSink(output, schema, path === '-' || path.toLowerCase().endsWith('.arrows'), runtime);
  try {
    await sink.start();
  } catch (error) {
    await sink.abort();
    throw error;
  }
  return sink;
}

class ArrowSink implements Sink {
  readonly #output: Output;
  readonly #fields: readonly IpcField[];
  readonly #stream: boolean;
  readonly #runtime: Runtime;
  readonly #region: Region;
  /** Of bitmaps that do not begin at a whole byte in a piece. */
  readonly #slices: Region;
  readonly #blocks: Block[] = [];
  #rows = 0;

  constructor(output: Output, schema: Schema, stream: boolean, runtime: Runtime) {
    this.#output = output;
    this.#fields = schema.fields.map(plainField);
    this.#stream = stream;
    this.#runtime = runtime;
    this.#region = runtime.arena.region('writing Arrow');
    this.#slices = runtime.arena.region('writing Arrow');
  }

  async start(): Promise<void> {
    const start = Buffer.alloc(this.#stream ? 0 : 8);
    magic.copy(start);
    await this.#output.write(Buffer.concat([start, encodeSchema(this.#fields, start.length)]));
  }

  async write(batch: Batch): Promise<void> {
    stopIfAborted(this.#runtime);
    this.#slices.reset();
    for (const slice of slices(batch))
      for (const piece of this.#pieces(slice)) if (piece.length > 0) await this.#writePiece(piece);
  }

  /** Codes may stand for far more than there is room to spell out at once. */
  *#pieces(batch: Batch): Generator<Batch, void, void> {
    const { arena, kernels } = this.#runtime;
    if (batch.length <= 1 || this.#codedBytes(batch) <= arena.capacity * spelledPart) {
      yield batch;
      return;
    }
    const half = batch.length >> 1;
    const middle = half < 8 ? half : half - (half % 8);
    yield* this.#pieces(sliceBatch(batch, 0, middle, this.#slices, kernels));
    yield* this.#pieces(sliceBatch(batch, middle, batch.length - middle, this.#slices, kernels));
  }

  /** Of the texts that come as codes. */
  #codedBytes({ columns }: Batch): number {
    const { kernels } = this.#runtime;
    const coded = columns.filter(({ dictionary }) => dictionary !== null);
    return coded.reduce((sum, column) => sum + textBytes(column, kernels), 0);
  }

  async finish(): Promise<{ readonly rows: number; readonly bytes: number }> {
    await this.#output.write(endOfStream);
    if (!this.#stream)
      await this.#output.write(
        encodeFooter({ fields: this.#fields, dictionaries: [], batches: this.#blocks }),
      );
    await this.#output.finish();
    this.#region.release();
    this.#slices.release();
    return { rows: this.#rows, bytes: this.#output.bytes };
  }

  async abort(): Promise<void> {
    this.#region.release();
    this.#slices.release();
    await this.#output.abort();
  }

  async #writePiece(batch: Batch): Promise<void> {
    this.#region.reset();
    const stored = batch.columns.map((column) => {
      const plain = spelledOut(column, this.#region, this.#runtime);
      return plainColumn(plain, countNulls(plain, this.#runtime), this.#region, this.#runtime);
    });
    const { metadata, pieces, body } = layOut(batch.length, this.#fields, stored, null, this.#runtime.arena);
    this.#blocks.push({ offset: this.#output.bytes, metadata: metadata.length, body });
    await this.#output.write(metadata);
    for (const piece of pieces) await this.#output.write(piece);
    this.#rows += batch.length;
  }
}
