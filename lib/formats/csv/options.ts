/** The options of reading CSV, checked. */
import { type DataType, parseType, typeNames } from '../../arrow/types.js';
import { usageError } from '../../errors.js';
import { didYouMean } from '../../plan/near-name.js';
import type { FormatOptions } from '../format.js';

export interface CsvOptions {
  /** Bytes; `quote` is -1 where there is none. */
  readonly delimiter: number;
  readonly quote: number;
  readonly header: boolean;
  /** Unquoted texts that mean null, besides the empty one. */
  readonly nulls: readonly string[];
  readonly types: ReadonlyMap<string, DataType>;
  /** Records that do not fit go here instead of ending the scan. */
  readonly rejects: string | null;
  /** Short records are filled up with nulls. */
  readonly ragged: boolean;
  /** Bytes read at a time; null chooses by the memory there is. */
  readonly blockBytes: number | null;
}

const optionNames = [
  'delimiter',
  'quote',
  'header',
  'nulls',
  'types',
  'onError',
  'rejects',
  'ragged',
  'blockBytes',
];

export function csvOptions(options: FormatOptions, paths: readonly string[]): CsvOptions {
  for (const name of Object.keys(options))
    if (!optionNames.includes(name))
      throw usageError(`there is no option "${name}" of CSV${didYouMean(name, optionNames)}`);
  const tabs = paths.every((path) => /\.tsv(\.gz)?$/i.test(path));
  const delimiter = oneByte(options.delimiter ?? (tabs ? '\t' : ','), 'delimiter');
  const quote = options.quote === '' ? -1 : oneByte(options.quote ?? '"', 'quote');
  if (delimiter === quote) throw usageError('delimiter and quote must differ');
  return {
    delimiter,
    quote,
    header: flag(options.header ?? true, 'header'),
    nulls: nullTokens(options.nulls ?? []),
    types: columnTypes(options.types ?? {}),
    rejects: rejectsPath(options.onError ?? 'fail', options.rejects ?? null),
    ragged: flag(options.ragged ?? false, 'ragged'),
    blockBytes: typeof options.blockBytes === 'number' ? options.blockBytes : null,
  };
}

function oneByte(value: unknown, name: string): number {
  const text = value === '\\t' ? '\t' : value;
  const byte = typeof text === 'string' && text.length === 1 ? text.charCodeAt(0) : -1;
  if (byte < 0 || byte > 127 || byte === 10 || byte === 13)
    throw usageError(
      `${name} must be one ASCII character other than a line end, not ${JSON.stringify(value)}`,
    );
  return byte;
}

function flag(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean')
    throw usageError(`${name} must be true or false, not ${JSON.stringify(value)}`);
  return value;
}

function nullTokens(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((token) => typeof token === 'string'))
    throw usageError(`nulls must be a list of texts, not ${JSON.stringify(value)}`);
  return value.filter((token) => token !== '');
}

function columnTypes(value: unknown): Map<string, DataType> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usageError('types must map column names to type names');
  return new Map(
    Object.entries(value).map(([column, name]) => {
      const type = typeof name === 'string' ? parseType(name) : null;
      if (type === null || type.kind === 'null')
        throw usageError(
          `unknown type ${JSON.stringify(name)} of column "${column}"; types are ${typeNames.join(', ')}`,
        );
      return [column, type];
    }),
  );
}

function rejectsPath(onError: unknown, rejects: unknown): string | null {
  if (onError !== 'fail' && onError !== 'skip')
    throw usageError(`onError must be fail or skip, not ${JSON.stringify(onError)}`);
  if (rejects !== null && typeof rejects !== 'string') throw usageError('rejects must be a path');
  if (onError === 'fail') {
    if (rejects !== null) throw usageError('rejects are only kept with onError skip');
    return null;
  }
  if (rejects === null) throw usageError('onError skip needs a rejects file, so that nothing is lost');
  return rejects;
}
