/**
 * Batches that left memory, in one file: numbered runs, each the list of the batches written to it, in that order.
 * What writes it gives runs their meaning: a sorted run, a hash partition.
 *
 *   schema │ dictionary │ batch (run 3) │ batch (run 0) ... │ end │ schema │ dictionary │ batch (run 3) ...
 *
 * The file is a sequence of Arrow IPC streams: integers are stored in the narrowest type that holds them and text that
 * comes coded as codes, and a new stream begins whenever a column must be stored wider. Which batch belongs to which
 * run, and the checksums over its columns, is kept in memory; dictionaries too, for as long as the file lives.
 *
 * Memory: an index of 20 bytes and 12 a column for each batch, the dictionaries, and in writing and in reading one
 * batch each.
 *
 * Tried, and not done (files of db-benchmark's tables, a control group of 128 MB):
 * - Compression. Narrow integers and codes leave little of it: snappy keeps 87 % of a sort's file, 85 % of a join's, 62 % of
 *   q10's, and packs 0.5 to 0.9 GB in a second of processor time, where a write takes 3 GB. It would pay below 70 MB/s of
 *   disk (q10: 240); what compresses as LZ4 does is no different in kind. Deflate keeps 53 to 73 %, at a tenth of the speed.
 * - Writes and reads past the system's cache (O_DIRECT). In pieces of 64 KB, as batches are, 2.6 times slower to write and
 *   1.6 to read; in pieces of 1 MB 1.5 times faster to write, and 1.6 slower to read. What is in the cache counts in the
 *   group, but the system takes it back first. fdatasync every 16 MB: no faster.
 */
import { closeSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Batch } from '../lib/arrow/batch.js';
import type { DataType } from '../lib/arrow/types.js';
import { type NextBatch, RunReader } from './run-reader.js';
import { type DiskBudget, RunWriter } from './run-writer.js';
import type { Texts } from './spill-coder.js';
import { spillError } from './spill-error.js';
import type { Workspace } from './workspace.js';

export class SpillFile {
  readonly #path: string;
  readonly #budget: DiskBudget;
  readonly #writer: RunWriter;
  readonly #reader: RunReader;
  #file: number;

  /** `path` must not exist; for the others see RunWriter. */
  constructor(
    path: string,
    types: readonly DataType[],
    texts: readonly (Texts | null)[] | null,
    owner: string,
    workspace: Workspace,
    budget: DiskBudget,
  ) {
    this.#path = path;
    this.#budget = budget;
    this.#file = createFile(path);
    this.#writer = new RunWriter(this.#file, path, types, texts, owner, workspace, budget);
    const { index, codings } = this.#writer;
    this.#reader = new RunReader(this.#file, path, types, index, codings, owner, workspace);
  }

  /** Bytes in the file. */
  get bytes(): number {
    return this.#writer.bytes;
  }

  /** Runs so far: one more than the highest number written to. */
  get runs(): number {
    return this.#writer.index.runs.length;
  }

  rowsOf(run: number): number {
    return this.#writer.index.run(run).rows;
  }

  /** Bytes of a run in the file; in memory it may take several times as much. */
  bytesOf(run: number): number {
    return this.#writer.index.run(run).bytes;
  }

  /** Of its largest batch. */
  mostBytesOf(run: number): number {
    return this.#writer.index.run(run).mostBytes;
  }

  /** Adds a batch of any length to a run. */
  write(run: number, batch: Batch): void {
    this.#writer.write(run, batch);
  }

  /** The batches of a run in the order in which they were written, each valid until the next is asked for. */
  read(run: number): Generator<Batch, void, void> {
    return this.#reader.read(run);
  }

  /** Reads a run, too, each batch into a region of the caller's. */
  open(run: number): NextBatch {
    return this.#reader.open(run);
  }

  /** Removes the file and gives back its memory. */
  release(): void {
    this.#writer.release();
    if (this.#file < 0) return;
    closeSync(this.#file);
    this.#file = -1;
    rmSync(this.#path, { force: true });
    this.#budget.free(this.#writer.bytes);
    this.#budget.close();
  }
}

/** A new file that only its owner may read. */
export function createFile(path: string): number {
  try {
    return openSync(path, 'wx+', 0o600);
  } catch (error) {
    throw spillError(error, dirname(path));
  }
}
