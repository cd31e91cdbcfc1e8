import type { BigIntStats } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Footer, footerOf } from '../../../lib/formats/parquet/footers.js';

const test = suite('formats/parquet/footers');

const MB = 2 ** 20;
let files = 0n;

/** What the system says of a file that no test had before. */
function newFile(): BigIntStats {
  const status = { dev: 1n, ino: ++files, size: 100n, mtimeNs: 5n, ctimeNs: 6n };
  return status as BigIntStats;
}

async function isDecoded(file: BigIntStats, bytes: number): Promise<boolean> {
  const mine = { metadata: { metadata_length: bytes }, tree: {} } as Footer;
  return (await footerOf(file, async () => mine)) === mine;
}

test('a file that did not change is decoded once, and anew after each change', async () => {
  const file = newFile();
  assert.equal([await isDecoded(file, 10), await isDecoded(file, 10)], [true, false]);
  for (const name of ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const) {
    const changed = { ...file, [name]: 1_000_000n } as BigIntStats;
    assert.equal([await isDecoded(changed, 10), await isDecoded(changed, 10)], [true, false], name);
  }
});

test('those asked for last are kept, up to 2 MiB', async () => {
  const [a, b, c] = [newFile(), newFile(), newFile()];
  assert.equal([await isDecoded(a, MB), await isDecoded(b, MB)], [true, true]);
  assert.equal([await isDecoded(b, MB), await isDecoded(a, MB)], [false, false]);
  assert.is(await isDecoded(c, 1), true);
  assert.equal([await isDecoded(a, MB), await isDecoded(c, 1), await isDecoded(b, MB)], [false, false, true]);
});

test('one larger than that is kept alone', async () => {
  const [small, large] = [newFile(), newFile()];
  assert.equal([await isDecoded(small, 10), await isDecoded(large, 9 * MB)], [true, true]);
  assert.equal([await isDecoded(large, 9 * MB), await isDecoded(small, 10)], [false, true]);
  assert.is(await isDecoded(large, 9 * MB), true);
});

test('what cannot be decoded is not kept', async () => {
  const file = newFile();
  const damaged = footerOf(file, () => Promise.reject(new Error('damaged')));
  assert.is(await damaged.catch((error: Error) => error.message), 'damaged');
  assert.is(await isDecoded(file, 10), true);
});

test.run();
