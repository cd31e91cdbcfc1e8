/** Reads a dataset's chunks: only the columns asked for, one batch in memory at a time, and the dictionaries in use. */
import { join } from 'node:path';
import type { Batch, Dictionary, DictionaryOrigin } from '../lib/arrow/batch.js';
import { sliceRows } from '../lib/arrow/slice.js';
import { type DataType, physicalOf, widthOf } from '../lib/arrow/types.js';
import { meanBytes } from '../lib/arrow/value-bytes.js';
import { dataError, type SpillwayError } from '../lib/errors.js';
import type { Region } from '../lib/memory/arena.js';
import { type ByteSource, openBytes } from './bytes.js';
import { type ChunkIndex, slotBytes } from './chunk-index.js';
import { ChunkReader, checkLength, heldBytes, readIndex } from './chunk-reader.js';
import { decodeColumn } from './decode-column.js';
import type { StoredColumn } from './lay-out.js';
import { type Chunk, type Manifest, manifestMark, readManifest } from './manifest.js';
import type { Workspace } from './workspace.js';

/** So many bytes of indexes are kept: those of some hundred million rows. Of more, reading them again costs little beside the rest. */
const mostIndexBytes = 2 ** 20;

export class DatasetReader {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Of the dataset as it was opened. */
  readonly #mark: string | null;
  readonly #open: (path: string) => ByteSource;
  /** One object for each number, for as long as the dataset is open. */
  readonly #lineages = new Map<number, object>();
  readonly #types: readonly DataType[];
  /** A query asks for them several times: for what it is going to hold and to read, and when it reads. */
  readonly #indexes = new Map<Chunk, ChunkIndex>();
  #indexBytes = 0;

  /** `open` gives the bytes of a file; the usual one reads through the system. */
  constructor(folder: string, workspace: Workspace, open: (path: string) => ByteSource = openBytes) {
    this.folder = folder;
    this.#mark = manifestMark(folder);
    this.manifest = readManifest(folder, workspace, this.#mark);
    this.#types = this.manifest.schema.fields.map(({ type }) => type);
    this.#open = open;
  }

  /**
   * Batches of `columns` of the given chunks (positions in the manifest), of about `most.rows` rows and `most.bytes` bytes,
   * coded texts spelled out, each valid until the next is asked for. Bytes read are told to `onRead`.
   */
  *scan(
    chunks: readonly number[],
    columns: readonly number[],
    most: { readonly rows: number; readonly bytes: number },
    workspace: Workspace,
    onRead: (bytes: number) => void,
  ): Generator<Batch, void, void> {
    const read = workspace.arena.region(`reading ${this.folder}`);
    const widened = workspace.arena.region(`reading ${this.folder}`);
    const dictionaries = columns.map(() => new LoadedDictionary(workspace.arena.region('a dictionary')));
    const { fields } = this.manifest.schema;
    const { view } = workspace.arena;
    const name = (column: number): string => fields[column]!.name;
    try {
      // Room for any batch, while there is some in one piece: the operators that hold rows take theirs later.
      read.reserve(this.#largestBatch(chunks, columns, workspace));
      for (const position of chunks) {
        const chunk = this.manifest.chunks[position]!;
        columns.forEach((column, i) => this.#load(dictionaries[i]!, column, chunk, workspace, onRead));
        const reader = this.#reader(chunk, workspace);
        try {
          for (let batch = 0; batch < reader.index.batches; batch++) {
            read.reset();
            const rows = reader.index.rows(batch);
            const { stored, bytes } = reader.readBatch(batch, columns, read, name);
            onRead(bytes);
            const spelled = dictionaries.reduce(
              (sum, { dictionary }) => sum + meanBytes(dictionary, view),
              0,
            );
            const pieceRows = sliceRows(most.bytes, bytes / rows + spelled, most.rows);
            for (let from = 0; from < rows; from += pieceRows) {
              widened.reset();
              const length = Math.min(pieceRows, rows - from);
              const vectors = columns.map((column, i) => {
                const { type } = fields[column]!;
                const coded = chunk.stored[column]!;
                const { dictionary } = dictionaries[i]!;
                const piece = pieceOf(stored[i]!, from, length, storedWidth(coded));
                return decodeColumn(piece, type, coded, dictionary, widened, workspace);
              });
              yield { length, columns: vectors };
            }
          }
        } finally {
          reader.close();
        }
      }
    } catch (error) {
      throw this.#wasReplaced() ? replaced(this.folder) : error;
    } finally {
      read.release();
      widened.release();
      for (const { region } of dictionaries) region.release();
    }
  }

  /** What `scan` of the same holds, however small its batches: the dictionaries, and a batch as it is stored. */
  heldBytes(chunks: readonly number[], columns: readonly number[], workspace: Workspace): number {
    const dictionaries = columns.map(() => new Map<number, number>());
    for (const position of chunks) {
      const chunk = this.manifest.chunks[position]!;
      columns.forEach((column, i) => {
        const lineage = chunk.lineages[column]!;
        if (lineage !== null && !dictionaries[i]!.has(lineage))
          dictionaries[i]!.set(lineage, this.#dictionaryBytes(lineage, column, workspace));
      });
    }
    const largest = this.#largestBatch(chunks, columns, workspace);
    return dictionaries.reduce((sum, sizes) => sum + Math.max(0, ...sizes.values()), largest);
  }

  /** Bytes of the arena that any batch fits in as it is stored. */
  #largestBatch(chunks: readonly number[], columns: readonly number[], workspace: Workspace): number {
    let largest = 0;
    for (const position of chunks) {
      const index = this.#index(this.manifest.chunks[position]!, workspace);
      for (let batch = 0; batch < index.batches; batch++)
        largest = Math.max(largest, heldBytes(index, batch, columns));
    }
    return largest;
  }

  /** What `scan` of the same will read; only the chunks' indexes are read for it. */
  bytesOf(chunks: readonly number[], columns: readonly number[], workspace: Workspace): number {
    const lineages: (number | null)[] = columns.map(() => null);
    let bytes = 0;
    for (const position of chunks) {
      const chunk = this.manifest.chunks[position]!;
      columns.forEach((column, i) => {
        const lineage = chunk.lineages[column]!;
        if (lineage === lineages[i]) return;
        lineages[i] = lineage;
        if (lineage === null) return;
        bytes += this.#dictionaryBytes(lineage, column, workspace);
      });
      const index = this.#index(chunk, workspace);
      for (let batch = 0; batch < index.batches; batch++)
        for (const column of columns) for (const stored of index.slotBytes(batch, column)) bytes += stored;
    }
    return bytes;
  }

  /**
   * Dictionaries of a lineage only grow, and every chunk holds all of its own: the last chunk's serves them
   * all, so that it is read once a scan.
   */
  #load(
    loaded: LoadedDictionary,
    column: number,
    chunk: Chunk,
    workspace: Workspace,
    onRead: (bytes: number) => void,
  ): void {
    const lineage = chunk.lineages[column]!;
    if (lineage === loaded.lineage) return;
    loaded.lineage = lineage;
    loaded.dictionary = null;
    loaded.region.reset();
    if (lineage === null) return;
    loaded.dictionary = this.dictionary(lineage, column, loaded.region, workspace, onRead);
  }

  /** The dictionary of a lineage of chunks, read into `region`. */
  dictionary(
    lineage: number,
    column: number,
    region: Region,
    workspace: Workspace,
    onRead: (bytes: number) => void = () => {},
  ): Dictionary {
    const last = this.#lastOf(lineage, column);
    const reader = this.#reader(last, workspace);
    try {
      const indexed = reader.index.dictionary(column);
      const { name } = this.manifest.schema.fields[column]!;
      if (indexed === null) throw dataError(`${join(this.folder, last.file)} has no dictionary of ${name}`);
      const { stored, bytes } = reader.readDictionary(indexed, region, name);
      onRead(bytes);
      const { offsets, data } = stored;
      return {
        length: indexed.entries,
        offsets,
        data,
        lineage: this.#lineage(lineage),
        distinct: true,
        origin: this.#mark === null ? null : this.#origin(this.#mark, lineage, column),
      };
    } finally {
      reader.close();
    }
  }

  #origin(mark: string, lineage: number, column: number): DictionaryOrigin {
    const coded = this.manifest.chunks.map(({ lineages }) => lineages[column]!).filter((one) => one !== null);
    return { dataset: this.folder, mark, column, lineage, lineages: new Set(coded).size };
  }

  /** Its chunks are not those of our manifest, then. */
  #wasReplaced(): boolean {
    return manifestMark(this.folder) !== this.#mark;
  }

  #dictionaryBytes(lineage: number, column: number, workspace: Workspace): number {
    const indexed = this.#index(this.#lastOf(lineage, column), workspace).dictionary(column);
    return indexed === null ? 0 : slotBytes(indexed.slot);
  }

  #lastOf(lineage: number, column: number): Chunk {
    return this.manifest.chunks.findLast((one) => one.lineages[column] === lineage)!;
  }

  #index(chunk: Chunk, workspace: Workspace): ChunkIndex {
    const known = this.#indexes.get(chunk);
    if (known !== undefined) return known;
    const reader = this.#reader(chunk, workspace);
    reader.close();
    return reader.index;
  }

  #reader(chunk: Chunk, workspace: Workspace): ChunkReader {
    const source = this.#open(join(this.folder, chunk.file));
    try {
      checkLength(source, chunk);
      let index = this.#indexes.get(chunk);
      if (index === undefined) {
        index = readIndex(source, chunk, this.#types, workspace);
        this.#keep(chunk, index);
      }
      return new ChunkReader(source, index, this.#types, workspace);
    } catch (error) {
      source.close();
      throw error;
    }
  }

  #keep(chunk: Chunk, index: ChunkIndex): void {
    if (this.#indexBytes + index.bytes > mostIndexBytes) return;
    this.#indexBytes += index.bytes;
    this.#indexes.set(chunk, index);
  }

  #lineage(number: number): object {
    let lineage = this.#lineages.get(number);
    if (lineage === undefined) {
      lineage = { number };
      this.#lineages.set(number, lineage);
    }
    return lineage;
  }
}

/** The dictionary that lies there, read into `region`. */
export function readOrigin(
  { dataset, mark, column, lineage }: DictionaryOrigin,
  region: Region,
  workspace: Workspace,
): Dictionary {
  if (manifestMark(dataset) !== mark) throw replaced(dataset);
  return new DatasetReader(dataset, workspace).dictionary(lineage, column, region, workspace);
}

const replaced = (folder: string): SpillwayError =>
  dataError(
    `${folder} was ${manifestMark(folder) === null ? 'removed' : 'replaced'} after it was opened; open it again`,
    { file: folder },
  );

/** Rows [from, from + length) of a column as it is stored, sharing its memory; `from` is a multiple of `leastSlice`. */
function pieceOf(column: StoredColumn, from: number, length: number, width: number): StoredColumn {
  if (from === 0 && length === column.rows) return column;
  const { validity, offsets, data, validityBytes, offsetsBytes } = column;
  return {
    ...column,
    rows: length,
    validity: validity + (validityBytes === 0 ? 0 : from / 8),
    offsets: offsets + (offsetsBytes === 0 ? 0 : from * 4),
    data: data + from * width,
  };
}

/** Of a value in the data of a stored column; texts and lists are found by their offsets. */
function storedWidth(stored: DataType): number {
  return physicalOf(stored) === 'bit' ? 1 / 8 : widthOf(stored);
}

/** A column's dictionary during a scan. */
class LoadedDictionary {
  readonly region: Region;
  lineage: number | null = null;
  dictionary: Dictionary | null = null;

  constructor(region: Region) {
    this.region = region;
  }
}
