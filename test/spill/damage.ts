/** Whatever happens to the files of a dataset: the same rows, or one error that names a file of it. */
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { batchRows } from '../../lib/arrow/batch.js';
import type { Field } from '../../lib/arrow/schema.js';
import { bool, float64, int64, utf8 } from '../../lib/arrow/types.js';
import { SpillwayError } from '../../lib/errors.js';
import { openBytes } from '../../spill/bytes.js';
import { DatasetReader } from '../../spill/dataset-reader.js';
import { createDataset } from '../../spill/dataset-writer.js';
import { openMapped } from '../../spill/mapped.js';
import { batchOf, type Cell, cellsOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('spill/damage');

/** Batches as they are stored. */
const asStored = { rows: batchRows, bytes: Number.POSITIVE_INFINITY };
const root = mkdtempSync(join(tmpdir(), 'spillway-damage-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

const fields: readonly Field[] = [
  { name: 'n', type: int64, nullable: true },
  { name: 'code', type: utf8, nullable: true },
  { name: 'text', type: utf8, nullable: false },
  { name: 'x', type: float64, nullable: true },
  { name: 'b', type: bool, nullable: true },
];
const columns = fields.map((_, i) => i);
const good = join(root, 'good');
const runtime = makeRuntime();

/** Four chunks of equal size, whose codes share a growing dictionary. */
async function write(path: string, seed: number): Promise<void> {
  const random = seeded(seed);
  const writer = await createDataset(path, { fields }, { chunkBytes: 1, joinBelow: 1 }, runtime);
  const region = runtime.arena.region('test');
  for (let chunk = 0; chunk < 4; chunk++) {
    region.reset();
    const rows = Array.from({ length: 200 }, (_, i) => i);
    const orNull = (value: Cell): Cell => (random() < 0.1 ? null : value);
    const cells: Cell[][] = [
      rows.map(() => orNull(BigInt(Math.floor(random() * 1e12)))),
      rows.map(() => orNull(`c${Math.floor(random() * 5)}`)),
      rows.map((i) => `row ${String(i + chunk * 200 + seed * 1000).padStart(6, '0')}`),
      rows.map(() => orNull(random())),
      rows.map(() => orNull(random() < 0.5)),
    ];
    writer.write(batchOf(fields.map(({ type }, i) => vectorOf(type, cells[i]!, region))));
  }
  region.release();
  await writer.finish();
}

function read(path: string, open = openBytes): string {
  const reader = new DatasetReader(path, runtime, open);
  const found: Cell[][] = fields.map(() => []);
  const chunks = reader.manifest.chunks.map((_, i) => i);
  for (const batch of reader.scan(chunks, columns, asStored, runtime, () => {}))
    batch.columns.forEach((column, i) => found[i]!.push(...cellsOf(column, runtime.arena)));
  return found.map((cells) => cells.join()).join('\n');
}

const part = (i: number): string => `part-0000${i}.arrow`;

let count = 0;
let whole = '';

/** What becomes of a copy of the dataset: '' where it reads as before, else the message. */
function after(harm: (path: string) => void): string {
  const path = join(root, `d${count++}`);
  cpSync(good, path, { recursive: true });
  harm(path);
  try {
    assert.is(read(path), whole);
    return '';
  } catch (error) {
    assert.ok(error instanceof SpillwayError, (error as Error).stack ?? '');
    assert.ok(['data', 'disk'].includes(error.code), error.message);
    assert.ok(error.message.startsWith(path) && !error.message.includes('\n'), error.message);
    return error.message.slice(path.length);
  } finally {
    assert.is(runtime.arena.reserved, 0);
    rmSync(path, { recursive: true });
  }
}

test.before(async () => {
  await write(good, 1);
  await write(join(root, 'other'), 2);
  whole = read(good);
});

test('a byte anywhere in a chunk', () => {
  const bytes = readFileSync(join(good, part(1)));
  const { chunks } = new DatasetReader(good, runtime).manifest;
  const { index } = chunks[1]!;
  assert.is(bytes.length, chunks[2]!.bytes);
  const random = seeded(3);
  let found = 0;
  const tries = 200;
  for (let i = 0; i < tries; i++) {
    const at = i < 16 ? i : i < 32 ? bytes.length - i + 15 : Math.floor(random() * bytes.length);
    const told = after((path) => {
      const harmed = Buffer.from(bytes);
      harmed[at]! ^= 1 << Math.floor(random() * 8);
      writeFileSync(join(path, part(1)), harmed);
    });
    if (told !== '') {
      found++;
      assert.match(told, /^\/part-00001\.arrow is damaged: the checksum of /);
    }
    // Arrow's own words about the file, and what fills it up to 64 bytes, are not read by us.
    if (at >= index.offset && at < index.offset + index.bytes) assert.match(told, 'its index');
  }
  assert.ok(found > tries / 3, `${found} of ${tries} found`);
});

test('a byte anywhere in the manifest', () => {
  const bytes = readFileSync(join(good, 'manifest.json'));
  const random = seeded(4);
  for (let i = 0; i < 140; i++) {
    const at = i < 80 ? i : Math.floor(random() * bytes.length);
    const told = after((path) => {
      const harmed = Buffer.from(bytes);
      harmed[at]! ^= 1 << Math.floor(random() * 8);
      writeFileSync(join(path, 'manifest.json'), harmed);
    });
    assert.match(told, /^\/manifest\.json (is damaged|is not the manifest|is of version)/, `byte ${at}`);
  }
});

test('files that are cut, empty, lengthened, missing, or no files', () => {
  const { length } = readFileSync(join(good, part(2)));
  for (const kept of [0, 1, 8, 64, 1000, length - 1])
    assert.is(
      after((path) => truncateSync(join(path, part(2)), kept)),
      `/${part(2)} is damaged: it has ${kept} bytes, and should have ${length}`,
    );
  const longer = after((path) => writeFileSync(join(path, part(0)), 'x', { flag: 'a' }));
  assert.match(longer, /^\/part-00000\.arrow is damaged: it has \d+ bytes, and should have \d+$/);
  assert.is(
    after((path) => rmSync(join(path, part(3)))),
    `/${part(3)} is missing`,
  );
  assert.match(
    after((path) => {
      rmSync(join(path, part(3)));
      mkdirSync(join(path, part(3)));
    }),
    /^\/part-00003\.arrow (is damaged|cannot be read)/,
  );
  assert.is(
    after((path) => rmSync(join(path, 'manifest.json'))),
    ' is not a dataset: it has no manifest.json',
  );
  for (const kept of [0, 1, 30, 58, 100])
    assert.match(
      after((path) => truncateSync(join(path, 'manifest.json'), kept)),
      /^\/manifest\.json is/,
    );
});

test('chunks that changed places, or come from another dataset', () => {
  for (const [a, b] of [
    [0, 1],
    [1, 2],
    [2, 3],
  ] as const)
    assert.match(
      after((path) => {
        renameSync(join(path, part(a)), join(path, 'x'));
        renameSync(join(path, part(b)), join(path, part(a)));
        renameSync(join(path, 'x'), join(path, part(b)));
      }),
      /^\/part-0000\d\.arrow is damaged: /,
    );
  for (let i = 0; i < 4; i++)
    assert.match(
      after((path) => copyFileSync(join(root, 'other', part(i)), join(path, part(i)))),
      /is damaged: /,
    );
  assert.match(
    after((path) => copyFileSync(join(root, 'other', 'manifest.json'), join(path, 'manifest.json'))),
    /is damaged: /,
  );
});

test('files that do not belong to it do no harm', () => {
  assert.is(
    after((path) => {
      writeFileSync(join(path, 'notes.txt'), 'mine');
      writeFileSync(join(path, '.hidden'), 'mine');
      copyFileSync(join(root, 'other', part(0)), join(path, part(4)));
      mkdirSync(join(path, 'folder'));
    }),
    '',
  );
});

test('a dataset that was replaced while it was open', async () => {
  const path = join(root, 'replaced');
  cpSync(good, path, { recursive: true });
  const reader = new DatasetReader(path, runtime);
  const batches = reader.scan([0, 1, 2, 3], columns, asStored, runtime, () => {});
  assert.is(batches.next().value?.length, 200);
  rmSync(path, { recursive: true });
  await write(path, 2);
  assert.throws(() => [...batches], /\/replaced was replaced after it was opened; open it again$/);
  assert.is(runtime.arena.reserved, 0);
});

test('mapped files are verified too', () => {
  const mapped = (path: string) => openMapped(path) ?? openBytes(path);
  assert.is(read(good, mapped), read(good));
  const path = join(root, 'mapped');
  cpSync(good, path, { recursive: true });
  const bytes = readFileSync(join(path, part(1)));
  const { index } = new DatasetReader(good, runtime).manifest.chunks[1]!;
  bytes[index.offset + 60]! ^= 4;
  writeFileSync(join(path, part(1)), bytes);
  assert.throws(() => read(path, mapped), /part-00001\.arrow is damaged: the checksum of its index/);
  assert.equal(readdirSync(path).length, 5);
  assert.is(runtime.arena.reserved, 0);
});

test.run();
