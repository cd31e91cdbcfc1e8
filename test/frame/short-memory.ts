/** Whichever piece of memory is the first that cannot be had: one memory error, nothing held, no file left. */
import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  count,
  countDistinct,
  type DataFrame,
  first,
  median,
  min,
  SpillwayError,
  sum,
} from '../../lib/index.js';
import { Arena } from '../../lib/memory/arena.js';
import { inPlace, rowsOf } from './trips.js';

const test = suite('short memory');

const lines = Array.from({ length: 2000 }, (_, i) => {
  const value = i % 7 === 0 ? '' : i / 8;
  return `${i},${(i * 7919) % 1000},n${(i * 31) % 521},${value},2020-01-0${(i % 9) + 1}\n`;
});

/** Failures tried of each query. */
const tried = 40;

/** Lets so many requests for memory through; then one is refused, or all. */
const gate = { open: Number.POSITIVE_INFINITY, asked: 0, once: false };

const refused = (): boolean => {
  gate.asked++;
  return gate.once ? gate.asked === gate.open + 1 : gate.asked > gate.open;
};

function guardArena(): () => void {
  const { tryTakeRun, tryExtendRun } = Arena.prototype;
  Arena.prototype.tryTakeRun = function (blocks) {
    return refused() ? 0 : tryTakeRun.call(this, blocks);
  };
  Arena.prototype.tryExtendRun = function (address, blocks) {
    return refused() ? false : tryExtendRun.call(this, address, blocks);
  };
  return () => Object.assign(Arena.prototype, { tryTakeRun, tryExtendRun });
}

type Query = (frame: DataFrame, out: string) => Promise<unknown>;

const writes = (name: string, format: string): [string, Query] => [
  `write ${format}`,
  (frame, folder) => frame.write(`${folder}/${name}`, { format, overwrite: true }),
];

const queries: readonly (readonly [string, Query])[] = [
  ['collect', (frame) => frame.collect()],
  ['rows', (frame) => rowsOf(frame)],
  ['filter', (frame) => frame.filter((c) => c.name.like('n1%').and(c.v.gt(3))).count()],
  [
    'select',
    (frame) =>
      frame.select((c) => ({ a: c.name.upper().concat('x'), b: c.v.add(1), year: c.d.year() })).collect(),
  ],
  [
    'groups',
    (frame) =>
      frame
        .groupBy('g', 'name')
        .agg((c) => ({
          ...{ n: count(), s: sum(c.v), m: median(c.v), least: min(c.name), first: first(c.name) },
          distinct: countDistinct(c.name),
        }))
        .collect(),
  ],
  [
    'one group',
    (frame) =>
      frame
        .groupBy()
        .agg((c) => ({ m: median(c.v), least: min(c.name), n: countDistinct(c.name) }))
        .collect(),
  ],
  ['distinct', (frame) => frame.distinct().collect()],
  ['sort', (frame) => frame.sort(['name', 'v']).collect()],
  ['first of a sort', (frame) => frame.sort(['name', 'v'], { limit: 10 }).collect()],
  ['limit', (frame) => frame.limit(100, 50).collect()],
  writes('out/', 'dataset'),
  writes('out.csv', 'csv'),
  writes('out.parquet', 'parquet'),
  writes('out.arrow', 'arrow'),
  writes('out.ndjson', 'ndjson'),
  writes('out.txt', 'table'),
];

for (const input of ['in.csv', 'in/', 'in.parquet', 'in.arrow'])
  test(input, () =>
    inPlace(async ({ session, file, folder }) => {
      const text = await session.scan(file('in.csv', `id,g,name,v,d\n${lines.join('')}`));
      if (input !== 'in.csv') await text.write(file(input));
      const frame = await session.scan(file(input));
      const { arena } = session.runtime();
      const restore = guardArena();
      try {
        const scanning: [string, Query] = ['scan', () => session.scan(file(input))];
        for (const [name, query] of [scanning, ...queries]) {
          gate.open = Number.POSITIVE_INFINITY;
          gate.asked = 0;
          await query(frame, folder);
          const files = readdirSync(folder);
          const all = gate.asked;
          let failed = 0;
          for (let open = 0; open < all; open += Math.ceil(all / tried)) {
            Object.assign(gate, { open, asked: 0, once: open % 2 === 1 });
            try {
              await query(frame, folder);
            } catch (error) {
              failed++;
              if (!(error instanceof SpillwayError && error.code === 'memory')) throw error;
            }
            assert.is(arena.reserved, 0, `${name}, ${open} of ${all}: ${arena.reserved} bytes are held`);
            assert.equal(readdirSync(folder), files, `${name}, ${open} of ${all}`);
          }
          assert.ok(failed > 0 || all === 0, `${name} never failed`);
        }
      } finally {
        restore();
        gate.open = Number.POSITIVE_INFINITY;
      }
    }),
  );

test.run();
