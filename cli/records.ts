/** Prints small results that the command line makes itself: what `schema`, `describe` and `count` say. */
import { drawTable } from '../lib/index.js';
import { printFormat } from './emit.js';
import type { PrintFlags, PrintFormat } from './options.js';

export type Value = string | number | boolean | null;

export interface Records {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

type Renderer = (records: Records) => string;

const renderers: Readonly<Record<PrintFormat, Renderer>> = { table, csv, ndjson, json };

export function printRecords(records: Records, flags: PrintFlags): void {
  process.stdout.write(renderers[flags.format ?? printFormat()](records));
}

function table({ columns, rows }: Records): string {
  const content = {
    columns: columns.map((name, i) => {
      const type = typeof rows.find((row) => row[i] !== null)?.[i];
      const alignRight = type === 'number';
      return {
        name,
        type: type === 'string' ? 'utf8' : alignRight ? 'number' : 'bool',
        alignRight,
        mayCut: true,
      };
    }),
    first: rows.map((row) => row.map((value) => (value === null ? null : String(value)))),
    last: [],
    rows: rows.length,
  };
  const { isTTY, columns: width } = process.stdout;
  return drawTable(content, isTTY ? width : Infinity, isTTY === true);
}

function csv({ columns, rows }: Records): string {
  return [columns, ...rows].map((row) => `${row.map(csvField).join(',')}\n`).join('');
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
    JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null]))),
  );
}
