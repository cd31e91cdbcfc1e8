/**
 * CSV: RFC 4180 with any one-byte delimiter, `\n` or `\r\n` as line ends, in UTF-8.
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
import type { Batch } from '../arrow/batch.js';
import type { Field, Schema } from '../arrow/schema.js';
import { stopIfAborted } from '../breathe.js';
import { dataError, queryError, type SpillwayError } from '../errors.js';
import { allOrNone } from '../memory/all-or-none.js';
import { blockBytes, Growable, type Region } from '../memory/arena.js';
import { didYouMean } from '../plan/near-name.js';
import { batchSize } from './batch-size.js';
import { type ColumnReader, type CsvColumn, columnReader, type Shared } from './csv/columns.js';
import { placeTokens } from './csv/fields.js';
import { Sample } from './csv/infer.js';
import { type CsvOptions, csvOptions } from './csv/options.js';
import { Records, type Trouble } from './csv/records.js';
import { checkRejects, Rejects } from './csv/rejects.js';
import { createCsv } from './csv-sink.js';
import type { Format, FormatOptions, Runtime, Source } from './format.js';
import { bytesInput, type Input, openInput, readPart, stopKeeping } from './input.js';

export const csv: Format = {
  name: 'csv',
  open,
  create: createCsv,
};

/** Rows of the sample from the front of a file, and bytes from each of the places further on. */
const sampleRows = 20_000;
const samplePlaces = 8;
const placeBytes = 1 << 16;

/** So many of several files are looked at for types. */
const sampledFiles = 16;

async function open(paths: readonly string[], options: FormatOptions, runtime: Runtime): Promise<Source> {
  const chosen = csvOptions(options, paths);
  if (chosen.rejects !== null) checkRejects(chosen.rejects, paths);
  const { schema, inferred, bytes, recordBytes } = await learn(paths, chosen, runtime);
  let rejected = 0;
  return {
    schema,
    rows: null,
    bytes,
    ...(bytes !== null && recordBytes !== null && { aboutRows: Math.round(bytes / recordBytes) }),
    statistics: null,
    get rejected() {
      return rejected;
    },
    async *scan(request, runtime, onProgress) {
      rejected = 0;
      stopKeeping(paths);
      const columns = request.columns.map((index): CsvColumn => {
        return { index, field: schema.fields[index]!, inferred: inferred[index]! };
      });
      const scan = new Scan(paths, schema, columns, chosen, runtime);
      try {
        for await (const batch of scan.batches(request.limit, onProgress)) {
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

interface Learned {
  readonly schema: Schema;
  readonly inferred: readonly boolean[];
  readonly bytes: number | null;
  /** Of a record, its line end too, by the sample; null where there is none but from the front. */
  readonly recordBytes: number | null;
}

/** Names from the first file's header, types from a sample of the files. */
async function learn(paths: readonly string[], options: CsvOptions, runtime: Runtime): Promise<Learned> {
  // Records that do not fit are of no use here, and are told of when they are read.
  const records = new Records(runtime, options, () => {});
  let names: string[] = [];
  let sample: Sample | undefined;
  let bytes: number | null = 0;
  const sampled = { bytes: 0, records: 0 };
  try {
    for (const [i, path] of paths.entries()) {
      const input = await openInput(path, runtime.signal);
      try {
        bytes = bytes === null || input.total === null ? null : bytes + input.total;
        if (i >= sampledFiles) continue;
        const header = await begin(records, input, options, i === 0 ? null : names);
        if (i === 0) names = header;
        records.columns = names.length;
        sample ??= new Sample(runtime, names.length, options.nulls);
        for (let seen = 0; seen < sampleRows && (await records.next(sampleRows - seen)); seen += records.rows)
          sample.add(records);
        const { consumed, total, seekable } = input;
        if (!seekable || total === null) continue;
        for (let place = 1; place <= samplePlaces; place++) {
          const to = consumed + Math.floor(((total - consumed) * place) / samplePlaces);
          const lines = wholeLines(readPart(path, Math.max(consumed, to - placeBytes), to));
          records.begin(bytesInput(path, lines));
          sampled.bytes += lines.length;
          while (await records.next(sampleRows)) {
            sample.add(records);
            sampled.records += records.rows;
          }
        }
      } finally {
        input.close();
      }
    }
    const types = sample!.types();
    for (const name of options.types.keys()) {
      if (!names.includes(name))
        throw queryError(
          `types name a column "${name}" that ${paths[0]} does not have${didYouMean(name, names)}`,
        );
    }
    const fields = names.map((name, i): Field => {
      return { name, type: options.types.get(name) ?? types[i]!, nullable: true };
    });
    return {
      schema: { fields },
      inferred: names.map((name) => !options.types.has(name)),
      bytes,
      recordBytes: sampled.records > 0 ? sampled.bytes / sampled.records : null,
    };
  } finally {
    sample?.release();
    records.release();
  }
}

/**
 * What lies between the first and the last line end. If a quoted field spans one of them, the records that come out
 * are wrong, which at worst makes the types wider: a sample never promises anything.
 */
function wholeLines(part: Uint8Array): Uint8Array {
  return part.subarray(part.indexOf(10) + 1, part.lastIndexOf(10) + 1);
}

/** Starts an input and reads its header, which must be that of the files before; returns the columns' names. */
async function begin(
  records: Records,
  input: Input,
  options: CsvOptions,
  expected: readonly string[] | null,
): Promise<string[]> {
  records.begin(input);
  const first = await records.first(!options.header);
  const file = input.name;
  if (first === null) throw dataError(`${file} is empty`, { file });
  const names = options.header ? uniqueNames(first) : first.map((_, i) => `column${i}`);
  if (
    expected !== null &&
    (names.length !== expected.length || names.some((name, i) => name !== expected[i]))
  ) {
    throw dataError(
      `${file} has the columns ${names.join(', ')}, but the files before it have ${expected.join(', ')}`,
      { file, line: 1 },
    );
  }
  return names;
}

/** Columns without a name are called after their place, those with the name of one before get a number. */
function uniqueNames(header: readonly string[]): string[] {
  const taken = new Set<string>();
  return header.map((text, i) => {
    const name = text === '' ? `column${i}` : text;
    let unique = name;
    for (let n = 1; taken.has(unique) || (unique !== name && header.includes(unique)); n++)
      unique = `${name}_${n}`;
    taken.add(unique);
    return unique;
  });
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
  #file = '';

  constructor(
    paths: readonly string[],
    schema: Schema,
    columns: readonly CsvColumn[],
    options: CsvOptions,
    runtime: Runtime,
  ) {
    this.#paths = paths;
    this.#schema = schema;
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
    limit: number | null,
    onProgress: (bytes: number) => void,
  ): AsyncGenerator<Batch, void, void> {
    const names = this.#schema.fields.map((field) => field.name);
    let left = limit ?? Number.POSITIVE_INFINITY;
    for (const path of this.#paths) {
      if (left <= 0) return;
      const input = await openInput(path, this.#runtime.signal);
      try {
        this.#file = input.name;
        this.#records.columns = names.length;
        await begin(this.#records, input, this.#options, names);
        let told = 0;
        const tell = (): void => {
          onProgress(input.consumed - told);
          told = input.consumed;
        };
        for await (const batch of this.#fileBatches(left)) {
          tell();
          left -= batch.length;
          yield batch;
        }
        tell();
      } finally {
        input.close();
      }
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

  /** The batches of the file that was begun: each takes the records of several blocks. */
  async *#fileBatches(limit: number): AsyncGenerator<Batch, void, void> {
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
    const place = { file, line, column: field.name };
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
    throw dataError(`${where}: ${reason}${advice}`, { file, line, ...(column === '' ? {} : { column }) });
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
