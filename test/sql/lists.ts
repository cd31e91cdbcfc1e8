/** Lists in SQL and in the library, from one end to the other. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { list, Session } from '../../lib/index.js';

const test = suite('lists in SQL');
const root = mkdtempSync(join(tmpdir(), 'spillway-lists-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

const path = join(root, 'lists.arrow');
const data = `(select list(n order by n desc) as l, list(s) as s, k as k from
  (values (1, 'a,b', 0), (2, null, 1), (3, '', 0), (4, 'c', 1)) as t(n, s, k) group by k)`;

test('made, asked, written in every format and exploded', async () => {
  const session = new Session({ memory: '256MB' });
  try {
    const rows = async (sql: string): Promise<unknown[]> => {
      const found: unknown[] = [];
      for await (const row of (await session.sql(sql)).rows()) found.push(Object.values(row));
      return found;
    };
    assert.equal(await rows(`select l, s, k from ${data} order by k`), [
      [[3n, 1n], ['a,b', ''], 0n],
      [[4n, 2n], [null, 'c'], 1n],
    ]);
    assert.equal(
      await rows(`select len(l), l[1] + l[-1], s[2] is null, list_contains(s, 'c'), (array[k, null])[1],
        array_to_string(s, '|'), cast(l as text), cast(l as double[]) from ${data} order by len(s), k`),
      [
        [2n, 4n, false, false, 0n, 'a,b|', '[3, 1]', [3, 1]],
        [2n, 6n, false, true, 1n, 'c', '[4, 2]', [4, 2]],
      ],
    );
    await (await session.sql(`select l, s, k from ${data} order by k`)).write(path);
    for (const format of ['csv', 'ndjson', 'json'] as const) {
      const to = join(root, `lists.${format}`);
      await (await session.scan(path)).write(to);
      const text = readFileSync(to, 'utf8');
      const expected = {
        csv: 'l,s,k\n"[3,1]","[""a,b"",""""]",0\n"[4,2]","[null,""c""]",1\n',
        ndjson: '{"l":[3,1],"s":["a,b",""],"k":0}\n{"l":[4,2],"s":[null,"c"],"k":1}\n',
        json: '[\n{"l":[3,1],"s":["a,b",""],"k":0},\n{"l":[4,2],"s":[null,"c"],"k":1}\n]\n',
      };
      assert.is(text, expected[format]);
    }
    const folder = join(root, 'dataset');
    await (await session.scan(path)).write(folder);
    const table = await (await session.scan(folder)).collect();
    assert.equal(
      table.toArray().map((row) => JSON.stringify([...row.s])),
      ['["a,b",""]', '[null,"c"]'],
    );
    const numbers = await (await session.scan(folder)).collect({ int64: 'number' });
    assert.equal(
      [...numbers.getChild('l')!].map((one) => [...one]),
      [
        [3, 1],
        [4, 2],
      ],
    );
    const back = await (await session.scan(folder))
      .explode('l')
      .groupBy('k')
      .agg((c) => ({ l: list(c.l) }))
      .rows();
    const found: unknown[] = [];
    for await (const row of back) found.push(row);
    assert.equal(found, [
      { k: 0n, l: [3n, 1n] },
      { k: 1n, l: [4n, 2n] },
    ]);
  } finally {
    await session.close();
  }
});

test('what cannot be done is refused by name', async () => {
  const session = new Session({ memory: '256MB' });
  const refused = async (sql: string, message: RegExp): Promise<void> => {
    try {
      await (await session.sql(sql)).collect();
    } catch (error) {
      assert.match((error as Error).message, message);
      return;
    }
    assert.unreachable(sql);
  };
  try {
    await refused(
      `select l, count(*) from ${data} group by l`,
      /cannot group by l: it is a list \(int64\[\]\)/,
    );
    await refused(`select distinct l from ${data}`, /cannot take distinct rows with l/);
    await refused(`select l from ${data} order by l`, /cannot sort by l: it is a list/);
    await refused(
      `select count(*) over (partition by l) from ${data}`,
      /cannot partition by l: it is a list/,
    );
    await refused(`select rank() over (order by l) from ${data}`, /cannot order by l: it is a list/);
    await refused(`select l from ${data} where l = l`, /does not take lists/);
    await refused(`select l[1:2] from ${data}`, /a slice of a list/);
    await refused(`select max(l) from ${data}`, /max\(any\) cannot take \(int64\[\]\)/);
    const to = join(root, 'lists.parquet');
    const frame = await session.sql(`select l from ${data}`);
    try {
      await frame.write(to);
      assert.unreachable();
    } catch (error) {
      assert.match(
        (error as Error).message,
        /"l" is a list \(int64\[\]\), and lists cannot be written to Parquet/,
      );
    }
    assert.not(existsSync(to));
  } finally {
    await session.close();
  }
});

test.run();
