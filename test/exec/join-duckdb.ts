import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { call, column } from '../../lib/plan/make-expr.js';
import type { JoinKind } from '../../lib/plan/plan.js';
import { type Cell, contextOf, makeRuntime, seeded } from '../helpers.js';
import type { Row } from '../stream-helpers.js';
import { type Case, joined, kinds, sideOf } from './join-helpers.js';

const test = suite('join against DuckDB');

const fields = [types.int32, types.utf8, types.float64, types.int64];
const sqlTypes = ['integer', 'varchar', 'double', 'bigint'];

function rowsOf(count: number, random: () => number): Row[] {
  const below = (n: number): number => Math.floor(random() * n);
  const make: readonly (() => Cell)[] = [
    () => below(30) - 5,
    () => ['', 'a', 'é', 'a longer text than twelve', `key ${below(20)}`][below(5)]!,
    () => [0, -0, Number.NaN, 0.5, Infinity, -1e300][below(6)]!,
    () => BigInt(below(5)) * 4_000_000_000_000n,
  ];
  return Array.from({ length: count }, () => make.map((cell) => (random() < 0.1 ? null : cell())));
}

const literalSql = (cell: Cell, i: number): string =>
  cell === null ? 'null' : `'${Object.is(cell, -0) ? '-0' : cell}'::${sqlTypes[i]!}`;

async function fill(connection: DuckDBConnection, name: 'l' | 'r', rows: readonly Row[]): Promise<void> {
  const columns = sqlTypes.map((type, i) => `${name}${i} ${type}`).join(', ');
  await connection.run(`create or replace table ${name} (${columns})`);
  const values = rows.map((row) => `(${row.map(literalSql).join(', ')})`);
  if (values.length > 0) await connection.run(`insert into ${name} values ${values.join(', ')}`);
}

async function theirs(connection: DuckDBConnection, kind: JoinKind, on: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(`select * from l ${kind} join r on ${on}`);
  return reader
    .getRows()
    .map((row) => row.map((cell) => (typeof cell === 'string' ? `"${cell}"` : String(cell))).join('|'))
    .sort();
}

test('random rows, every kind, one to four keys', async () => {
  const random = seeded(12);
  const runtime = makeRuntime(16 * 2 ** 20);
  const db = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await db.connect();
  const condition = {
    expr: call('lt', column('l0'), column('r0')),
    holds: () => true,
  };
  for (let round = 0; round < 36; round++) {
    const kind = kinds[round % kinds.length]!;
    const [l, r] = [rowsOf(round === 7 ? 0 : 150, random), rowsOf(round === 9 ? 0 : 120, random)];
    const on = [0, 1, 2, 3].filter(() => random() < 0.5).map((i) => [i, i] as const);
    if (on.length === 0) on.push([round % 4, round % 4]);
    const withCondition = round % 3 === 0;
    await fill(connection, 'l', l);
    await fill(connection, 'r', r);
    const given: Case = {
      kind,
      left: sideOf('l', fields, l),
      right: sideOf('r', fields, r),
      on,
      holds: round % 2 === 0 ? 'left' : 'right',
      ...(withCondition ? { condition } : {}),
    };
    const sql = on.map(([a, b]) => `l${a} = r${b}`).join(' and ') + (withCondition ? ' and l0 < r0' : '');
    const context = contextOf(runtime);
    assert.equal(
      await joined(given, context),
      await theirs(connection, kind, sql),
      `round ${round}: ${kind} on ${sql}`,
    );
    assert.is(runtime.arena.reserved, 0);
  }
  connection.closeSync();
  db.closeSync();
});

test.run();
