/**
 * One range of keys of all sorted runs of many files (sorted-output.ts), merged.
 *
 *   run 0   ▭ ▭ ▭│▭ ▭ ▭ ▭│▭ ▭      boundaries come from the samples of all runs. Of a batch that a boundary goes
 *   run 1   ▭ ▭│▭ ▭ ▭│▭ ▭ ▭        through, the rows on this side are taken; batches beyond are not read.
 *              `─ range ─´ ──▶ merge ──▶ batches in order, equal rows in the order of the runs
 *
 * Memory: the share, as a sort that merges its runs; beside it the indexes and samples of all files, and the dictionaries
 * that they have or refer to.
 */

import { ReferredTexts } from '../../../spill/referred-texts.js';
import type { NextBatch } from '../../../spill/run-reader.js';
import { SealedRuns } from '../../../spill/sealed-runs.js';
import { type Batch, type Dictionary, head } from '../../arrow/batch.js';
import { type Schema, selectFields } from '../../arrow/schema.js';
import { breathe } from '../../breathe.js';
import type { ScanRequest } from '../../formats/format.js';
import { Ranks } from '../../kernels/ranks.js';
import { sliceBatch } from '../../kernels/slice.js';
import type { Region } from '../../memory/arena.js';
import type { SortKey } from '../../plan/expr.js';
import { columnsUsed } from '../../plan/walk-expr.js';
import type { Context, Stream } from '../context.js';
import { BatchRows, mergeAll } from '../sort/merge-all.js';
import type { KeysOf } from '../sort/merge-runs.js';
import { runBatchBytes } from '../sort/runs.js';
import {
  type Boundary,
  boundaries,
  compareBoundaries,
  type Place,
  type RunNote,
  runNotes,
} from './key-samples.js';
import { keysOf } from './row-keys.js';

/** Options of `sorted-runs`. Every process that reads these paths finds the same ranges. */
export interface SortedRunsOptions {
  readonly schema: Schema;
  readonly keys: readonly SortKey[];
  readonly part: number;
  readonly of: number;
}

/** A run, by its number among all runs of all files. */
interface NumberedRun {
  readonly number: number;
  readonly file: SealedRuns;
  readonly note: RunNote;
}

const owner = 'the exchange';

export async function* readRange(
  paths: readonly string[],
  { schema, keys, part, of }: SortedRunsOptions,
  { columns: wanted, limit }: ScanRequest,
  context: Context,
): Stream {
  const types = schema.fields.map(({ type }) => type);
  const names = schema.fields.map(({ name }) => name);
  const byKey = [...columnsUsed(keys.map(({ expr }) => expr))].map((name) => names.indexOf(name));
  const columns = [...new Set([...wanted, ...byKey])];
  const fieldsOf = (some: readonly number[]): Schema =>
    selectFields(
      schema,
      some.map((column) => names[column]!),
    );
  const keysOfKeyed = keysOf(keys, fieldsOf(byKey), context);
  const referred = new ReferredTexts(owner, context);
  const ranks = new Ranks(context, owner, () => breathe(context));
  const files: SealedRuns[] = [];
  try {
    const batchRows = new BatchRows();
    let rows = 0;
    const all: NumberedRun[] = [];
    for (const path of paths) {
      const file = new SealedRuns(path, types, referred, owner, context);
      files.push(file);
      for (const note of runNotes(file.note, file.index.runs)) {
        all.push({ number: all.length, file, note });
        batchRows.add(file.index.rows(note.first), note.end === note.first + 1);
      }
      rows += all.at(-1)?.note.endRow ?? 0;
    }
    const starts = boundaries(
      all.map(({ note }) => note),
      of,
    );
    const from = part === 0 ? 'start' : starts[part - 1]!;
    if (from === null) return;
    const to = starts[part] ?? null;
    const placeOf = (run: NumberedRun, boundary: Boundary): Place =>
      place(run, boundary, byKey, keysOfKeyed, context);
    const runs = all.flatMap((run) => {
      const { file, note } = run;
      const first = from === 'start' ? { batch: note.first, row: 0 } : placeOf(run, from);
      const last = to === null ? { batch: note.end, row: 0 } : placeOf(run, to);
      if (first.batch > last.batch || (first.batch === last.batch && first.row === last.row)) return [];
      return [{ file, mostBytes: note.mostBytes, open: () => between(file, first, last, columns, context) }];
    });
    if (runs.length === 0) return;
    const read = new Set(runs.map(({ file }) => file));
    for (const file of files) if (!read.has(file)) file.release();
    const shared = columns.map((column) => sharedBy(files, column, referred));
    const ranked = await rankedKeys(keys, columns, names, shared, rows / of, ranks);
    const merging = {
      types: columns.map((column) => types[column]!),
      texts: shared.map((dictionary) => dictionary && { dictionary: () => dictionary }),
      room: context.share - ranks.held,
      keysOf: keysOf(keys, fieldsOf(columns), context, ranked),
      limit,
      batchRows: batchRows.least,
      batchBytes: runBatchBytes(types.length, context.share),
    };
    for await (const batch of mergeAll(runs, merging, context, owner)) {
      const { length } = batch;
      yield { length, columns: batch.columns.slice(0, wanted.length) };
    }
  } finally {
    for (const file of files) file.release();
    referred.release();
    ranks.release();
  }
}

/** The dictionary of all values of a text column, if there is one. */
function sharedBy(files: readonly SealedRuns[], column: number, referred: ReferredTexts): Dictionary | null {
  const found = files.map((file) => {
    const origin = file.referredBy(column);
    return origin && referred.of(origin);
  });
  return found.every((dictionary) => dictionary === found[0]) ? found[0]! : null;
}

/** So many rows for each text make its rank worth finding. */
const rankedRows = 4;

/** By key, the address of the ranks of its dictionary, where it has one and is to be compared by them. */
async function rankedKeys(
  keys: readonly SortKey[],
  columns: readonly number[],
  names: readonly string[],
  shared: readonly (Dictionary | null)[],
  rows: number,
  ranks: Ranks,
): Promise<(number | null)[]> {
  const addresses: (number | null)[] = [];
  for (const { expr } of keys) {
    const place = expr.op === 'column' ? columns.indexOf(names.indexOf(expr.name)) : -1;
    const dictionary = shared[place] ?? null;
    const worth = dictionary !== null && dictionary.length * rankedRows <= rows;
    addresses.push((worth && (await ranks.of(dictionary))) || null);
  }
  return addresses;
}

/** Where the boundary is in the run: its first row that is not before it. */
function place(
  { number, file, note }: NumberedRun,
  boundary: Boundary,
  byKey: readonly number[],
  keys: KeysOf,
  context: Context,
): Place {
  if (number === boundary.run) return boundary;
  const { samples } = note;
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBoundaries({ ...samples[middle]!, run: number }, boundary) < 0) low = middle + 1;
    else high = middle;
  }
  const next = samples[low] ?? { batch: note.end, row: 0 };
  const end = next.row > 0 ? next.batch + 1 : next.batch;
  const region = context.arena.region(owner);
  try {
    for (let batch = samples[low - 1]?.batch ?? note.first; batch < end; batch++) {
      region.reset();
      const rows = file.reader.readBatch(batch, region, byKey);
      const below = rowsBelow(rows, boundary.key, number < boundary.run, keys, region, context);
      if (below < rows.length) return { batch, row: below };
    }
  } finally {
    region.release();
  }
  return next;
}

/** How many rows of a sorted batch have a key below this one, or equal to it if `equalToo`. */
function rowsBelow(
  rows: Batch,
  key: Buffer,
  equalToo: boolean,
  keys: KeysOf,
  region: Region,
  { arena, kernels }: Context,
): number {
  const { offsets, data } = keys(rows, region);
  // No key begins with another one: what is not above the key is below the key and one byte more.
  const limit = region.reserveZeroed(key.length + 8);
  arena.bytes.set(key, limit);
  const bytes = key.length + (equalToo ? 1 : 0);
  return kernels.merge_below(offsets, data, rows.length, limit, bytes);
}

/** Reads from one place up to another. */
function between(
  file: SealedRuns,
  first: Place,
  last: Place,
  columns: readonly number[],
  context: Context,
): NextBatch {
  let next = first.batch;
  const end = last.row > 0 ? last.batch + 1 : last.batch;
  return (region) => {
    if (next >= end) return null;
    const batch = next++;
    const before = file.reader.bytesRead;
    const rows = file.reader.readBatch(batch, region, columns);
    context.progress.exchanged?.(file.reader.bytesRead - before);
    const whole = batch === last.batch ? head(rows, last.row) : rows;
    if (batch !== first.batch || first.row === 0) return whole;
    return sliceBatch(whole, first.row, whole.length - first.row, region, context.kernels);
  };
}
