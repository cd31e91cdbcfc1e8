import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ProgressEvent, Session, SpillwayError, scan, sum } from '../../lib/index.js';
import { inPlace, manyRows, rowsOf, tripsCsv } from './trips.js';

const test = suite('session');

const many = 200_000;
const manyText = manyRows(many);

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.instance(error, SpillwayError, String((error as Error).stack));
    return (error as SpillwayError).code;
  }
  return 'no error';
}

test('an option that there is not is refused', () => {
  for (const [options, message] of [
    [{ memmory: '1GB' }, 'there is no option "memmory" of a session; did you mean "memory"?'],
    [{ threads: 2 }, 'there is no option "threads" of a session'],
  ] as const)
    assert.throws(
      () => new Session(options as object),
      (error: unknown) =>
        error instanceof SpillwayError && error.code === 'usage' && error.message.startsWith(message),
    );
});

test('leaving a loop gives everything back', () =>
  inPlace(async ({ session, file }) => {
    const frame = await session.scan(file('many.csv', manyText));
    let batches = 0;
    for await (const batch of frame.batches()) {
      assert.ok(batch.numRows > 0);
      assert.ok(session.runtime().arena.reserved > 0);
      if (++batches === 2) break;
    }
    assert.is(batches, 2);
    assert.is(session.runtime().arena.reserved, 0);
    for await (const row of frame.rows()) {
      assert.equal(Object.keys(row), ['id', 'vendor', 'fare']);
      break;
    }
  }));

test('batches are worked out when they are asked for', async () => {
  const events: ProgressEvent[] = [];
  await inPlace(
    async ({ session, file }) => {
      const frame = await session.scan(file('many.csv', manyText));
      const batches = frame.batches();
      const first = await batches.next();
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.not.ok(first.done);
      await batches.return();
      assert.is(events.at(-1)!.rows, first.value!.numRows);
    },
    { onProgress: (event) => events.push(event) },
  );
});

test('several loops share the arena', () =>
  inPlace(async ({ session, file }) => {
    const csv = await session.scan(file('many.csv', manyText));
    await csv.write(file('many/'));
    for (const frame of [csv, await session.scan(file('many/'))]) {
      const left = frame.select('id').batches();
      const right = frame
        .filter((c) => c.id.mod(2).eq(0))
        .select('id')
        .batches();
      let rows = [0, 0];
      for (let open = 2; open > 0; ) {
        const [a, b] = await Promise.all([left.next(), right.next()]);
        open = (a.done ? 0 : 1) + (b.done ? 0 : 1);
        rows = [rows[0]! + (a.value?.numRows ?? 0), rows[1]! + (b.value?.numRows ?? 0)];
      }
      assert.equal(rows, [many, many / 2]);
      const [n, total] = await Promise.all([
        frame.count(),
        rowsOf(frame.groupBy().agg((c) => ({ total: sum(c.id) }))),
      ]);
      assert.is(n, many);
      assert.equal(total, [{ total: (BigInt(many) * BigInt(many - 1)) / 2n }]);
    }
  }));

test('a signal ends a query and nothing is held', () =>
  inPlace(async ({ session, file }) => {
    const frame = await session.scan(file('many.csv', manyText));
    const before = new AbortController();
    before.abort();
    assert.is(await codeOf(frame.collect({ signal: before.signal })), 'aborted');

    const during = new AbortController();
    const loop = async (): Promise<void> => {
      for await (const _ of frame.batches({ signal: during.signal })) during.abort(new Error('enough'));
    };
    try {
      await loop();
      assert.unreachable();
    } catch (error) {
      assert.is((error as SpillwayError).code, 'aborted');
      assert.is(((error as SpillwayError).cause as Error).message, 'enough');
    }
    assert.is(session.runtime().arena.reserved, 0);

    const soon = new AbortController();
    const sorted = frame.sort((c) => c.fare).collect({ signal: soon.signal });
    setImmediate(() => soon.abort());
    assert.is(await codeOf(sorted), 'aborted');

    const writing = new AbortController();
    const written = frame.write(file('out.csv'), { signal: writing.signal });
    setImmediate(() => writing.abort());
    assert.is(await codeOf(written), 'aborted');
    // The session goes on.
    assert.is(await frame.count(), many);
  }));

test('the signal of the session ends all its queries', async () => {
  const controller = new AbortController();
  await inPlace(
    async ({ session, file }) => {
      const frame = await session.scan(file('many.csv', manyText));
      const counts = [frame.collect(), frame.distinct().count()];
      setImmediate(() => controller.abort());
      assert.equal(await Promise.all(counts.map(codeOf)), ['aborted', 'aborted']);
    },
    { signal: controller.signal },
  );
});

test('closing ends what was left half way', async () => {
  await inPlace(async ({ file }) => {
    const session = new Session({ memory: '256MB' });
    const frame = await session.scan(file('many.csv', manyText));
    const batches = frame.batches();
    await batches.next();
    const { arena } = session.runtime();
    assert.ok(arena.reserved > 0);
    await session.close();
    assert.is(arena.reserved, 0);
    assert.is(await codeOf(frame.count()), 'usage');
    assert.is(await codeOf(session.scan(file('many.csv'))), 'usage');
    await session.close();
  });
});

test('await using closes', async () => {
  await inPlace(async ({ file }) => {
    let kept: Session;
    {
      await using session = new Session({ memory: '256MB' });
      kept = session;
      assert.is(await (await session.scan(file('trips.csv', tripsCsv))).count(), 5);
    }
    assert.throws(() => kept.runtime(), /^the session is closed$/);
  });
});

test('progress and sums', async () => {
  const events: ProgressEvent[] = [];
  await inPlace(
    async ({ session, file }) => {
      const path = file('many.csv', manyText);
      await (await session.scan(path)).collect();
      const end = events.at(-1)!;
      const { seconds: taken, memory, memoryBudget, ...counted } = end;
      const bytes = manyText.length;
      assert.equal(counted, {
        rows: many,
        bytes,
        totalBytes: bytes,
        stages: [],
        spilledBytes: 0,
        done: true,
      });
      assert.ok(taken > 0 && memory > 2 ** 20 && memoryBudget > 2 ** 26);
      assert.is(events.filter(({ done }) => done).length, 1);
      const { seconds, peakMemory, ...sums } = session.stats;
      assert.ok(seconds > 0 && peakMemory > 2 ** 20);
      assert.equal(sums, {
        rows: many,
        bytes: manyText.length,
        spilledBytes: 0,
        workers: 0,
        tasks: 1,
        retries: 0,
        retryCauses: [],
      });
    },
    { onProgress: (event) => events.push(event) },
  );
});

test('options and inputs that are wrong', () =>
  inPlace(async ({ session, file }) => {
    assert.throws(() => new Session({ memory: 'lots' }), /^"lots" is not an amount of memory/);
    assert.throws(() => new Session({ memory: '1MB' }), /^a memory budget of 1 MB is too small/);
    assert.is(await codeOf(session.scan(file('missing.csv'))), 'data');
    assert.is(await codeOf(session.scan([])), 'usage');
    assert.is(await codeOf(session.scan(file('trips.csv', tripsCsv), { format: 'cvs' })), 'usage');
    assert.is(await codeOf(session.sql('select x')), 'query');
  }));

test('a default session', async () => {
  await inPlace(async ({ file }) => {
    const trips = await scan(file('trips.csv', tripsCsv));
    assert.is(await trips.filter((c) => c.fare.gt(10)).count(), 4);
    const both = await scan([file('trips.csv'), file('trips.csv')]);
    assert.is(await both.count(), 10);
    assert.is(await (await scan(file('*.csv'))).count(), 5);
  });
});

test.run();
