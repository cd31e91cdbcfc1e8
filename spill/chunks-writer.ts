/**
 * Writes chunk files of a dataset: all of them, or those of one task among several that write at the same time. What it
 * returns is plain data, of which pending-dataset.ts makes the manifest. Memory: one batch, the dictionaries of coded
 * columns, and about 20 KB of statistics a column.
 */
import { join } from 'node:path';
import { type Batch, batchRows } from '../lib/arrow/batch.js';
import type { Schema } from '../lib/arrow/schema.js';
import { sliceRows, slices } from '../lib/arrow/slice.js';
import { BatchBuffer } from '../lib/kernels/batch-buffer.js';
import { blockBytes, type Region } from '../lib/memory/arena.js';
import { chunkFile } from './chunk-file.js';
import { ChunkWriter } from './chunk-writer.js';
import { ColumnEncoder } from './column-encoder.js';
import { dictionariesPart } from './dictionaries-part.js';
import type { Chunk } from './manifest.js';
import { type Observed, Observer } from './observer.js';
import type { Workspace } from './workspace.js';

export interface ChunkOptions {
  /** A chunk is ended when it has so many bytes. */
  readonly chunkBytes?: number;
  /** Batches of fewer rows, as a filter gives, are joined before they are written. */
  readonly joinBelow?: number;
}

/** Where chunks go. */
export interface ChunkPlace {
  readonly folder: string;
  /** A number that no others who write in the folder have; none for who writes there alone. */
  readonly task?: number;
  /** The dataset that errors name. */
  readonly dataset: string;
}

/** Chunks that are on the disk, in order; plain data, which goes between processes by structured clone. */
export interface WrittenChunks {
  /** Lineages are numbered by column. */
  readonly chunks: readonly Chunk[];
  /** By column. */
  readonly columns: readonly Observed[];
}

const usuallyJoinBelow = batchRows / 4;

/**
 * A stored batch has about so many bytes at most: whoever reads it must have room for it, with however much memory it was
 * written. Rows of 128 bytes or less are not told apart by it.
 */
const batchBytes = 8 * 2 ** 20;

/** What the least dictionary of a column takes while it is written. */
const dictionaryBytes = 4 * blockBytes;

const usualChunkBytes = 64 * 2 ** 20;

/** The first files of a dataset stay in the system's cache: of a small one, for who reads it right away, all. */
const cachedFiles = 4;

/** More chunks than this are not ended early for the sake of narrow storage. */
const maxEarlyEnds = 16;

export class ChunksWriter {
  readonly #place: ChunkPlace;
  readonly #workspace: Workspace;
  readonly #chunkBytes: number;
  readonly #joinBelow: number;
  /** Long texts and lists take more than the rows tell. */
  readonly #joinedBytes: number;
  /** For one batch. */
  readonly #region: Region;
  readonly #statistics: Region;
  readonly #encoders: readonly ColumnEncoder[];
  readonly #observers: readonly Observer[];
  readonly #small: BatchBuffer;
  readonly #chunks: Chunk[] = [];
  /** Files on their way to the disk; the first failure is kept for `finish`. */
  readonly #synced: Promise<unknown>[] = [];
  #open: ChunkWriter | null = null;
  #earlyEnds = 0;

  constructor(place: ChunkPlace, schema: Schema, options: ChunkOptions, workspace: Workspace) {
    this.#place = place;
    this.#workspace = workspace;
    this.#chunkBytes = options.chunkBytes ?? usualChunkBytes;
    const { capacity } = workspace.arena;
    this.#joinedBytes = Math.min(capacity / 16, batchBytes);
    this.#joinBelow = options.joinBelow ?? joinBelow(schema.fields.length, capacity);
    this.#region = workspace.arena.region('the dataset writer');
    this.#statistics = workspace.arena.region('column statistics');
    const types = schema.fields.map((field) => field.type);
    this.#small = new BatchBuffer(types, workspace.arena, workspace.kernels, 'the dataset writer');
    const texts = types.filter(({ kind }) => kind === 'utf8').length;
    const most = capacity * dictionariesPart;
    const hasRoom = (more: number): boolean =>
      this.#encoders.reduce((sum, { held }) => sum + held, more) <= most;
    const codes = most >= texts * dictionaryBytes;
    this.#encoders = schema.fields.map(
      (field, id) => new ColumnEncoder(field, id, workspace, codes ? hasRoom : null),
    );
    try {
      this.#observers = schema.fields.map((field) => new Observer(field.type, this.#statistics, workspace));
    } catch (error) {
      this.#statistics.release();
      throw error;
    }
  }

  write(batch: Batch): void {
    if (batch.length === 0) return;
    const isSmall = batch.length < this.#joinBelow;
    if (isSmall) this.#small.append(batch);
    const enough = this.#small.length > 2 * this.#joinBelow || this.#small.bytes > this.#joinedBytes;
    if (enough || !isSmall) this.#writeSmall();
    if (!isSmall) this.#writeBatch(batch);
  }

  /** Returns when all is on the disk. */
  async finish(): Promise<WrittenChunks> {
    this.#writeSmall();
    this.#endChunk();
    for (const failure of await Promise.all(this.#synced)) if (failure !== undefined) throw failure;
    const columns = this.#observers.map((observer) => observer.observed());
    this.#release();
    return { chunks: this.#chunks, columns };
  }

  /** Leaves its files to the owner of the folder; harmless after `finish`. */
  async abort(): Promise<void> {
    await this.#open?.close();
    this.#open = null;
    await Promise.all(this.#synced);
    this.#release();
  }

  #writeSmall(): void {
    if (this.#small.length > 0) this.#writeBatch(this.#small.batch());
    this.#small.clear();
  }

  #writeBatch(batch: Batch): void {
    const { view } = this.#workspace.arena;
    const bytes = batch.columns.reduce(
      (sum, column, i) => sum + this.#encoders[i]!.valueBytes(column, view),
      1,
    );
    for (const piece of slices(batch, sliceRows(batchBytes, bytes))) this.#writePiece(piece);
  }

  #writePiece(batch: Batch): void {
    const region = this.#region;
    region.reset();
    const columns = batch.columns.map((column, i) => this.#encoders[i]!.prepare(column, region));
    const measured = columns.map((column, i) => this.#observers[i]!.measure(column));
    const fits = this.#encoders.every((encoder, i) => encoder.fits(columns[i]!, measured[i]!));
    if (this.#open !== null && (!fits || this.#open.bytes >= this.#chunkBytes)) {
      this.#endChunk();
      if (!fits && ++this.#earlyEnds === maxEarlyEnds) for (const encoder of this.#encoders) encoder.widen();
    }
    if (this.#open === null) {
      this.#encoders.forEach((encoder, i) => encoder.begin(columns[i]!, measured[i]!));
      const fields = this.#encoders.map((encoder) => encoder.field());
      const file = join(this.#place.folder, this.#nextFile());
      const buffered = (this.#place.task ?? 0) + this.#chunks.length >= cachedFiles;
      this.#open = new ChunkWriter(file, this.#place.dataset, fields, buffered, this.#workspace);
    }
    this.#open.write(
      batch.length,
      columns.map((column, i) => this.#encoders[i]!.store(column, measured[i]!, region)),
    );
    columns.forEach((column, i) => this.#observers[i]!.add(column, measured[i]!));
  }

  #endChunk(): void {
    const chunk = this.#open;
    if (chunk === null) return;
    const file = this.#nextFile();
    const dictionaries = this.#encoders.map((encoder) => encoder.dictionary());
    const fields = this.#encoders.map((encoder) => encoder.field());
    const { location, synced } = chunk.finish(dictionaries);
    this.#open = null;
    this.#synced.push(synced.catch((error: unknown) => error));
    this.#chunks.push({
      ...location,
      file,
      stored: fields.map((field) => field.dictionary?.index ?? field.type),
      lineages: fields.map((field) => field.dictionary?.id ?? null),
      columns: this.#observers.map((observer, i) => observer.endChunk(dictionaries[i]!)),
    });
  }

  #nextFile(): string {
    return chunkFile(this.#place.task, this.#chunks.length);
  }

  #release(): void {
    this.#region.release();
    this.#statistics.release();
    this.#small.release();
    for (const encoder of this.#encoders) encoder.release();
    for (const observer of this.#observers) observer.release();
  }
}

/** An eighth of the memory holds the joined rows, of 8 bytes a value, their bitmaps, and what is not full of each. */
function joinBelow(columns: number, capacity: number): number {
  const rows = Math.floor((capacity / 8 / Math.max(1, columns) - 2 * blockBytes) / 16);
  return Math.max(0, Math.min(usuallyJoinBelow, rows));
}
