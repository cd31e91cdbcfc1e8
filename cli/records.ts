/** Prints small results that the command line makes itself: what `schema`, `describe` and `count` say. */
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
  const cells = [columns, ...rows].map((row) =>
    row.map((value) => String(value ?? '').replaceAll('\n', ' ')),
  );
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => [...row[i]!].length)));
  const numeric = columns.map((_, i) => rows.every((row) => typeof (row[i] ?? 0) === 'number'));
  const line = (row: readonly string[]): string =>
    row
      .map((text, i) => {
        const gap = ' '.repeat(widths[i]! - [...text].length);
        return numeric[i] ? gap + text : text + gap;
      })
      .join('  ')
      .trimEnd();
  const [head, ...body] = cells.map(line);
  return `${[head, widths.map((width) => '-'.repeat(width)).join('  '), ...body].join('\n')}\n`;
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
