/** Prints small results that the command line makes itself: what `schema`, `describe` and `count` say. */
import { drawTable, visible } from '../lib/index.js';
import { printFormat } from './emit.js';
import type { PrintFlags, PrintFormat } from './options.js';
import { print } from './terminal.js';

export type Value = string | number | boolean | null;

export interface RecordColumn {
  readonly name: string;
  readonly type: 'utf8' | 'bool' | 'int64' | 'float64';
}

export interface Records {
  readonly columns: readonly RecordColumn[];
  readonly rows: readonly (readonly Value[])[];
}

type Renderer = (records: Records) => string;

const renderers: Readonly<Record<PrintFormat, Renderer>> = { table, csv, ndjson, json };

export async function printRecords(records: Records, flags: PrintFlags): Promise<void> {
  await print(renderers[flags.format ?? printFormat()](records));
}

function table({ columns, rows }: Records): string {
  const { isTTY, columns: width } = process.stdout;
  const content = {
    columns: columns.map(({ name, type }) => {
      const alignRight = type === 'int64' || type === 'float64';
      return { name, type, alignRight, mayCut: type === 'utf8' };
    }),
    first: rows.map((row) => row.map((value) => (value === null ? null : visible(String(value))))),
    last: [],
    rows: rows.length,
  };
  return drawTable(content, (isTTY && width) || Infinity, isTTY === true && !process.env.NO_COLOR);
}

function csv({ columns, rows }: Records): string {
  const names = columns.map(({ name }) => name);
  return [names, ...rows].map((row) => `${row.map(csvField).join(',')}\n`).join('');
}

/** Null is an empty field, empty text a quoted one. */
function csvField(value: Value): string {
  if (value === null) return '';
  const text = String(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function ndjson(records: Records): string {
  return objects(records)
    .map((object) => `${object}\n`)
    .join('');
}

function json(records: Records): string {
  return `[${objects(records).join(',\n ')}]\n`;
}

function objects({ columns, rows }: Records): string[] {
  return rows.map((row) =>
    JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null]))),
  );
}
