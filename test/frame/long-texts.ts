/** Texts of up to 5000 bytes, written with much memory, in little: batches are as short as their texts are long. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { count, type DataFrame, Session } from '../../lib/index.js';
import { inPlace, type Place } from './trips.js';

const test = suite('long texts in little memory');

const rows = 12_000;
const keys = 3_000;

/** In the order of their bytes the short ones come first. */
const textOf = (key: number): string => 'abcdefgh'[key % 8]!.repeat((key * 7919) % 5000) + key;
const keyOf = (row: number): number => (row * 31) % keys;

const all = Array.from({ length: rows }, (_, row) => ({ t: textOf(keyOf(row)), v: row }));
const texts = Array.from({ length: keys }, (_, key) => ({ g: key, u: textOf(key) }));

/** What `query` writes in the least memory that it is said to need, line by line. */
async function within(
  { folder, file }: Place,
  query: (facts: DataFrame, dimension: DataFrame) => DataFrame,
): Promise<string[]> {
  const run = async (memory: number): Promise<number> => {
    const session = new Session({ memory, workers: 0, tempDir: folder });
    try {
      const frame = query(await session.scan(file('facts')), await session.scan(file('dimension')));
      const { leastMemory } = await frame.estimate();
      if (leastMemory > memory) return leastMemory;
      await frame.write(file('out.csv'), { overwrite: true });
      assert.is(session.runtime().arena.reserved, 0);
      assert.ok(session.stats.spilledBytes > 0, 'nothing was spilled');
      return memory;
    } finally {
      await session.close();
    }
  };
  const least = await run(112 * 2 ** 20);
  assert.ok(least <= 128 * 2 ** 20, `${least} bytes are said to be needed`);
  if (least > 112 * 2 ** 20) assert.is(await run(least), least);
  return readFileSync(file('out.csv'), 'utf8').trimEnd().split('\n').slice(1);
}

test('sorted, grouped, distinct, joined, ranked', () =>
  inPlace(
    async (place) => {
      const { session, file } = place;
      const line = (...values: unknown[]): string => values.join(',');
      file('facts.csv', `t,v\n${all.map(({ t, v }) => `${t},${v}\n`).join('')}`);
      file('dimension.csv', `g,u\n${texts.map(({ g, u }) => `${g},${u}\n`).join('')}`);
      for (const name of ['facts', 'dimension'])
        await (await session.scan(file(`${name}.csv`))).write(file(name), { format: 'dataset' });

      const inOrder = [...all].sort((a, b) => (a.t < b.t ? -1 : a.t > b.t ? 1 : a.v - b.v));
      assert.equal(
        await within(place, (facts) => facts.sort((c) => [c.t!.asc(), c.v!.asc()])),
        inOrder.map(({ t, v }) => line(t, v)),
        'sorted',
      );
      assert.equal(
        (await within(place, (facts) => facts.groupBy('t').agg(() => ({ n: count() })))).sort(),
        texts.map(({ u }) => line(u, rows / keys)).sort(),
        'grouped',
      );
      assert.equal(
        (await within(place, (facts) => facts.distinct())).sort(),
        all.map(({ t, v }) => line(t, v)).sort(),
        'distinct',
      );
      assert.equal(
        (
          await within(place, (facts, dimension) =>
            facts.join(dimension, { on: (l, r) => l.t!.eq(r.u!) }).select('v', 'g', 'u'),
          )
        ).sort(),
        all.map(({ t, v }) => line(v, keyOf(v), t)).sort(),
        'joined',
      );
    },
    { memory: '1GB', workers: 0 },
  ));

test.run();
