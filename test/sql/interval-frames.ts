import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session } from '../../lib/index.js';
import { seeded } from '../helpers.js';

const test = suite('frames of time against DuckDB');

const folder = mkdtempSync(join(tmpdir(), 'spillway-interval-'));
test.after(() => rmSync(folder, { recursive: true }));

const frames = [
  "between interval '1' hour preceding and current row",
  "between interval '90 minutes' preceding and interval '1 day 3 hours' following",
  "between current row and interval '2 weeks' following",
  "between interval '36' hour preceding and interval '1 hour' preceding",
  "between interval '20' hour preceding and interval '1' hour preceding",
  "between interval '1' hour following and interval '50 hours' following",
  "interval '0 seconds' preceding",
];

test('over timestamps and dates, in both directions', async () => {
  const random = seeded(11);
  const start = Date.UTC(2024, 1, 27);
  const rows = Array.from({ length: 300 }, (_, n) => {
    const time = new Date(start + Math.floor(random() * 4e5) * 1000).toISOString().slice(0, 19);
    return `${n},${Math.floor(random() * 3)},${time},${time.slice(0, 10)}`;
  });
  const file = join(folder, 'times.csv');
  writeFileSync(file, `n,p,t,d\n${rows.join('\n')}\n,,,\n`);
  const session = new Session({ memory: '256MB' });
  const db = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await db.connect();
  try {
    for (const key of ['t', 'd', 't desc', 'd desc']) {
      const columns = frames.map(
        (frame, i) => `count(n) over (partition by p order by ${key} nulls last range ${frame}) as c${i}`,
      );
      const sql = `select n, ${columns.join(', ')} from "${file}" order by n nulls last`;
      const ours = await (await session.sql(sql)).collect();
      const theirs = await connection.runAndReadAll(sql);
      assert.equal(
        ours.toArray().map((row) => Object.values(row.toJSON()).map(String)),
        theirs.getRows().map((row) => row.map(String)),
        key,
      );
    }
  } finally {
    connection.closeSync();
    db.closeSync();
    await session.close();
  }
});

test.run();
