/**
 * Batches that left memory, in one file: numbered runs, each the list of the batches written to it, in that order.
 * What writes it gives runs their meaning: a sorted run, a hash partition.
 *
 *   schema │ dictionary │ batch (run 3) │ batch (run 0) ... │ end │ schema │ dictionary │ batch (run 3) ...
 *
 * The file is a sequence of Arrow IPC streams: integers are stored in the narrowest type that holds them and text that
 * comes coded as codes, and a new stream begins whenever a column must be stored wider. Which batch belongs to which
 * run, and the checksum over its buffers, is kept in memory; dictionaries too, for as long as the file lives.
 *
 * Memory: an index of some 30 bytes and 8 a column for each batch, the dictionaries, and in writing and in reading one
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
import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Batch, Dictionary } from '../lib/arrow/batch.js';
import { bitmapBytes } from '../lib/arrow/batch.js';
import { encodeSchema, endOfStream } from '../lib/arrow/ipc.js';
import { slices } from '../lib/arrow/slice.js';
import type { DataType } from '../lib/arrow/types.js';
import { diskError } from '../lib/errors.js';
import type { Region } from '../lib/memory/arena.js';
import { systemCode, writeError } from '../lib/write-error.js';
import { padded } from './chunk-index.js';
import { decodeColumn } from './decode-column.js';
import { layOut, nodesOf, type StoredColumn } from './lay-out.js';
import { type Coding, SpillCoder } from './spill-coder.js';
import type { Workspace } from './workspace.js';
import { writePieces } from './write-pieces.js';

/** Asked before bytes are written and told when they are given back; throws where the disk budget does not suffice. */
export interface DiskBudget {
  claim(bytes: number): void;
  free(bytes: number): void;
  /** The file is gone. */
  close(): void;
}

/** Words of a batch in the index: file offset (a double), rows, checksum (64 bits), next batch of the run, coding. */
const headWords = 7;
/** Words of a column, and of its elements: nulls, bytes of its data; of lists how many elements. */
const columnWords = 2;

const none = -1;

/** The dictionaries of a file may take so much of the memory. */
const dictionariesPart = 1 / 16;

export class SpillFile {
  readonly #path: string;
  readonly #types: readonly DataType[];
  /** Columns, and what is inside of them. */
  readonly #nodes: number;
  readonly #owner: string;
  readonly #workspace: Workspace;
  readonly #budget: DiskBudget;
  readonly #coders: readonly SpillCoder[];
  /** For the batch that is written. */
  readonly #region: Region;
  readonly #state: number;
  readonly #home: Region;
  #file: number;
  #position = 0;
  #index = new Uint32Array(1024);
  #batches = 0;
  readonly #runs: { first: number; last: number; rows: number; bytes: number }[] = [];
  /** How the columns of a batch are stored, by the number in the index. */
  readonly #codings: (readonly Coding[])[] = [];
  /** Entries of each dictionary that are in the current stream. */
  #sent: number[] = [];

  /** `path` must not exist; `owner` is named in errors. */
  constructor(
    path: string,
    types: readonly DataType[],
    owner: string,
    workspace: Workspace,
    budget: DiskBudget,
  ) {
    this.#path = path;
    this.#types = types;
    this.#nodes = types.reduce((sum, type) => sum + depthOf(type), 0);
    this.#owner = owner;
    this.#workspace = workspace;
    this.#budget = budget;
    this.#region = workspace.arena.region(owner);
    this.#home = workspace.arena.region(owner);
    this.#state = this.#home.reserve(8);
    const texts = types.filter(({ kind }) => kind === 'utf8').length;
    const mostHeld = (workspace.arena.capacity * dictionariesPart) / Math.max(1, texts);
    this.#coders = types.map((type) => new SpillCoder(type, owner, workspace, mostHeld));
    try {
      this.#file = openSync(path, 'wx+', 0o600);
    } catch (error) {
      this.#home.release();
      throw spillError(error, dirname(path));
    }
  }

  /** Bytes in the file. */
  get bytes(): number {
    return this.#position;
  }

  /** Runs so far: one more than the highest number written to. */
  get runs(): number {
    return this.#runs.length;
  }

  rowsOf(run: number): number {
    return this.#runs[run]?.rows ?? 0;
  }

  /** Bytes of a run in the file; in memory it may take several times as much. */
  bytesOf(run: number): number {
    return this.#runs[run]?.bytes ?? 0;
  }

  /** Adds a batch of any length to a run. */
  write(run: number, batch: Batch): void {
    if (batch.length > 0) for (const piece of slices(batch)) this.#writePiece(run, piece);
    // What was needed for one large batch is not held until the next.
    this.#region.release();
  }

  /** The batches of a run in the order in which they were written, each valid until the next is asked for. */
  *read(run: number): Generator<Batch, void, void> {
    const region = this.#workspace.arena.region(this.#owner);
    const next = this.open(run);
    try {
      for (let batch = next(region); batch !== null; batch = next(region)) {
        yield batch;
        region.reset();
      }
    } finally {
      region.release();
    }
  }

  /** Reads a run, too, each batch into a region of the caller's; null behind the last. */
  open(run: number): (region: Region) => Batch | null {
    let batch = this.#runs[run]?.first ?? none;
    return (region) => {
      if (batch === none) return null;
      const read = this.#readBatch(batch, region);
      batch = this.#next(batch);
      return read;
    };
  }

  /** Removes the file and gives back its memory. */
  release(): void {
    for (const coder of this.#coders) coder.release();
    this.#region.release();
    this.#home.release();
    if (this.#file < 0) return;
    closeSync(this.#file);
    this.#file = -1;
    rmSync(this.#path, { force: true });
    this.#budget.free(this.#position);
    this.#budget.close();
  }

  #writePiece(run: number, batch: Batch): void {
    const region = this.#region;
    region.reset();
    const { length } = batch;
    const columns = batch.columns.map((column, i) => this.#coders[i]!.prepare(column, region));
    this.#describe();
    const stored = columns.map((column, i) => this.#coders[i]!.store(column, region));
    const fields = this.#coders.map((coder, i) => coder.field(i));
    const { metadata, pieces, body } = layOut(length, fields, stored, null, this.#workspace.arena);
    const offset = this.#position + metadata.length;
    this.#write([metadata, ...pieces]);
    this.#add(run, length, offset, this.#checksum(stored), stored);
    this.#runs[run]!.bytes += body;
  }

  /** Tells readers of the file how the next batch is stored, where that is news. */
  #describe(): void {
    const codings = this.#coders.map((coder) => coder.coding);
    const before = this.#codings.at(-1);
    if (before === undefined || codings.some((coding, i) => coding !== before[i])) {
      const start = before === undefined ? [] : [endOfStream];
      const position = this.#position + (start[0]?.length ?? 0);
      this.#write([
        ...start,
        encodeSchema(
          this.#coders.map((coder, i) => coder.field(i)),
          position,
        ),
      ]);
      this.#codings.push(codings);
      this.#sent = codings.map(() => 0);
    }
    this.#coders.forEach((coder, i) => {
      const { length } = coder.dictionary() ?? { length: 0 };
      const sent = this.#sent[i]!;
      if (length === sent) return;
      const entries = coder.entries(sent, this.#region);
      const field = coder.field(i);
      const { metadata, pieces } = layOut(
        length - sent,
        [field],
        [entries],
        i,
        this.#workspace.arena,
        sent > 0,
      );
      this.#write([metadata, ...pieces]);
      this.#sent[i] = length;
    });
  }

  #write(pieces: readonly Uint8Array[]): void {
    const end = this.#position + pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#budget.claim(end - this.#position);
    try {
      writePieces(this.#file, pieces, this.#position, (bytes) => {
        this.#position += bytes;
      });
    } catch (error) {
      // What was claimed for the bytes that did not get there.
      this.#budget.free(end - this.#position);
      throw writeError(error, this.#path);
    }
  }

  // ---- the index

  #at(batch: number): number {
    return batch * (headWords + columnWords * this.#nodes);
  }

  #next(batch: number): number {
    return this.#index[this.#at(batch) + 5]! - 1;
  }

  #add(run: number, rows: number, offset: number, checksum: bigint, stored: readonly StoredColumn[]): void {
    const batch = this.#batches++;
    const at = this.#at(batch);
    const end = this.#at(batch + 1);
    if (end > this.#index.length) {
      const grown = new Uint32Array(Math.max(end, this.#index.length * 2));
      grown.set(this.#index);
      this.#index = grown;
    }
    const index = this.#index;
    index[at] = offset % 2 ** 32;
    index[at + 1] = Math.floor(offset / 2 ** 32);
    index[at + 2] = rows;
    index[at + 3] = Number(checksum & 0xffffffffn);
    index[at + 4] = Number(checksum >> 32n);
    index[at + 5] = 0;
    index[at + 6] = this.#codings.length - 1;
    stored.flatMap(nodesOf).forEach(({ nulls, dataBytes, child }, i) => {
      index[at + headWords + i * columnWords] = nulls;
      index[at + headWords + i * columnWords + 1] = child?.rows ?? dataBytes;
    });
    while (this.#runs.length <= run) this.#runs.push({ first: none, last: none, rows: 0, bytes: 0 });
    const list = this.#runs[run]!;
    if (list.first === none) list.first = batch;
    // Stored one up, so that 0 is the end.
    else index[this.#at(list.last) + 5] = batch + 1;
    list.last = batch;
    list.rows += rows;
  }

  // ---- reading

  #readBatch(batch: number, region: Region): Batch {
    const { arena } = this.#workspace;
    const index = this.#index;
    const at = this.#at(batch);
    const rows = index[at + 2]!;
    const codings = this.#codings[index[at + 6]!]!;
    let body = 0;
    let word = at + headWords;
    const locate = (type: DataType, rows: number, plainText: boolean): StoredColumn => {
      const nulls = index[word]!;
      const size = index[word + 1]!;
      word += columnWords;
      const isList = type.kind === 'list';
      const validityBytes = nulls > 0 && type.kind !== 'null' ? bitmapBytes(rows) : 0;
      const offsetsBytes = plainText || isList ? (rows + 1) * 4 : 0;
      const dataBytes = isList ? 0 : size;
      const validity = body;
      const offsets = validity + padded(validityBytes);
      const data = offsets + padded(offsetsBytes);
      body = data + padded(dataBytes);
      const own = { rows, nulls, validity, validityBytes, offsets, offsetsBytes, data, dataBytes };
      return isList ? { ...own, child: locate(type.element, size, type.element.kind === 'utf8') } : own;
    };
    const stored = codings.map(({ plainText }, i) => locate(this.#types[i]!, rows, plainText));
    const address = region.reserve(body);
    this.#readBytes(index[at]! + index[at + 1]! * 2 ** 32, arena.bytes.subarray(address, address + body));
    const placed = stored.map((column) => moved(column, address));
    const expected = BigInt(index[at + 3]!) | (BigInt(index[at + 4]!) << 32n);
    if (this.#checksum(placed) !== expected)
      throw this.#damaged('the checksum of a batch is not what it was');
    return {
      length: rows,
      columns: placed.map((column, i) => {
        const { type, interner } = codings[i]!;
        const dictionary: Dictionary | null = interner?.dictionary() ?? null;
        return decodeColumn(column, this.#types[i]!, type, dictionary, region, this.#workspace);
      }),
    };
  }

  #readBytes(offset: number, target: Uint8Array): void {
    for (let done = 0; done < target.length; ) {
      const got = readSync(this.#file, target, done, target.length - done, offset + done);
      if (got === 0) throw this.#damaged('it was cut short');
      done += got;
    }
  }

  #checksum(columns: readonly StoredColumn[]): bigint {
    const { arena, kernels } = this.#workspace;
    const state = this.#state;
    arena.view.setBigUint64(state, 0n, true);
    for (const { validity, validityBytes, offsets, offsetsBytes, data, dataBytes } of columns.flatMap(
      nodesOf,
    )) {
      if (validityBytes > 0) kernels.checksum_bytes(validity, validityBytes, state);
      if (offsetsBytes > 0) kernels.checksum_bytes(offsets, offsetsBytes, state);
      if (dataBytes > 0) kernels.checksum_bytes(data, dataBytes, state);
    }
    return arena.view.getBigUint64(state, true);
  }

  #damaged(what: string): Error {
    return diskError(
      `the temporary file ${this.#path} is damaged: ${what}; the disk or who else writes there is at fault`,
      { file: this.#path },
    );
  }
}

/** What the system says of a folder for temporary files. */
export function spillError(error: unknown, folder: string): unknown {
  if (systemCode(error) !== 'ENOENT') return writeError(error, join(folder, 'a temporary file'));
  return diskError(
    `the folder for temporary files ${folder} was removed while it was in use; keep it until the work is done`,
    { file: folder },
    { cause: error },
  );
}

const depthOf = (type: DataType): number => (type.kind === 'list' ? 1 + depthOf(type.element) : 1);

function moved(column: StoredColumn, by: number): StoredColumn {
  const { validity, offsets, data, child } = column;
  const own = { ...column, validity: validity + by, offsets: offsets + by, data: data + by };
  return child === undefined ? own : { ...own, child: moved(child, by) };
}
