/**
 * Writes one chunk: an Arrow IPC file whose record batches go to disk as they come, straight from the arena.
 *
 *   ARROW1 │ schema │ record batch ... │ dictionary ... │ end of stream │ our index │ footer │ ARROW1
 *
 * The footer points at the dictionaries, so they may come last, when they are complete; readers of the file
 * format look there first. The index lies where the format leaves room for anything.
 */
import type { Dictionary } from '../lib/arrow/batch.js';
import {
  type Block,
  encodeFooter,
  encodeSchema,
  endOfStream,
  type IpcField,
  magic,
  nodeCount,
} from '../lib/arrow/ipc.js';
import type { Region } from '../lib/memory/arena.js';
import { writeError } from '../lib/write-error.js';
import { encodeIndex, type IndexedBatch, type IndexedDictionary, padded, type Slot } from './chunk-index.js';
import { layOut, nodesOf, type StoredColumn } from './lay-out.js';
import { SyncedFile } from './synced-file.js';
import { checksumOf, type Workspace } from './workspace.js';

/** What is needed to read a chunk file; its owner keeps it. */
export interface ChunkLocation {
  readonly bytes: number;
  readonly rows: number;
  readonly index: { readonly offset: number; readonly bytes: number; readonly checksum: bigint };
}

const zeros = new Uint8Array(64);

export class ChunkWriter {
  readonly #dataset: string;
  readonly #fields: readonly IpcField[];
  readonly #workspace: Workspace;
  /** Holds the checksum's state. */
  readonly #region: Region;
  readonly #state: number;
  readonly #file: SyncedFile;
  #rows = 0;
  readonly #batches: IndexedBatch[] = [];
  readonly #blocks: Block[] = [];

  /**
   * `path` must not exist; errors name `dataset`. With `buffered` it is written past the system's cache, where it can be.
   * `close` or `finish` must be called.
   */
  constructor(
    path: string,
    dataset: string,
    fields: readonly IpcField[],
    buffered: boolean,
    workspace: Workspace,
  ) {
    this.#dataset = dataset;
    this.#fields = fields;
    this.#workspace = workspace;
    this.#region = workspace.arena.region('the chunk writer');
    this.#state = this.#region.reserve(8);
    try {
      this.#file = new SyncedFile(path, buffered ? workspace.arena.region('the chunk writer') : null);
    } catch (error) {
      this.#region.release();
      throw writeError(error, this.#dataset);
    }
    const start = Buffer.alloc(8);
    magic.copy(start);
    this.#write([start, encodeSchema(fields, 8)]);
  }

  get bytes(): number {
    return this.#file.bytes;
  }

  get rows(): number {
    return this.#rows;
  }

  write(rows: number, columns: readonly StoredColumn[]): void {
    const { block, slots } = this.#message(rows, columns, null);
    this.#blocks.push(block);
    this.#batches.push({ rows, slots });
    this.#rows += rows;
  }

  /** Writes the dictionaries of the coded columns, by position, and closes the file once it is on the disk. */
  finish(dictionaries: readonly (Dictionary | null)[]): { location: ChunkLocation; synced: Promise<void> } {
    const blocks: Block[] = [];
    const indexed: IndexedDictionary[] = [];
    dictionaries.forEach((dictionary, column) => {
      if (dictionary === null) return;
      const { block, slots } = this.#message(
        dictionary.length,
        [this.#dictionary(dictionary)],
        this.#fields[column]!,
      );
      blocks.push(block);
      indexed.push({ column, entries: dictionary.length, slot: slots[0]! });
    });
    this.#write([endOfStream]);
    const nodes = this.#fields.reduce((sum, field) => sum + nodeCount(field), 0);
    const index = encodeIndex(nodes, this.#batches, indexed);
    const offset = this.#file.bytes;
    const footer = encodeFooter({ fields: this.#fields, dictionaries: blocks, batches: this.#blocks });
    this.#write([index, zeros.subarray(0, padded(index.length) - index.length), footer]);
    const checksum = checksumOf(index, this.#region, this.#workspace.kernels);
    const location = {
      bytes: this.#file.bytes,
      rows: this.#rows,
      index: { offset, bytes: index.length, checksum },
    };
    return { location, synced: this.#sync() };
  }

  /** Leaves the file as it is. */
  async close(): Promise<void> {
    this.#region.release();
    await this.#file.close();
  }

  /** A record batch, or with `dictionaryOf` the dictionary of that field. */
  #message(
    rows: number,
    columns: readonly StoredColumn[],
    dictionaryOf: IpcField | null,
  ): { block: Block; slots: Slot[] } {
    const fields = dictionaryOf === null ? this.#fields : [dictionaryOf];
    const id = dictionaryOf?.dictionary?.id ?? null;
    const { metadata, pieces, body, starts } = layOut(rows, fields, columns, id, this.#workspace.arena);
    const block = { offset: this.#file.bytes, metadata: metadata.length, body };
    const from = this.#file.bytes + metadata.length;
    const slots = columns.flatMap(nodesOf).map((node, i) => this.#slot(node, from + starts[i]!));
    this.#write([metadata, ...pieces]);
    return { block, slots };
  }

  #slot(column: StoredColumn, offset: number): Slot {
    const { validityBytes, offsetsBytes, dataBytes, nulls } = column;
    const { arena, kernels } = this.#workspace;
    arena.view.setBigUint64(this.#state, 0n, true);
    kernels.checksum_bytes(column.validity, validityBytes, this.#state);
    kernels.checksum_bytes(column.offsets, offsetsBytes, this.#state);
    kernels.checksum_bytes(column.data, dataBytes, this.#state);
    const checksum = arena.view.getBigUint64(this.#state, true);
    return { offset, validityBytes, offsetsBytes, dataBytes, nulls, checksum };
  }

  #dictionary(dictionary: Dictionary): StoredColumn {
    const { offsets, data, length } = dictionary;
    const dataBytes = this.#workspace.arena.view.getInt32(offsets + length * 4, true);
    return {
      rows: length,
      nulls: 0,
      validity: 0,
      validityBytes: 0,
      offsets,
      offsetsBytes: (length + 1) * 4,
      data,
      dataBytes,
    };
  }

  #write(pieces: readonly Uint8Array[]): void {
    try {
      this.#file.write(pieces);
    } catch (error) {
      throw writeError(error, this.#dataset);
    }
  }

  async #sync(): Promise<void> {
    this.#region.release();
    try {
      await this.#file.finish();
    } catch (error) {
      throw writeError(error, this.#dataset);
    }
  }
}
