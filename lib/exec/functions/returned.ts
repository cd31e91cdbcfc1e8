/**
 * What a function of the user gives back, as batches in the arena. Nothing of it is believed: every name, type, length
 * and value is looked at.
 *
 *   { rate: Float64Array, vendor: ['acme', null], day: batch.columns.day } ─▶ one reader a column ─▶ pieces of rows
 *
 * Memory: one piece, however many rows the function gives at once.
 */
import { type Batch, batchRows } from '../../arrow/batch.js';
import type { Field } from '../../arrow/schema.js';
import { typeName } from '../../arrow/types.js';
import type { Runtime } from '../../formats/format.js';
import type { Region } from '../../memory/arena.js';
import type { CodePlace } from '../../plan/code-text.js';
import { wrongResult } from './failure.js';
import { readerOf } from './read-returned.js';
import { refusalOf, shownValue } from './refusal.js';

/** What one call of a function, or one turn of a generator, gave; each batch is valid until the next is asked for. */
export function* returnedBatches(
  returned: unknown,
  fields: readonly Field[],
  place: CodePlace,
  region: Region,
  runtime: Runtime,
): Generator<Batch, void, void> {
  const columns = columnsOf(returned, fields, place);
  const readers = fields.map((field, i) => readerOf(columns[i], field, refusalOf(field, place)));
  const length = readers[0]!.length;
  readers.forEach((reader, i) => {
    if (reader.length === length) return;
    const [first, odd] = [fields[0]!.name, fields[i]!.name];
    throw wrongResult(
      place,
      `gave ${reader.length} rows of column ${odd}, but ${length} of column ${first}`,
      { column: odd },
    );
  });
  const most = runtime.arena.capacity * pieceShare;
  for (let from = 0; from < length; ) {
    let rows = Math.min(batchRows, length - from);
    while (rows > leastRows && bytesOf(from, rows) > most)
      rows = Math.max(leastRows, Math.floor(rows / 2 / leastRows) * leastRows);
    region.reset();
    yield { length: rows, columns: readers.map((reader) => reader.vector(from, rows, region, runtime)) };
    from += rows;
  }

  function bytesOf(from: number, rows: number): number {
    return readers.reduce((sum, reader) => sum + reader.bytes(from, rows), 0);
  }
}

/** Of the arena, for a piece; a row may be larger than rows are on average. */
const pieceShare = 1 / 32;

/** Pieces begin at multiples of it, so that bitmaps and columns that are passed on need not be shifted. */
const leastRows = 512;

/** In the order of the fields. */
function columnsOf(returned: unknown, fields: readonly Field[], place: CodePlace): unknown[] {
  if (!isColumns(returned))
    throw wrongResult(
      place,
      `must give an object of columns, as { ${fields[0]!.name}: [...] }, but gave ${shownValue(returned)}`,
    );
  const names = new Set(fields.map(({ name }) => name));
  const odd = Object.keys(returned).find((name) => !names.has(name));
  if (odd !== undefined)
    throw wrongResult(place, `gave a column ${odd}, which is not in its schema: ${[...names].join(', ')}`, {
      column: odd,
    });
  return fields.map(({ name, type }) => {
    if (Object.hasOwn(returned, name)) return returned[name];
    throw wrongResult(place, `gave no column ${name} (${typeName(type)})`, { column: name });
  });
}

function isColumns(value: unknown): value is Readonly<Record<string, unknown>> {
  if (value === null || typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
