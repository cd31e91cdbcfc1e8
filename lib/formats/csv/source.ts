/**
 * Reads CSV: RFC 4180 with any one-byte delimiter, `\n` or `\r\n` as line ends, in UTF-8.
 *
 *   input ─▶ records (blocks, field scan) ─▶ columns asked for (parse, code) ─▶ batch
 *
 * Types are inferred from a sample and then hold for every row: a value that does not fit is an error with its
 * line, or a line of the rejects file; it is never rewritten to fit. An empty field is null, a quoted empty one
 * is empty text; quoted numbers are numbers, as DuckDB has it. What is kept of a value is its meaning, not its
 * spelling: 1.50 is read as the double 1.5, digits beyond a double's precision are rounded where there is a point
 * (name the type decimal or utf8 to keep them), and a time with an offset is kept as UTC.
 * Only the columns that are asked for are parsed and so verified; the number of fields is, in every record.
 */
import type { Batch } from '../../arrow/batch.js';
import type { Schema } from '../../arrow/schema.js';
import { stopIfAborted } from '../../breathe.js';
import { dataError, type ErrorPlace, type SpillwayError } from '../../errors.js';
import { allOrNone } from '../../memory/all-or-none.js';
import { blockBytes, Growable, type Region } from '../../memory/arena.js';
import type { ByteRange } from '../../plan/plan.js';
import { batchBytes, batchSize } from '../batch-size.js';
import type { FormatOptions, RangeRead, Runtime, ScanRequest, Source } from '../format.js';
import { openInput, openInputAt, stopKeeping } from '../input.js';
import { splitRanges } from '../split.js';
import { type ColumnReader, type CsvColumn, columnReader, type Shared } from './columns.js';
import { placeTokens } from './fields.js';
import { begin, type Learned, learn } from './learn.js';
import { type CsvOptions, csvOptions } from './options.js';
import { Records, type Trouble } from './records.js';
import { checkRejects, Rejects } from './rejects.js';

export async function openCsv(
  paths: readonly string[],
  options: FormatOptions,
  runtime: Runtime,
  known?: unknown,
): Promise<Source> {
  const chosen = csvOptions(options, paths);
  if (chosen.rejects !== null) checkRejects(chosen.rejects, paths);
  const learned = (known as Learned | undefined) ?? (await learn(paths, chosen, runtime));
  const { schema, inferred, files, recordBytes } = learned;
  const bytes = files?.reduce((sum, file) => sum + file.bytes, 0) ?? null;
  let rejected = 0;
  return {
    schema,
    rows: null,
    bytes,
    ...(bytes !== null && recordBytes !== null && { aboutRows: Math.round(bytes / recordBytes) }),
    statistics: null,
    learned,
    split(request, bytes) {
      // Records are counted, and kept in the order of their lines, in one file of rejects.
      if (files === null || chosen.rejects !== null) return null;
      return splitRanges(request, files, bytes, false);
    },
    get rejected() {
      return rejected;
    },
    async *scan(request, runtime, onProgress, onRange = () => {}) {
      rejected = 0;
      stopKeeping(paths);
      const columns = request.columns.map((index): CsvColumn => {
        return { index, field: schema.fields[index]!, inferred: inferred[index]! };
      });
      const scan = new Scan(paths, schema, columns, chosen, runtime);
      try {
        for await (const batch of scan.batches(request, onProgress, onRange)) {
          rejected = scan.rejected;
          yield batch;
        }
        rejected = scan.rejected;
      } finally {
        scan.release();
      }
    },
    async close() {},
  };
}

/** One reading of the files. */
class Scan {
  readonly #paths: readonly string[];
  readonly #schema: Schema;
  readonly #options: CsvOptions;
  readonly #runtime: Runtime;
  readonly #home: Region;
  readonly #texts: Region | null;
  readonly #scratch: Growable;
  readonly #records: Records;
  #readers: readonly ColumnReader[] = [];
  readonly #rowLimit: number;
  readonly #hasText: boolean;
  readonly #rejects: Rejects | null;
  readonly #names: readonly string[];
  #file = '';
  /** Are lines counted from the start of a part? */
  #relative = false;

  constructor(
    paths: readonly string[],
    schema: Schema,
    columns: readonly CsvColumn[],
    options: CsvOptions,
    runtime: Runtime,
  ) {
    this.#paths = paths;
    this.#schema = schema;
    this.#names = schema.fields.map((field) => field.name);
    this.#options = options;
    this.#runtime = runtime;
    this.#rejects = options.rejects === null ? null : new Rejects(options.rejects);
    this.#home = runtime.arena.region('a batch of CSV');
    this.#scratch = new Growable(runtime.arena, 'text of CSV');
    this.#records = new Records(runtime, options, (trouble) => this.#refuse(trouble));
    this.#rowLimit = batchSize(
      columns.map(({ field }) => field.type),
      runtime,
    );
    const texts = columns.filter(({ field }) => field.type.kind === 'utf8').length;
    this.#hasText = texts > 0;
    this.#texts =
      texts * blockBytes <= runtime.arena.capacity / 16 ? null : runtime.arena.region('text of CSV');
    try {
      this.#readers = this.#makeReaders(columns, texts);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  #makeReaders(columns: readonly CsvColumn[], texts: number): ColumnReader[] {
    const runtime = this.#runtime;
    const shared: Shared = {
      runtime,
      home: this.#home,
      rowLimit: this.#rowLimit,
      tokens: placeTokens(this.#options.nulls, this.#home),
      dictionaryBytes: dictionaryShare(texts, runtime),
      texts: this.#texts,
      scratch: this.#scratch,
    };
    return allOrNone(
      columns,
      (column) => columnReader(column, shared),
      (reader) => reader.release(),
    );
  }

  get rejected(): number {
    return this.#rejects?.count ?? 0;
  }

  async *batches(
    { limit, range }: ScanRequest,
    onProgress: (bytes: number) => void,
    onRange: (read: RangeRead) => void,
  ): AsyncGenerator<Batch, void, void> {
    if (range !== null) {
      this.#relative = true;
      yield* this.#part(range, limit, onProgress, onRange);
      return;
    }
    let left = limit;
    for (const file of this.#paths.keys()) {
      if (left !== null && left <= 0) return;
      const whole = { file, from: 0, to: Number.POSITIVE_INFINITY, exact: true };
      for await (const batch of this.#part(whole, left, onProgress, () => {})) {
        left = left && left - batch.length;
        yield batch;
      }
    }
  }

  async *#part(
    { file, from, to, exact }: ByteRange,
    limit: number | null,
    onProgress: (bytes: number) => void,
    onRange: (read: RangeRead) => void,
  ): AsyncGenerator<Batch, void, void> {
    const path = this.#paths[file]!;
    const records = this.#records;
    const input =
      from === 0 ? await openInput(path, this.#runtime.signal) : openInputAt(path, exact ? from : from - 1);
    this.#file = input.name;
    let begun = from;
    let rows = 0;
    let told = from;
    const tell = (): void => {
      const reached = Math.min(input.consumed, to);
      onProgress(reached - told);
      told = reached;
    };
    try {
      records.columns = this.#schema.fields.length;
      if (from === 0) {
        await begin(records, input, this.#options, this.#names, to);
      } else {
        records.begin(input, to);
        if (!exact) await records.seek();
        begun = records.position;
      }
      for await (const batch of this.#batchesOfPart(limit ?? Number.POSITIVE_INFINITY)) {
        tell();
        rows += batch.length;
        yield batch;
      }
      tell();
    } finally {
      onRange({ from: begun, to: records.position, records: rows, lines: records.lines });
      input.close();
    }
  }

  release(): void {
    for (const reader of this.#readers) reader.release();
    this.#records.release();
    this.#home.release();
    this.#texts?.release();
    this.#scratch.release();
    this.#rejects?.close();
  }

  /** The batches of what was begun: each takes the records of several blocks. */
  async *#batchesOfPart(limit: number): AsyncGenerator<Batch, void, void> {
    let left = limit;
    // Records found, but left over by the batch before.
    let waiting = false;
    for (let more = true; more && left > 0; ) {
      stopIfAborted(this.#runtime);
      for (const reader of this.#readers) reader.begin();
      this.#texts?.reset();
      const most = Math.min(this.#rowLimit, left);
      let length = 0;
      while (length < most) {
        if (!waiting) more = await this.#records.next(most - length);
        if (!more) break;
        waiting = !this.#read(length);
        if (waiting) break;
        length += this.#records.rows;
        if (this.#texts !== null && length > 0) break;
        const plainBytes = this.#readers.reduce((sum, reader) => sum + reader.plainBytes, 0);
        if (plainBytes > batchBytes(this.#runtime)) break;
      }
      left -= length;
      if (length > 0) yield { length, columns: this.#readers.map((reader) => reader.finish(length)) };
    }
  }

  /**
   * Reads the records as rows from `base` on; those that do not fit end the scan or are left out. False if the
   * batch must end before them.
   */
  #read(base: number): boolean {
    const { kernels } = this.#runtime;
    const records = this.#records;
    const { textStart, textEnd, block } = records;
    const ascii = !this.#hasText || kernels.csv_ascii(block + textStart, textEnd - textStart) !== 0;
    const bad = new Map<number, { column: CsvColumn; reason: string }>();
    const onBad = (row: number, column: CsvColumn, reason: string): boolean => {
      if (!bad.has(row)) bad.set(row, { column, reason });
      return this.#rejects !== null;
    };
    if (!this.#readers.every((reader) => reader.read(records, base, ascii, onBad))) return false;
    if (bad.size === 0) return true;
    const rows = [...bad.keys()].sort((a, b) => a - b);
    for (const row of rows) {
      const { column, reason } = bad.get(row)!;
      if (this.#rejects === null) throw this.#unfit(row, column, reason);
      this.#reject(row, column, `${excerpt(records.text(row, column.index))} ${reason}`);
    }
    records.drop(rows);
    for (const reader of this.#readers) {
      reader.again(base);
      reader.read(records, base, ascii, onBad);
    }
    return true;
  }

  #unfit(row: number, { index, field, inferred }: CsvColumn, reason: string): SpillwayError {
    const file = this.#file;
    const line = this.#records.lineOf(row);
    const place = this.#placeOf(line, field.name);
    const value = excerpt(this.#records.text(row, index));
    const where = `${file}, line ${line}, column "${field.name}"`;
    if (field.type.kind === 'utf8') return dataError(`${where}: ${value} ${reason}; convert the file`, place);
    if (!inferred) return dataError(`${where}: ${value} ${reason}`, place);
    return dataError(
      `${where}: ${value} ${reason}, the type inferred from a sample; give --types "${field.name}=utf8", or a wider type`,
      place,
    );
  }

  #reject(row: number, { field }: CsvColumn, reason: string): void {
    const line = this.#records.lineOf(row);
    this.#rejects!.add({ file: this.#file, line, column: field.name, reason, raw: this.#records.raw(row) });
  }

  #refuse({ line, reason, advice, raw, field }: Trouble): void {
    const file = this.#file;
    const column = field < 0 ? '' : (this.#schema.fields[field]?.name ?? String(field + 1));
    if (this.#rejects !== null) {
      this.#rejects.add({ file, line, column, reason, raw });
      return;
    }
    const where = column === '' ? `${file}, line ${line}` : `${file}, line ${line}, column "${column}"`;
    throw dataError(`${where}: ${reason}${advice}`, this.#placeOf(line, column));
  }

  #placeOf(line: number, column: string): ErrorPlace {
    return {
      file: this.#file,
      line,
      ...(column !== '' && { column }),
      ...(this.#relative && { relative: true }),
    };
  }
}

/** A value in a message: quoted, and cut where it is long. */
function excerpt(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/** What each of `texts` dictionaries may take: an eighth of the memory in all, at most 16 MB, and not less than is of use. */
function dictionaryShare(texts: number, runtime: Runtime): number {
  const share = Math.min(2 ** 24, runtime.arena.capacity / 8 / Math.max(1, texts));
  return share < 2 ** 19 ? 0 : share;
}
