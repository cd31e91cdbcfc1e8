import { snappyUncompress } from 'hyparquet';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeRuntime, seeded } from '../helpers.js';

const test = suite('kernels/snappy');

const { arena, kernels } = makeRuntime(16 * 2 ** 20);

/** Packed by the kernel, unpacked by hyparquet; the packed size. */
function roundTrip(content: Uint8Array): number {
  const region = arena.region('test');
  const data = region.reserve(content.length);
  const table = region.reserve(2 ** 16);
  const room = content.length + Math.ceil(content.length / 6) + 32;
  const out = region.reserve(room + 64);
  arena.bytes.set(content, data);
  arena.bytes.fill(0xaa, out, out + room + 64);
  const size = kernels.snappy_pack(data, content.length, table, out);
  assert.ok(size <= room, `${content.length} bytes became ${size}`);
  assert.equal(arena.bytes.slice(out + room, out + room + 64), new Uint8Array(64).fill(0xaa));
  const back = new Uint8Array(content.length);
  if (content.length > 0) snappyUncompress(arena.bytes.slice(out, out + size), back);
  assert.ok(Buffer.from(content).equals(back), `${content.length} bytes`);
  region.release();
  return size;
}

test('runs of every length, at every distance from what they repeat', () => {
  for (let length = 0; length < 300; length++) roundTrip(new Uint8Array(length).fill(7));
  const random = seeded(1);
  const noise = Uint8Array.from({ length: 80_000 }, () => random() * 256);
  for (const distance of [4, 60, 61, 256, 257, 2047, 2048, 65_535, 65_536, 65_537, 70_000])
    for (const length of [4, 11, 12, 59, 60, 64, 65, 67, 68, 69, 200]) {
      const content = new Uint8Array(distance + length + 40);
      content.set(noise.subarray(0, distance));
      content.copyWithin(distance, 0, length);
      content.set(noise.subarray(100, 140), distance + length);
      roundTrip(content);
    }
});

test('random content, from noise to a few letters', () => {
  const random = seeded(2);
  for (let round = 0; round < 200; round++) {
    const letters = 1 + Math.floor(random() ** 3 * 256);
    const length = Math.floor(random() ** 4 * 300_000);
    roundTrip(Uint8Array.from({ length }, () => Math.floor(random() * letters)));
  }
});

test('what repeats becomes small, what does not hardly grows', () => {
  const random = seeded(3);
  const noise = Uint8Array.from({ length: 100_000 }, () => random() * 256);
  assert.ok(roundTrip(noise) < 100_100);
  assert.ok(roundTrip(new Uint8Array(100_000)) < 5_000);
  assert.ok(roundTrip(new Uint8Array(Buffer.from('id,name,value\n'.repeat(5000)))) < 5_000);
});

test.run();
