/** What queries tell of their progress is what they read. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { count, type DataFrame, type ProgressEvent, sum } from '../../lib/index.js';
import { inPlace, manyRows } from './trips.js';

const test = suite('progress');

const many = 300_000;

async function lastEvent(events: ProgressEvent[], run: () => Promise<unknown>): Promise<ProgressEvent> {
  events.length = 0;
  await run();
  for (const { bytes, totalBytes } of events) assert.ok(totalBytes !== null && bytes <= totalBytes);
  const dones = events.filter(({ done }) => done);
  assert.is(dones.length, 1);
  return dones[0]!;
}

test('the total is that of the columns and chunks that are read', async () => {
  const events: ProgressEvent[] = [];
  await inPlace(
    async ({ session, file }) => {
      const csv = await session.scan(file('many.csv', manyRows(many)));
      for (const path of ['many/', 'many.parquet']) {
        await csv.write(file(path));
        const frame = await session.scan(file(path));
        const totals: number[] = [];
        const whole: readonly ((all: DataFrame) => Promise<unknown>)[] = [
          (all) => all.collect(),
          (all) => all.select('vendor').collect(),
          (all) =>
            all
              .groupBy('vendor')
              .agg((c) => ({ fare: sum(c.fare) }))
              .collect(),
          (all) =>
            all
              .filter((c) => c.fare.gt(50))
              .select('vendor')
              .write(file('out.csv'), { overwrite: true }),
          (all) => all.filter((c) => c.id.lt(0)).collect(),
          (all) =>
            all
              .groupBy()
              .agg(() => ({ n: count() }))
              .collect(),
        ];
        for (const run of whole) {
          const { bytes, totalBytes } = await lastEvent(events, () => run(frame));
          assert.is(bytes, totalBytes, `${path}: ${run}`);
          totals.push(totalBytes!);
        }
        const [all, vendor, two, twoTested, pruned, none] = totals as [
          number,
          number,
          number,
          number,
          number,
          number,
        ];
        assert.ok(all > two && two > vendor && vendor > 0, `${totals}`);
        assert.is(two, twoTested);
        assert.equal([pruned, none], [0, 0]);
        // Stopping early reads less than there was to read, never more.
        const { bytes, totalBytes } = await lastEvent(events, () => frame.head(1));
        assert.ok(bytes > 0 && bytes <= totalBytes! && totalBytes! <= all);
      }
    },
    { onProgress: (event) => events.push(event) },
  );
});

test('files that are read whole', async () => {
  const events: ProgressEvent[] = [];
  await inPlace(
    async ({ session, file }) => {
      const csv = await session.scan(file('many.csv', manyRows(many)));
      for (const path of ['many.csv', 'many.arrow']) {
        if (path !== 'many.csv') await csv.write(file(path));
        const frame = await session.scan(file(path));
        const { bytes, totalBytes } = await lastEvent(events, () => frame.select('vendor').collect());
        assert.ok(bytes > 1e6);
        assert.is(bytes, totalBytes);
      }
    },
    { onProgress: (event) => events.push(event) },
  );
});

test.run();
