/**
 * Parquet files: hyparquet reads footers and headers of pages, hyparquet-writer writes them, kernels do the pages. Read
 * page by page, written row group by row group.
 */
import type { RowGroup } from 'hyparquet';
import type { Batch } from '../arrow/batch.js';
import { type Field, type Schema, schemaText } from '../arrow/schema.js';
import type { ChunkStatistics, ColumnStatistics, SourceStatistics } from '../arrow/statistics.js';
import { sameType } from '../arrow/types.js';
import { stopIfAborted } from '../breathe.js';
import { dataError } from '../errors.js';
import type { Growable, Region } from '../memory/arena.js';
import { batchSize } from './batch-size.js';
import type { Format, Runtime, ScanRequest, Source } from './format.js';
import { columnReader } from './parquet/column.js';
import { openParquetFile, type ParquetFile } from './parquet/file.js';
import { bytesOfValue, type HeldByPages, heldByPages } from './parquet/held.js';
import { roomForLong, Space } from './parquet/space.js';
import { chunkOf, groupStatistics, wholeStatistics } from './parquet/statistics.js';
import { columnType, type TimeUnit } from './parquet/types.js';
import { splitChunks } from './split.js';

export const parquet: Format = {
  name: 'parquet',
  async open(paths) {
    const files: ParquetFile[] = [];
    try {
      for (const path of paths) files.push(await openParquetFile(path));
      return new ParquetSource(files);
    } catch (error) {
      for (const file of files) file.close();
      throw error;
    }
  },
  create: async (...args) => (await import('./parquet/sink.js')).createParquet(...args),
};

class ParquetSource implements Source {
  readonly schema: Schema;
  readonly rows: number;
  readonly bytes: number;
  readonly statistics: SourceStatistics;
  readonly #files: readonly ParquetFile[];

  constructor(files: readonly ParquetFile[]) {
    this.#files = files;
    this.schema = commonSchema(files);
    const units = files.map(({ path, tree }) =>
      tree.children.map(({ element }) => columnType(element, path).unit),
    );
    this.rows = files.reduce((sum, { metadata }) => sum + Number(metadata.num_rows), 0);
    this.bytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const chunks = files.flatMap(({ metadata }, i) =>
      metadata.row_groups.map((group) => new GroupStatistics(group, this.schema, units[i]!)),
    );
    const columns = once(() => wholeStatistics(chunks, this.schema.fields.length));
    this.statistics = {
      chunks,
      get columns() {
        return columns();
      },
    };
  }

  async *scan(
    request: ScanRequest,
    runtime: Runtime,
    onProgress: (bytes: number) => void,
  ): AsyncGenerator<Batch, void, void> {
    const space = new Space(runtime);
    // Where pages take much of the memory, batches get less.
    const held = this.#held(request);
    const capacity = Math.max(0, runtime.arena.capacity - held.all);
    const region = runtime.arena.region('parquet input');
    let wanted = request.limit ?? Infinity;
    try {
      roomForLong(space.packed, held.packed);
      const rooms = held.pages.map((bytes) => roomForLong(space.array('parquet page'), bytes));
      for (const { file, group } of this.#chosen(request)) {
        if (wanted <= 0) return;
        const bytes = this.#groupBytes(group, request);
        const rows = Number(group.num_rows);
        let done = 0;
        for (const batch of this.#scanGroup(file, group, request, space, rooms, region, capacity, wanted)) {
          const before = Math.floor((bytes * done) / rows);
          done += batch.length;
          wanted -= batch.length;
          onProgress(Math.floor((bytes * done) / rows) - before);
          yield batch;
        }
        space.reset();
      }
    } finally {
      region.release();
      space.release();
    }
  }

  bytesOf(request: ScanRequest): number {
    let left = request.limit ?? Infinity;
    let bytes = 0;
    for (const { group } of this.#chosen(request)) {
      if (left <= 0) return bytes;
      bytes += this.#groupBytes(group, request);
      left -= Number(group.num_rows);
    }
    return bytes;
  }

  heldBytes(request: ScanRequest): number {
    return this.#held(request).all;
  }

  #held(request: ScanRequest): HeldByPages {
    return heldByPages(
      [...this.#chosen(request)],
      request.columns.map((index) => ({ index, ...this.schema.fields[index]! })),
    );
  }

  split(request: ScanRequest, bytes: number): ScanRequest[] {
    return splitChunks(request, this.statistics.chunks, bytes);
  }

  async close(): Promise<void> {
    for (const file of this.#files) file.close();
  }

  /** The row groups to read. */
  *#chosen({ chunks }: ScanRequest): Generator<{ file: ParquetFile; group: RowGroup }, void, void> {
    const chosen = chunks && new Set(chunks);
    let position = 0;
    for (const file of this.#files)
      for (const group of file.metadata.row_groups)
        if (chosen === null || chosen.has(position++)) yield { file, group };
  }

  /** Bytes of the columns wanted, as they are stored. */
  #groupBytes(group: RowGroup, request: ScanRequest): number {
    const names = new Set(request.columns.map((index) => this.schema.fields[index]!.name));
    return storedBytes(group, (name) => names.has(name));
  }

  *#scanGroup(
    file: ParquetFile,
    group: RowGroup,
    request: ScanRequest,
    space: Space,
    rooms: readonly Growable[],
    region: Region,
    capacity: number,
    wanted: number,
  ): Generator<Batch, void, void> {
    const { runtime } = space;
    const rows = Math.min(Number(group.num_rows), wanted);
    const readers = request.columns.map((index, i) => columnReader(file, group, index, rooms[i]!, space));
    const fields = request.columns.map((index) => this.schema.fields[index]!);
    const most = batchSize(
      fields.map(({ type }) => type),
      { arena: { capacity } },
      fields.map(({ name }, i) => bytesOfValue(chunkOf(group, request.columns[i]!, name))),
    );
    for (let done = 0; done < rows; ) {
      stopIfAborted(runtime);
      region.reset();
      const length = Math.min(most, rows - done);
      yield { length, columns: readers.map((reader) => reader.take(length, region)) };
      done += length;
    }
  }
}

function storedBytes({ columns }: RowGroup, wanted: (name: string) => boolean): number {
  return columns.reduce(
    (sum, { meta_data }) =>
      wanted(meta_data?.path_in_schema[0] ?? '') ? sum + Number(meta_data?.total_compressed_size ?? 0n) : sum,
    0,
  );
}

/** The columns are looked at when they are asked for: a file may have thousands of groups, and no predicate. */
class GroupStatistics implements ChunkStatistics {
  readonly rows: number;
  readonly bytes: number;
  readonly #columns: () => ColumnStatistics[];

  constructor(group: RowGroup, schema: Schema, units: readonly (TimeUnit | null)[]) {
    this.rows = Number(group.num_rows);
    this.bytes = storedBytes(group, () => true);
    this.#columns = once(() => groupStatistics(group, schema, units));
  }

  get columns(): ColumnStatistics[] {
    return this.#columns();
  }
}

function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | null = null;
  return () => {
    done ??= { value: work() };
    return done.value;
  };
}

/** Files read as one have the same columns of the same types. */
function commonSchema(files: readonly ParquetFile[]): Schema {
  const [first, ...others] = files.map(schemaOf);
  for (const [i, other] of others.entries()) {
    const same =
      other.fields.length === first!.fields.length &&
      other.fields.every(({ name, type }, at) => {
        const field = first!.fields[at]!;
        return field.name === name && sameType(field.type, type);
      });
    if (same) continue;
    const file = files[i + 1]!.path;
    throw dataError(
      `${file} has the columns ${schemaText(other)}, but ${files[0]!.path} has ${schemaText(first!)}; files read together must have the same`,
      { file },
    );
  }
  const nullable = (at: number): boolean => [first!, ...others].some(({ fields }) => fields[at]!.nullable);
  return { fields: first!.fields.map((field, at) => ({ ...field, nullable: nullable(at) })) };
}

function schemaOf(file: ParquetFile): Schema {
  const seen = new Set<string>();
  const fields = file.tree.children.map(({ element }): Field => {
    const { name } = element;
    if (seen.has(name))
      throw dataError(`${file.path} has two columns named "${name}"`, { file: file.path, column: name });
    seen.add(name);
    return {
      name,
      type: columnType(element, file.path).type,
      nullable: element.repetition_type !== 'REQUIRED',
    };
  });
  return { fields };
}
