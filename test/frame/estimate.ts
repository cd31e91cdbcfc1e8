/** What a query is said to need, and what it then needs. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type DataFrame, Session } from '../../lib/index.js';
import { printed, workplace } from '../cli/run.js';
import { seeded } from '../helpers.js';

const test = suite('estimates of queries');

const rows = 600_000;
let folder = '';
let data = '';
test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-estimate-'));
  const random = seeded(3);
  const lines = Array.from({ length: rows }, (_, i) => `${i},${random()},${random()},${i % 50}\n`);
  writeFileSync(join(folder, 'data.csv'), `id,x,y,k\n${lines.join('')}`);
  data = join(folder, 'data');
  const session = new Session({ memory: '1GB' });
  await (await session.scan(join(folder, 'data.csv'))).write(data);
  await session.close();
});
test.after(() => rmSync(folder, { recursive: true }));

/** In a session of its own, which must hold nothing afterwards. */
async function within(
  memory: string,
  work: (frame: DataFrame, session: Session) => Promise<void>,
): Promise<void> {
  const session = new Session({ memory, tempDir: folder, tempLimit: '2GB' });
  await work(await session.scan(data), session);
  await session.close();
}

const sorted = (frame: DataFrame): DataFrame => frame.sort((c) => c.x!.asc());

test('a sort that fits, and one that does not: so it comes', async () => {
  const output = join(folder, 'sorted');
  for (const [memory, spills] of [
    ['1GB', false],
    ['112MB', true],
  ] as const)
    await within(memory, async (frame, session) => {
      const estimate = await sorted(frame).estimate();
      assert.is(estimate.rows, rows);
      assert.is(estimate.refusal, null);
      assert.is(estimate.memory, memory === '1GB' ? 2 ** 30 : 112 * 2 ** 20);
      assert.ok(estimate.leastMemory <= estimate.memory);
      assert.is(estimate.spilledBytes! > 0, spills);
      assert.is(estimate.roomyMemory! > estimate.memory, spills);
      await sorted(frame).write(output, { overwrite: true });
      const { spilledBytes } = session.stats;
      assert.is(spilledBytes > 0, spills);
      // What is stored narrow takes less than the rows in memory that are counted.
      assert.ok(spilledBytes <= estimate.spilledBytes! * 1.2, `${spilledBytes} of ${estimate.spilledBytes}`);
      assert.ok(spilledBytes >= estimate.spilledBytes! / 4, `${spilledBytes} of ${estimate.spilledBytes}`);
    });
});

test('few groups need little; without groups and sorts nothing is held', async () => {
  await within('112MB', async (frame) => {
    const groups = await frame.aggregateText('k', 'count(*) as n').estimate();
    assert.ok(Math.abs(groups.rows! - 50) <= 2);
    assert.is(groups.spilledBytes, 0);
    const filtered = await frame.filter('k < 25').estimate();
    assert.is(filtered.rows, rows / 2);
    assert.is(filtered.spilledBytes, 0);
    assert.is(filtered.roomyMemory, filtered.leastMemory);
  });
});

test('a disk that has no room is told before', async () => {
  const session = new Session({ memory: '112MB', tempDir: folder, tempLimit: '1MB' });
  const { refusal, freeDisk, spilledBytes } = await sorted(await session.scan(data)).estimate();
  assert.is(freeDisk, 2 ** 20);
  assert.ok(spilledBytes! > freeDisk);
  assert.is(refusal?.code, 'disk');
  assert.match(
    refusal?.message ?? '',
    /^the query needs about \d+ MB of temporary files, but \S+ has room for 1 MB; raise /,
  );
  await session.close();
});

test('a CSV file is estimated by a sample of its lines', async () => {
  const session = new Session({ memory: '1GB' });
  const frame = await session.scan(join(folder, 'data.csv'));
  const { rows: about } = await frame.estimate();
  assert.ok(Math.abs(about! - rows) < rows * 0.03, String(about));
  assert.match(await frame.explain(), /about [\d,]+ rows/);
  await session.close();
});

test('with the least memory that is told a query works; with less it is refused before it begins', async () => {
  const table = `"${data}"`;
  const leastOfAll = 96 * 2 ** 20;
  let refused = 0;
  for (const sql of [
    `select * from ${table} order by x`,
    `select distinct k, x from ${table}`,
    `select x, count(*) as n, median(k) as m from ${table} group by x`,
    `select a.x, b.k from ${table} as a join ${table} as b on a.x = b.x order by a.x`,
    `select k, x, rank() over (partition by k order by x) as r from ${table}`,
  ]) {
    let least = 0;
    const counted = (session: Session) => session.sql(`select count(*) as n from (${sql}) as t`);
    await within('1GB', async (_, session) => {
      least = (await (await counted(session)).estimate()).leastMemory;
    });
    assert.is(least % 2 ** 20, 0);
    await within(`${least}`, async (_, session) => {
      const frame = await counted(session);
      assert.is((await frame.estimate()).refusal, null);
      const [row] = (await frame.collect()).toArray();
      assert.ok(Number(row!.n) >= rows / 2, sql);
    });
    // Less than a session can have is refused by the session.
    if (least === leastOfAll) continue;
    refused++;
    await within(`${least - 2 ** 20}`, async (_, session) => {
      const frame = await counted(session);
      const { refusal } = await frame.estimate();
      assert.is(refusal?.code, 'memory');
      await frame.collect().then(
        () => assert.unreachable('it is refused'),
        (error: Error) => assert.is(error.message, refusal!.message),
      );
      assert.is(session.stats.bytes, 0);
    });
  }
  assert.ok(refused >= 3);
});

test('explain tells what operators hold, and what of it spills', async () => {
  await within('112MB', async (frame) => {
    const text = await sorted(frame).explain();
    assert.match(text, /\n│ {4}memory {3}about \d+ MB of at most \d+ MB; about [\d.]+ MB spill\n/);
    assert.not.match(await sorted(frame).explain({ optimized: false }), /memory/);
  });
});

test('--check runs nothing; it ends as the query would', async () => {
  const place = workplace();
  const check = (...more: readonly string[]) =>
    place.spillway(['sql', `select * from "${data}" order by x`, 'out.csv', '--check', ...more]);
  const told = await printed(check('--memory', '112MB', '--temp-dir', folder));
  assert.match(
    told,
    /^rows {14}about 600,000\nmemory {12}112 MB\nleast memory {6}\d+ MB\nwithout spilling {2}about [12]\d\d MB\nspilled {11}about [\d.]+ MB\nfree disk {9}[\d.]+ .B\n$/,
  );
  const refused = await check('--memory', '112MB', '--temp-dir', folder, '--temp-limit', '1MB');
  assert.is(refused.code, 5);
  assert.match(refused.stderr, /^spillway: the query needs about [\d.]+ MB of temporary files, but /);
  assert.not.ok(existsSync(join(place.folder, 'out.csv')));
  assert.match(await printed(place.spillway(['count', data, '--check'])), /^rows {14}about 600,000\n/);
  place.remove();
});

test.run();
