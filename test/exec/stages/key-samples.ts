import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Boundary,
  boundaries,
  compareBoundaries,
  KeySamples,
  type RunNote,
  runNotes,
} from '../../../lib/exec/stages/key-samples.js';
import { seeded } from '../../helpers.js';

const test = suite('samples of keys');

const batchRows = 20;

/** The notes of a file whose runs have these keys, one for each batch. */
function notesOf(runs: readonly (readonly Buffer[])[], rowsEach: number): RunNote[] {
  const samples = new KeySamples();
  let batch = 0;
  const stored = runs.map((keys) => {
    const first = batch;
    for (const key of keys) samples.add({ batch, row: 0, before: batch++ * rowsEach, key });
    return { first, last: batch - 1, rows: keys.length * rowsEach, bytes: 1, mostBytes: 1 };
  });
  return runNotes(samples.encode(), stored);
}

const noteOf = (keys: readonly Buffer[], rowsEach: number): RunNote => notesOf([keys], rowsEach)[0]!;

test('what is encoded comes back; many samples, and long keys, are left out', () => {
  const keys = Array.from({ length: 100 }, (_, i) => Buffer.from(`key ${String(i).padStart(3, '0')}`));
  const note = noteOf(keys, 10);
  assert.is(note.endRow, 1000);
  assert.equal(
    note.samples.map(({ batch, row, before, key }) => [batch, row, before, key.toString()]),
    keys.map((key, i) => [i, 0, i * 10, key.toString()]),
  );
  const many = noteOf(
    Array.from({ length: 50_000 }, (_, i) => Buffer.from(String(i).padStart(84, '0'))),
    1,
  );
  const batches = many.samples.map(({ batch }) => batch);
  assert.equal(
    batches,
    Array.from({ length: batches.length }, (_, i) => i * 128),
  );
  assert.is(batches.length, Math.ceil(50_000 / 128));
  assert.is(noteOf([Buffer.alloc(5000)], 1).samples.length, 0);
});

test('samples belong to the run that they are of', () => {
  const keys = (first: number, count: number): Buffer[] =>
    Array.from({ length: count }, (_, i) => Buffer.from(String(first + i)));
  const notes = notesOf([keys(1, 3), keys(1, 1), [Buffer.alloc(5000)], keys(2, 2)], 10);
  assert.equal(
    notes.map(({ first, end, endRow, samples }) => [first, end, endRow, samples.map(({ before }) => before)]),
    [
      [0, 3, 30, [0, 10, 20]],
      [3, 4, 40, [30]],
      [4, 5, 50, []],
      [5, 7, 70, [50, 60]],
    ],
  );
});

test('boundaries divide the rows of all runs evenly, equal keys too, and runs without samples do no harm', () => {
  const random = seeded(7);
  for (const [distinct, of] of [
    [1, 4],
    [3, 5],
    [1e6, 7],
    [1e6, 1],
  ] as const) {
    // Keys of all rows; a run has up to 104 batches.
    const runs = Array.from({ length: 9 }, (_, run) =>
      Array.from({ length: run * 13 * batchRows }, () => Math.floor(random() * distinct))
        .sort((a, b) => a - b)
        .map((n) => Buffer.from(String(n).padStart(7, '0'))),
    );
    const firsts = runs.map((keys) => keys.filter((_, row) => row % batchRows === 0));
    // Three runs a file.
    const notes = [0, 3, 6].flatMap((first) => notesOf(firsts.slice(first, first + 3), batchRows));
    const found = boundaries(notes, of) as Boundary[];
    assert.is(found.length, of - 1);
    const all = runs.flatMap((keys, run) =>
      keys.map(
        (key, row): Boundary => ({
          ...{ run, key, row: row % batchRows },
          batch: notes[run]!.first + Math.floor(row / batchRows),
        }),
      ),
    );
    const ends = [0, ...found.map((end) => all.filter((row) => compareBoundaries(row, end) < 0).length)];
    const sizes = [...ends, all.length].slice(1).map((end, part) => end - ends[part]!);
    assert.ok(
      sizes.every((size) => Math.abs(size - all.length / of) <= 3 * batchRows),
      `${sizes} of ${all.length} in ${of}`,
    );
  }
  assert.equal(boundaries([], 3), [null, null]);
  assert.equal(boundaries([noteOf([Buffer.from('x')], 5)], 3), [null, null]);
});

test.run();
