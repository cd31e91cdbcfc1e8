import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBytes } from '../../spill/bytes.js';
import { openMapped } from '../../spill/mapped.js';
import { seeded } from '../helpers.js';

const test = suite('spill/mapped');
const root = mkdtempSync(join(tmpdir(), 'spillway-mapped-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

test('mapped and read bytes are the same, across windows', () => {
  const path = join(root, 'bytes');
  const content = new Uint8Array(65 * 2 ** 20);
  for (let i = 0; i < content.length; i += 97) content[i] = i;
  writeFileSync(path, content);
  const mapped = openMapped(path);
  if (mapped === null) {
    console.log('spill/mapped: skipped, mmap-io is not installed');
    return;
  }
  const read = openBytes(path);
  const random = seeded(1);
  const edge = 64 * 2 ** 20;
  const places = [0, edge - 1, edge - 500, edge, content.length - 1000];
  while (places.length < 20) places.push(Math.floor(random() * (content.length - 1000)));
  for (const source of [mapped, read]) {
    assert.is(source.size, content.length);
    for (const offset of places) {
      const target = new Uint8Array(1000);
      source.read(offset, target);
      assert.ok(
        Buffer.compare(target, content.subarray(offset, offset + 1000)) === 0,
        `${source.path} at ${offset}`,
      );
    }
    assert.throws(
      () => source.read(content.length - 1, new Uint8Array(2)),
      /is damaged: \d+ bytes are needed/,
    );
    source.close();
  }
});

test('a file that is missing is refused', () => {
  const path = join(root, 'none');
  assert.throws(() => openBytes(path), `${path} is missing`);
  assert.throws(() => openMapped(path) ?? openBytes(path), `${path} is missing`);
});

test.run();
