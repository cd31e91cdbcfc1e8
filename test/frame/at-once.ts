/** Several queries in one session, and sessions that end while queries run. */
import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { count, type DataFrame, Session, type SessionOptions, SpillwayError, sum } from '../../lib/index.js';
import { inPlace, manyRows, type Place, rowsOf } from './trips.js';

const test = suite('queries at once');

const many = 120_000;
const manyText = manyRows(many);

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.instance(error, SpillwayError, String((error as Error).stack));
    return `${(error as SpillwayError).code}: ${(error as Error).message}`;
  }
  return 'no error';
}

/** As text and as a dataset. */
async function both(
  body: (frame: DataFrame, place: Place) => Promise<void>,
  options: SessionOptions = {},
): Promise<void> {
  await inPlace(async (place) => {
    const { session, file } = place;
    const csv = await session.scan(file('many.csv', manyText));
    await csv.write(file('many/'));
    await body(csv, place);
    assert.is(session.runtime().arena.reserved, 0);
    await body(await session.scan(file('many/')), place);
  }, options);
}

test('ten that need most of the memory each', () =>
  both(
    async (frame, { session }) => {
      const groups = frame.groupBy('id', 'vendor', 'fare').agg((c) => ({ n: count(), total: sum(c.fare) }));
      assert.is(await groups.count(), many);
      // Three of them do not fit.
      const { peak, capacity } = session.runtime().arena;
      assert.ok(peak > capacity / 3, `${peak} of ${capacity}`);
      const ten = Array.from({ length: 10 }, () => groups.count());
      assert.equal(await Promise.all(ten), Array(10).fill(many));
    },
    { memory: '112MB' },
  ));

test('results of every kind at once', () =>
  both(
    async (frame, { file, folder }) => {
      const cheap = frame.filter((c) => c.fare.lt(1)).select('id', 'fare');
      const expected = await rowsOf(cheap);
      const options = { overwrite: true } as const;
      const [table, rows, n, written, same, other, top] = await Promise.all([
        cheap.collect(),
        rowsOf(cheap),
        frame.count(),
        frame.write(file('out.parquet'), options),
        frame.write(file('same.csv'), options),
        frame.write(file('same.csv'), options),
        rowsOf(frame.sort((c) => c.id.desc(), { limit: 1 }).select('id')),
      ]);
      assert.equal(rows, expected);
      assert.equal(
        table.toArray().map((row) => ({ ...row })),
        expected,
      );
      assert.equal([n, written.rows, same, top], [many, many, other, [{ id: BigInt(many - 1) }]]);
      assert.equal(readdirSync(folder).sort(), ['many', 'many.csv', 'out.parquet', 'same.csv']);
    },
    { memory: '128MB' },
  ));

test('a whole result inside a loop over another does not wait for it', () =>
  both(async (frame) => {
    let rows = 0;
    for await (const batch of frame.batches()) {
      rows += batch.numRows;
      assert.equal(await Promise.all([frame.count(), frame.head(3).then((table) => table.numRows)]), [
        many,
        3,
      ]);
    }
    assert.is(rows, many);
  }));

test('too many loops for the memory: one clear error, and the others go on', () =>
  both(
    async (frame, { session }) => {
      const loops = Array.from({ length: 30 }, () => frame.batches());
      const firsts = await Promise.all(loops.map((loop) => failure(loop.next())));
      const refused = firsts.filter((text) => text !== 'no error');
      assert.ok(refused.length > 0 && refused.length < 30, `${refused.length} refused`);
      for (const text of refused) assert.match(text, /^memory: .* needs .* data budget are in use/);
      await Promise.all(loops.map((loop) => loop.return()));
      assert.is(session.runtime().arena.reserved, 0);
      assert.is(await frame.count(), many);
    },
    { memory: '112MB' },
  ));

test('who waits for a turn can be aborted, and those behind keep theirs', () =>
  both(async (frame) => {
    const order: string[] = [];
    const noted = <T>(name: string, work: Promise<T>): Promise<T> =>
      work.finally(() => {
        order.push(name);
      });
    const impatient = new AbortController();
    const first = noted('first', frame.distinct().count());
    const aborted = noted('aborted', failure(frame.count({ signal: impatient.signal })));
    const last = noted('last', frame.count());
    impatient.abort();
    assert.equal(await Promise.all([first, aborted, last]), [many, 'aborted: interrupted', many]);
    assert.equal(order, ['aborted', 'first', 'last']);
  }));

test('loops that are left in every way hold nothing', () =>
  both(async (frame, { session }) => {
    const { arena } = session.runtime();
    for (const loops of [() => frame.batches(), () => frame.rows(), () => frame.sort(['fare']).batches()]) {
      const unread = loops();
      assert.equal(
        [await unread.return(), await unread.next()],
        Array(2).fill({ value: undefined, done: true }),
      );
      const thrown = loops();
      await thrown.next();
      assert.ok(arena.reserved > 0);
      try {
        await thrown.throw(new Error('mine'));
        assert.unreachable();
      } catch (error) {
        assert.is((error as Error).message, 'mine');
      }
      assert.is(arena.reserved, 0);
      const hasty = loops();
      const [next, end] = await Promise.all([hasty.next(), hasty.return()]);
      assert.equal([next.done, end.done, arena.reserved], [false, true, 0]);
    }
  }));

test('a signal that aborts between two values gives the memory back at once', () =>
  both(async (frame, { session }) => {
    const { arena } = session.runtime();
    for (const read of ['batches', 'rows'] as const) {
      const controller = new AbortController();
      const loop = frame[read]({ signal: controller.signal });
      await loop.next();
      assert.ok(arena.reserved > 0);
      controller.abort();
      // Nobody asks for more meanwhile: a turn of another query is time enough.
      await frame.limit(1).count();
      assert.is(arena.reserved, 0);
      assert.is(await failure(loop.next()), 'aborted: interrupted');
    }
  }));

test('a loop is told when the session was closed under it', () =>
  both(async (_, { file }) => {
    for (const path of [file('many.csv'), file('many/')])
      for (const read of ['batches', 'rows'] as const) {
        const session = new Session({ memory: '256MB' });
        const frame = await session.scan(path);
        const { arena } = session.runtime();
        const loop = async (): Promise<void> => {
          for await (const _ of frame[read]()) await session.close();
        };
        assert.is(await failure(loop()), 'aborted: interrupted: the session is closed');
        assert.is(arena.reserved, 0);
      }
  }));

test('closing waits until all have tidied up', () =>
  both(async (_, { folder, file }) => {
    const session = new Session({ memory: '256MB' });
    const frame = await session.scan(file('many.csv'));
    const { arena } = session.runtime();
    const before = readdirSync(folder);
    const loop = frame.batches();
    await loop.next();
    const running = [
      frame.write(file('late.csv')),
      frame.write(file('late/')),
      frame.distinct().count(),
      frame.collect(),
      session.scan(file('many/')),
    ].map(failure);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([session.close(), session.close()]);
    assert.equal([arena.reserved, readdirSync(folder)], [0, before]);
    const closed = 'aborted: interrupted: the session is closed';
    assert.equal(await Promise.all(running), [...Array(4).fill(closed), 'no error']);
    const after = [frame.collect(), frame.count(), frame.write(file('late.csv')), frame.rows().next()];
    assert.equal(await Promise.all(after.map(failure)), Array(4).fill('usage: the session is closed'));
  }));

test('two queries never write the same rejects at once', () =>
  inPlace(async ({ session, file }) => {
    const path = file('bad.csv', `a,b\n${'1,2\n'.repeat(200_000)}x,y\n`);
    const rejects = file('rejects.csv');
    const types = { a: 'int64', b: 'int64' };
    const frame = await session.scan(path, { types, onError: 'skip', rejects });
    // Whole results take turns, and each writes the file anew.
    assert.equal(
      await Promise.all([frame.collect(), frame.collect()].map(async (table) => (await table).numRows)),
      [200_000, 200_000],
    );
    const expected = readFileSync(rejects, 'utf8');
    assert.is(expected.trimEnd().split('\n').length, 2);
    const loop = frame.batches();
    await loop.next();
    assert.is(
      await failure(frame.collect()),
      `usage: rejects file ${rejects} is being written by another query; name another file for this one`,
    );
    let rows = 0;
    for await (const batch of loop) rows += batch.numRows;
    assert.ok(rows > 0);
    assert.is(readFileSync(rejects, 'utf8'), expected);
    assert.is((await frame.collect()).numRows, 200_000);
  }));

test('a signal that is none', () =>
  inPlace(async ({ session, file }) => {
    const frame = await session.scan(file('many.csv', manyText));
    const signal = {} as AbortSignal;
    for (const work of [frame.collect({ signal }), frame.batches({ signal }).next()])
      assert.is(await failure(work), 'usage: the signal must be an AbortSignal');
    assert.throws(() => new Session({ signal }), /^the signal must be an AbortSignal$/);
  }));

test.run();
