/** Writes CSV as RFC 4180 has it, so that the CSV reader gives back the same texts and the same nulls. */
import { type DataType, familyOf } from '../arrow/types.js';
import { usageError } from '../errors.js';
import type { Region } from '../memory/arena.js';
import type { Format, FormatOptions } from './format.js';
import type { Quoting } from './quoting.js';
import { createText, type TextFormat } from './text-output.js';
import { placeText } from './text-sink.js';

/** Byte offsets in the kernel's CsvRules. */
const csvRules = { delimiter: 0, quote: 4, tokens: 8, tokenOffsets: 12, tokenCount: 16, bytes: 20 } as const;

interface CsvOutput {
  readonly delimiter: string;
  readonly header: boolean;
  readonly quote: string;
  readonly nulls: readonly string[];
}

/**
 * Options: `delimiter` (a comma, a tab where the path ends in .tsv), `header` (true), `quote` ("), `nulls` ([""]): the first stands for null in the
 * output. A text is put in quotes if it holds the delimiter, a quote or a line end, if it equals one of `nulls`,
 * and if it is empty. A list is written as the text of a JSON array. `overwrite` replaces an existing file.
 */
const csvText: TextFormat = (path, schema, options, home, runtime) => {
  const { delimiter, header, quote, nulls } = readOptions(options, path);
  const quoting: Quoting = {
    bytes: runtime.kernels.csv_quoted_bytes,
    write: runtime.kernels.csv_quoted,
    rules: placeRules(delimiter, quote, nulls, home),
  };
  const names = schema.fields.map((field) => quoteName(field.name, delimiter, quote, nulls));
  return {
    head: header && names.length > 0 ? `${names.join(delimiter)}\n` : '',
    before: schema.fields.map((_, i) => (i === 0 ? '' : delimiter)),
    nullText: nulls[0] ?? '',
    after: '\n',
    skip: 0,
    tail: '',
    quoting: schema.fields.map((field) =>
      mayNeedQuotes(field.type, delimiter, quote, nulls) ? quoting : null,
    ),
  };
};

export const createCsv: Format['create'] = (...args) => createText(csvText, ...args);

function readOptions(options: FormatOptions, path: string): CsvOutput {
  const usual = /\.tsv(\.gz)?$/i.test(path) ? '\t' : ',';
  const { delimiter = usual, header = true, quote = '"', nulls = [''] } = options;
  if (typeof header !== 'boolean') throw usageError('csv: header must be true or false');
  if (!Array.isArray(nulls) || !nulls.every((token) => typeof token === 'string'))
    throw usageError('csv: nulls must be a list of texts');
  const out = { delimiter: oneByte(delimiter, 'delimiter'), header, quote: oneByte(quote, 'quote'), nulls };
  if (out.delimiter === out.quote)
    throw usageError(`csv: delimiter and quote are both ${JSON.stringify(quote)}`);
  const token = nulls[0] ?? '';
  if ([out.delimiter, out.quote, '\r', '\n'].some((special) => token.includes(special)))
    throw usageError(`csv: the null text ${JSON.stringify(token)} would have to be quoted`);
  return out;
}

function oneByte(value: unknown, name: string): string {
  if (typeof value === 'string' && value.length === 1 && value.charCodeAt(0) < 128 && !/[\r\n]/.test(value))
    return value;
  throw usageError(`csv: ${name} must be one ASCII character, not ${JSON.stringify(value)}`);
}

/** The characters of numbers, dates and truth values. */
const plainText = /^[0-9+\-.: a-zA-Z]$/;

/** Texts of other types need quotes only with a delimiter or a null text that looks like one of them. */
function mayNeedQuotes(type: DataType, delimiter: string, quote: string, nulls: readonly string[]): boolean {
  if (['text', 'list'].includes(familyOf(type))) return true;
  const looksPlain = (text: string): boolean => [...text].every((character) => plainText.test(character));
  return (
    looksPlain(delimiter) || looksPlain(quote) || nulls.some((token) => token !== '' && looksPlain(token))
  );
}

function quoteName(name: string, delimiter: string, quote: string, nulls: readonly string[]): string {
  const bare = ![delimiter, quote, '\r', '\n'].some((special) => name.includes(special));
  if (bare && name !== '' && !nulls.includes(name)) return name;
  return quote + name.replaceAll(quote, quote + quote) + quote;
}

function placeRules(delimiter: string, quote: string, nulls: readonly string[], home: Region): number {
  const { view } = home.arena;
  const tokens = nulls.filter((token) => token !== '');
  const rules = home.reserve(csvRules.bytes);
  const offsets = home.reserve((tokens.length + 1) * 4);
  let end = 0;
  view.setInt32(offsets, 0, true);
  for (const [i, token] of tokens.entries()) {
    end += Buffer.byteLength(token);
    view.setInt32(offsets + (i + 1) * 4, end, true);
  }
  view.setInt32(rules + csvRules.delimiter, delimiter.charCodeAt(0), true);
  view.setInt32(rules + csvRules.quote, quote.charCodeAt(0), true);
  view.setUint32(rules + csvRules.tokens, placeText(tokens.join(''), home).address, true);
  view.setUint32(rules + csvRules.tokenOffsets, offsets, true);
  view.setInt32(rules + csvRules.tokenCount, tokens.length, true);
  return rules;
}
