import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Arena, blockBytes } from '../../lib/memory/arena.js';
import { SyncedFile } from '../../spill/synced-file.js';
import { seeded } from '../helpers.js';

interface Place {
  folder: string;
  arena: Arena;
}

const test = suite<Place>('synced file');

const MB = 2 ** 20;

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'spillway-test-'));
  // With buffers of a megabyte.
  context.arena = new Arena(64 * MB + 2 * blockBytes);
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** Pieces of random bytes, so many in all. */
function piecesOf(bytes: number, longest: number, seed: number): Uint8Array[] {
  const random = seeded(seed);
  const all = Uint8Array.from({ length: bytes }, () => random() * 256);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes; ) {
    const piece = all.subarray(at, at + Math.ceil(random() * longest));
    pieces.push(piece);
    at += piece.length;
  }
  return pieces;
}

for (const [what, bytes, longest] of [
  ['no bytes', 0, 1],
  ['one byte', 1, 1],
  ['less than a sector', 4095, 100],
  ['a sector', 4096, 5000],
  ['a buffer', MB, 70_000],
  ['a buffer and a byte', MB + 1, 70_000],
  ['many buffers', 7 * MB + 12_345, 300_000],
  ['pieces longer than buffers', 9 * MB, 4 * MB],
] as const)
  for (const buffered of [true, false])
    test(`${what}, ${buffered ? 'past the cache' : 'through the cache'}`, async ({ folder, arena }) => {
      const path = join(folder, 'content');
      const pieces = piecesOf(bytes, longest, bytes);
      const file = new SyncedFile(path, buffered ? arena.region('the test') : null);
      assert.is(arena.reserved, buffered && process.platform === 'linux' ? 2 * MB : 0);
      for (let at = 0; at < pieces.length; at += 3) {
        const copies = pieces.slice(at, at + 3).map((piece) => piece.slice());
        file.write(copies);
        // What was given may be written over.
        for (const copy of copies) copy.fill(0);
        if (at % 2 === 0) await new Promise(setImmediate);
      }
      assert.is(file.bytes, bytes);
      await file.finish();
      assert.ok(readFileSync(path).equals(Buffer.concat(pieces)));
      assert.is(arena.reserved, 0);
    });

test('too little memory for buffers', async ({ folder }) => {
  const arena = new Arena(32 * MB);
  const file = new SyncedFile(join(folder, 'content'), arena.region('the test'));
  assert.is(arena.reserved, 0);
  file.write([Buffer.from('some '), Buffer.from('text')]);
  await file.finish();
  assert.is(readFileSync(join(folder, 'content'), 'utf8'), 'some text');
});

test('given up with bytes underway', async ({ folder, arena }) => {
  const path = join(folder, 'content');
  const file = new SyncedFile(path, arena.region('the test'));
  const pieces = piecesOf(2 * MB + 5, MB, 3);
  file.write(pieces);
  await file.close();
  await file.close();
  assert.is(arena.reserved, 0);
  const all = Buffer.concat(pieces);
  const written = readFileSync(path);
  assert.ok(written.equals(all.subarray(0, written.length)));
});

test('a file that is there, and a folder that is not', ({ folder, arena }) => {
  for (const [path, code] of [
    [folder, 'EEXIST'],
    [join(folder, 'none', 'content'), 'ENOENT'],
  ] as const)
    assert.throws(
      () => new SyncedFile(path, arena.region('the test')),
      (error: NodeJS.ErrnoException) => error.code === code,
    );
});

for (const turn of ['', 'await new Promise(setImmediate);'])
  test(`no more may be written${turn && ', told late'}`, ({ folder }) => {
    const module = (name: string): string => new URL(`../../${name}`, import.meta.url).href;
    const program = `
      import { Arena } from '${module('lib/memory/arena.js')}';
      import { SyncedFile } from '${module('spill/synced-file.js')}';
      const arena = new Arena(65 * ${MB});
      const file = new SyncedFile('${join(folder, 'content')}', arena.region('the test'));
      let told = [];
      try {
        for (let i = 0; i < 50; i++) {
          file.write([new Uint8Array(100_000)]);
          ${turn}
        }
        await file.finish();
      } catch (error) {
        told.push(error.code);
      }
      await file.close();
      console.log(told.join(), arena.reserved);
    `;
    const script = 'trap "" XFSZ; ulimit -f 5000; exec "$1" --input-type=module -e "$2"';
    const told = execFileSync('sh', ['-c', script, 'sh', process.execPath, program], { encoding: 'utf8' });
    assert.is(told, 'EFBIG 0\n');
  });

test.run();
