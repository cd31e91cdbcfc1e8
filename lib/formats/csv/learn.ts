/** What CSV files tell before they are read: names by the header, types by a sample, how long they are. */
import type { Field, Schema } from '../../arrow/schema.js';
import { dataError, queryError } from '../../errors.js';
import { didYouMean } from '../../plan/near-name.js';
import type { Runtime } from '../format.js';
import { bytesInput, type Input, openInput, readPart } from '../input.js';
import type { RangedFile } from '../split.js';
import { Sample } from './infer.js';
import type { CsvOptions } from './options.js';
import { Records } from './records.js';

/** Rows of the sample from the front of a file, and bytes from each of the places further on. */
const sampleRows = 20_000;
const samplePlaces = 8;
const placeBytes = 1 << 16;

/** So many of several files are looked at for types. */
const sampledFiles = 16;

/** Plain data: a worker process reads by it. */
export interface Learned {
  readonly schema: Schema;
  readonly inferred: readonly boolean[];
  /** Null where one of them is no file, and so cannot be read in parts. */
  readonly files: readonly RangedFile[] | null;
  /** Of a record, its line end too, by the sample; null where there is none but from the front. */
  readonly recordBytes: number | null;
}

/** Names from the first file's header, types from a sample of the files. */
export async function learn(
  paths: readonly string[],
  options: CsvOptions,
  runtime: Runtime,
): Promise<Learned> {
  // Records that do not fit are of no use here, and are told of when they are read.
  const records = new Records(runtime, options, () => {});
  let names: string[] = [];
  let sample: Sample | undefined;
  const files: RangedFile[] = [];
  const sampled = { bytes: 0, records: 0 };
  try {
    for (const [i, path] of paths.entries()) {
      const input = await openInput(path, runtime.signal);
      try {
        if (input.total !== null) files.push({ bytes: input.total, seekable: input.seekable });
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
      files: files.length === paths.length ? files : null,
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

/**
 * Starts an input and reads its header, which must be that of the files before; returns the columns' names. Records
 * are wanted that begin before `to`.
 */
export async function begin(
  records: Records,
  input: Input,
  options: CsvOptions,
  expected: readonly string[] | null,
  to?: number,
): Promise<string[]> {
  records.begin(input, to);
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
