import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Boundary,
  boundaries,
  compareBoundaries,
  decodeNote,
  KeySamples,
  type SortedNote,
} from '../../../lib/exec/stages/key-samples.js';
import { seeded } from '../../helpers.js';

const test = suite('samples of keys');

function noteOf(keys: readonly Buffer[], rowsEach: number): SortedNote {
  const samples = new KeySamples();
  keys.forEach((key, batch) => {
    samples.add(batch, batch * rowsEach, key);
  });
  return decodeNote(samples.encode(keys.length * rowsEach, rowsEach));
}

test('what is encoded comes back; many samples, and long keys, are left out', () => {
  const keys = Array.from({ length: 100 }, (_, i) => Buffer.from(`key ${String(i).padStart(3, '0')}`));
  const note = noteOf(keys, 10);
  assert.is(note.rows, 1000);
  assert.is(note.batchRows, 10);
  assert.equal(
    note.samples.map(({ batch, row, key }) => [batch, row, key.toString()]),
    keys.map((key, i) => [i, i * 10, key.toString()]),
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

test('boundaries divide the rows of all files evenly, equal keys too, and files without samples do no harm', () => {
  const random = seeded(7);
  for (const [distinct, of] of [
    [1, 4],
    [3, 5],
    [1e6, 7],
    [1e6, 1],
  ] as const) {
    const notes = Array.from({ length: 9 }, (_, file) =>
      noteOf(
        Array.from({ length: file * 13 }, () => Math.floor(random() * distinct))
          .sort((a, b) => a - b)
          .map((n) => Buffer.from(String(n).padStart(7, '0'))),
        100,
      ),
    );
    const found = boundaries(notes, of) as Boundary[];
    assert.is(found.length, of - 1);
    const all = notes.flatMap(({ samples }, file) => samples.map(({ batch, key }) => ({ file, batch, key })));
    const sizes = [...found, null].map((end, part) => {
      const start = part === 0 ? null : found[part - 1]!;
      return all.filter(
        (one) =>
          (start === null || compareBoundaries(one, start) >= 0) &&
          (end === null || compareBoundaries(one, end) < 0),
      ).length;
    });
    assert.is(
      sizes.reduce((sum, size) => sum + size, 0),
      all.length,
    );
    assert.ok(sizes.every((size) => Math.abs(size - all.length / of) <= 1));
  }
  assert.equal(boundaries([], 3), [null, null]);
  assert.equal(boundaries([noteOf([Buffer.from('x')], 5)], 3), [null, null]);
});

test.run();
