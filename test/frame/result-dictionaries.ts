/** Texts of a result that hardly repeat: what each batch uses is given once, not the dictionary of all that it came with. */
import type { Data } from 'apache-arrow';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { count } from '../../lib/index.js';
import { inPlace } from './trips.js';

const test = suite('dictionaries of results');

const keys = 150_000;
const nameOf = (key: number): string => `name ${(key * 7919) % keys}`;

test('texts that the batches use are given once each', () =>
  inPlace(async ({ session, file }) => {
    const lines = Array.from({ length: 2 * keys }, (_, row) => `${nameOf(row % keys)}\n`);
    const frame = (await session.scan(file('names.csv', `name\n${lines.join('')}`)))
      .groupBy('name')
      .agg(() => ({ n: count() }));
    const table = await frame.collect();
    const found = Array.from(table, (row) => `${row!.name} ${row!.n}`).sort();
    assert.equal(found, Array.from({ length: keys }, (_, key) => `${nameOf(key)} 2`).sort());
    const chunks = new Set<Data>();
    for (const { dictionary } of table.getChild('name')!.data)
      for (const chunk of dictionary!.data) chunks.add(chunk);
    const texts = [...chunks].reduce((sum, chunk) => sum + chunk.length, 0);
    assert.ok(chunks.size > 1, 'it was one batch');
    assert.is(texts, keys);
  }));

test.run();
