/**
 * Files of runs that other processes read: as a spill file, and behind it all that its writer had in memory.
 *
 *   streams of batches (spill-file.ts) │ dictionaries │ note │ index │ head │ foot
 *
 *   dictionary   offsets and texts of all entries of a column, both padded to 64 bytes; none where a dataset has it
 *   note         bytes of the writer's own, of which the file knows nothing
 *   head         JSON: where the others are, how columns are stored, the runs
 *   foot         bytes of note, index and head (3 x uint32), zero, XXH64 over the three (uint64), a mark (8 bytes)
 *
 * Memory, in reading: the index, and the file's own dictionaries of the columns that are read, from the first batch on.
 */
import { closeSync, fstatSync, fsync, openSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Batch, Dictionary, DictionaryOrigin } from '../lib/arrow/batch.js';
import { endOfStream } from '../lib/arrow/ipc.js';
import type { DataType } from '../lib/arrow/types.js';
import { diskError } from '../lib/errors.js';
import type { Region } from '../lib/memory/arena.js';
import { systemCode, writeError } from '../lib/write-error.js';
import { padded } from './chunk-index.js';
import type { ReferredTexts } from './referred-texts.js';
import { RunIndex, type StoredRun } from './run-index.js';
import { damaged, RunReader, readFully } from './run-reader.js';
import { type DiskBudget, RunWriter } from './run-writer.js';
import { type Coding, isCoded } from './spill-coder.js';
import { createFile } from './spill-file.js';
import { checksumOf, type Workspace } from './workspace.js';

const mark = Buffer.from('SPRUNS 1');
const footBytes = 32;
const zeros = new Uint8Array(64);

/** Where the dictionary of a column lies. */
interface StoredDictionary {
  readonly offset: number;
  readonly entries: number;
  readonly textBytes: number;
  readonly checksum: number;
}

interface Head {
  readonly codings: readonly (readonly {
    readonly type: DataType;
    readonly coded: boolean;
    readonly plainText: boolean;
  }[])[];
  readonly dictionaries: readonly (StoredDictionary | DictionaryOrigin | null)[];
  readonly runs: readonly StoredRun[];
}

export interface SealedFile {
  readonly path: string;
  readonly bytes: number;
  /** By run. */
  readonly rows: readonly number[];
}

export class SealedRunsWriter {
  readonly #path: string;
  readonly #owner: string;
  readonly #workspace: Workspace;
  readonly #budget: DiskBudget;
  readonly #writer: RunWriter;
  #file: number;

  /** `path` must not exist; `owner` is named in errors. `seal` or `release` must be called. */
  constructor(
    path: string,
    types: readonly DataType[],
    owner: string,
    workspace: Workspace,
    budget: DiskBudget,
  ) {
    this.#path = path;
    this.#owner = owner;
    this.#workspace = workspace;
    this.#budget = budget;
    this.#file = createFile(path);
    this.#writer = new RunWriter(this.#file, path, types, 'referred', owner, workspace, budget);
  }

  /** Adds a batch of any length to a run. */
  write(run: number, batch: Batch): void {
    this.#writer.write(run, batch);
  }

  /** Ends the file, which from now on is that of whoever knows its path; with `sync` it is on the disk then. */
  async seal(note: Uint8Array, sync: boolean): Promise<SealedFile> {
    const { index, codings } = this.#writer;
    if (codings.length > 0) this.#writer.append([endOfStream]);
    const head: Head = {
      codings: codings.map((columns) =>
        columns.map((coding) => ({ type: coding.type, coded: isCoded(coding), plainText: coding.plainText })),
      ),
      dictionaries: this.#writeDictionaries(),
      runs: index.runs,
    };
    const { words } = index;
    const parts = [
      note,
      new Uint8Array(words.buffer, words.byteOffset, words.byteLength),
      Buffer.from(JSON.stringify(head)),
    ];
    const trailer = Buffer.concat(parts);
    const foot = Buffer.alloc(footBytes);
    parts.forEach((part, i) => {
      foot.writeUInt32LE(part.length, i * 4);
    });
    foot.writeBigUInt64LE(this.#checksum(trailer), 16);
    mark.copy(foot, 24);
    this.#writer.append([trailer, foot]);
    if (sync) await this.#sync();
    const { bytes } = this.#writer;
    this.#close();
    this.#budget.free(bytes);
    this.#budget.close();
    return { path: this.#path, bytes, rows: index.runs.map(({ rows }) => rows) };
  }

  /** Gives back memory, and removes the file if it was not sealed. */
  release(): void {
    this.#writer.release();
    if (this.#file < 0) return;
    this.#close();
    rmSync(this.#path, { force: true });
    this.#budget.free(this.#writer.bytes);
    this.#budget.close();
  }

  async #sync(): Promise<void> {
    try {
      await promisify(fsync)(this.#file);
    } catch (error) {
      throw writeError(error, this.#path);
    }
  }

  #close(): void {
    closeSync(this.#file);
    this.#file = -1;
    this.#writer.release();
  }

  #writeDictionaries(): Head['dictionaries'] {
    const { arena, kernels } = this.#workspace;
    return this.#writer.coded().map((coding) => {
      if (coding === null) return null;
      const { texts, origin } = coding;
      if (texts === null) return origin;
      const { length, offsets, data } = texts.dictionary();
      const offsetsBytes = (length + 1) * 4;
      const textBytes = arena.view.getInt32(offsets + length * 4, true);
      const checksum = kernels.checksum_buffers(0, 0, offsets, offsetsBytes, data, textBytes) >>> 0;
      const offset = this.#writer.bytes;
      this.#writer.append([
        arena.bytes.subarray(offsets, offsets + offsetsBytes),
        zeros.subarray(0, padded(offsetsBytes) - offsetsBytes),
        arena.bytes.subarray(data, data + textBytes),
        zeros.subarray(0, padded(textBytes) - textBytes),
      ]);
      return { offset, entries: length, textBytes, checksum };
    });
  }

  #checksum(bytes: Uint8Array): bigint {
    const region = this.#workspace.arena.region(this.#owner);
    try {
      return checksumOf(bytes, region, this.#workspace.kernels);
    } finally {
      region.release();
    }
  }
}

export class SealedRuns {
  /** What the writer noted. */
  readonly note: Uint8Array;
  readonly index: RunIndex;
  readonly reader: RunReader;
  readonly #dictionaries: Head['dictionaries'];
  readonly #codings: readonly (readonly Coding[])[];
  readonly #referred: ReferredTexts;
  /** Of dictionaries. */
  readonly #region: Region;
  readonly #loaded: (Dictionary | null)[];
  readonly #path: string;
  readonly #workspace: Workspace;
  #file: number;

  /** Opens a file that was sealed; `referred` gives the dictionaries that it has not. `release` must be called. */
  constructor(
    path: string,
    types: readonly DataType[],
    referred: ReferredTexts,
    owner: string,
    workspace: Workspace,
  ) {
    this.#path = path;
    this.#referred = referred;
    this.#workspace = workspace;
    this.#region = workspace.arena.region(owner);
    this.#file = openFile(path);
    try {
      const { note, words, head } = this.#readTrailer(types);
      this.note = note;
      this.index = new RunIndex(types, words, head.runs);
      this.#dictionaries = head.dictionaries;
      this.#loaded = types.map(() => null);
      const texts = types.map((_, column) => ({ dictionary: () => this.#dictionary(column) }));
      this.#codings = head.codings.map((columns): Coding[] =>
        columns.map(({ type, coded, plainText }, i) => ({
          type,
          texts: coded ? texts[i]! : null,
          origin: null,
          plainText,
        })),
      );
      this.reader = new RunReader(this.#file, path, types, this.index, this.#codings, owner, workspace);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** The dictionary of all values of a text column, where the file refers to one. */
  referredBy(column: number): DictionaryOrigin | null {
    const stored = this.#dictionaries[column]!;
    const coded = this.#codings.every((columns) => columns[column]!.texts !== null);
    return coded && stored !== null && 'dataset' in stored ? stored : null;
  }

  release(): void {
    this.#region.release();
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  #readTrailer(types: readonly DataType[]): { note: Uint8Array; words: Uint32Array; head: Head } {
    const { arena, kernels } = this.#workspace;
    const { size } = fstatSync(this.#file);
    const foot = Buffer.alloc(footBytes);
    if (size >= footBytes) readFully(this.#file, this.#path, size - footBytes, foot);
    if (!foot.subarray(24).equals(mark)) throw damaged(this.#path, 'it was cut short');
    const [noteBytes, indexBytes, headBytes] = [0, 4, 8].map((at) => foot.readUInt32LE(at));
    const start = size - footBytes - noteBytes! - indexBytes! - headBytes!;
    if (start < 0) throw damaged(this.#path, 'it was cut short');
    const trailer = Buffer.alloc(size - footBytes - start);
    readFully(this.#file, this.#path, start, trailer);
    const scratch = arena.region(this.#region.owner);
    try {
      if (checksumOf(trailer, scratch, kernels) !== foot.readBigUInt64LE(16))
        throw damaged(this.#path, 'the checksum of its index is not what it was');
    } finally {
      scratch.release();
    }
    const head = JSON.parse(trailer.subarray(noteBytes! + indexBytes!).toString()) as Head;
    if (head.codings.some((columns) => columns.length !== types.length))
      throw new Error(`bug: ${this.#path} is read with ${types.length} columns`);
    // A copy, because words must be aligned.
    const words = new Uint32Array(indexBytes! / 4);
    new Uint8Array(words.buffer).set(trailer.subarray(noteBytes!, noteBytes! + indexBytes!));
    return { note: trailer.subarray(0, noteBytes!), words, head };
  }

  #dictionary(column: number): Dictionary {
    const stored = this.#dictionaries[column]!;
    this.#loaded[column] ??= 'dataset' in stored ? this.#referred.of(stored) : this.#load(stored);
    return this.#loaded[column];
  }

  #load(dictionary: StoredDictionary): Dictionary {
    const { arena, kernels } = this.#workspace;
    const { offset, entries, textBytes, checksum } = dictionary;
    const offsetsBytes = (entries + 1) * 4;
    const bytes = bytesOf(dictionary);
    const offsets = this.#region.reserve(bytes);
    const data = offsets + padded(offsetsBytes);
    readFully(this.#file, this.#path, offset, arena.bytes.subarray(offsets, offsets + bytes));
    if (kernels.checksum_buffers(0, 0, offsets, offsetsBytes, data, textBytes) >>> 0 !== checksum)
      throw damaged(this.#path, 'the checksum of a dictionary is not what it was');
    return { length: entries, offsets, data, lineage: {}, distinct: true, origin: null };
  }
}

const bytesOf = ({ entries, textBytes }: StoredDictionary): number =>
  padded((entries + 1) * 4) + padded(textBytes);

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw diskError(
      `the temporary file ${path} cannot be read: ${systemCode(error)}`,
      { file: path },
      { cause: error },
    );
  }
}
