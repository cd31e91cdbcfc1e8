import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { childOf } from '../../../lib/arrow/batch.js';
import * as types from '../../../lib/arrow/types.js';
import { window } from '../../../lib/exec/window.js';
import type { Expr, Frame, NamedWindow } from '../../../lib/plan/expr.js';
import { column, integer, sortKey } from '../../../lib/plan/make-expr.js';
import * as plan from '../../../lib/plan/make-plan.js';
import { type Cell, contextOf, seeded } from '../../helpers.js';
import { columnsOf, inputOf, type Row, streamOf } from '../../stream-helpers.js';
import { back, finish, on, runtime, source } from './helpers.js';

const test = suite('windows larger than memory');

test('frames and runs of nulls that are larger than the share', async () => {
  const count = 60_000;
  const reach = 25_000;
  const random = seeded(12);
  const rows = Array.from({ length: count }, (_, n): Row => {
    return [n, n < 50_000 ? 0 : 1, Math.floor(random() * 1e6), n % 20_000 === 77 ? `text ${n}` : null];
  });
  const input = inputOf({ n: types.int32, p: types.int32, v: types.int32, t: types.utf8 }, rows);
  const frame: Frame = { unit: 'rows', start: back(reach), end: on(reach) };
  const reaching: Frame = { unit: 'range', start: back(reach), end: back(1) };
  const one = (name: string, args: readonly Expr[], more: Partial<NamedWindow>): NamedWindow => ({
    ...{ name: `${name} ${JSON.stringify(more)}`, function: name, args, filter: null, ignoreNulls: false },
    ...{ frame: null, ...more },
  });
  const node = {
    ...plan.window(plan.scan(source, input.schema), [column('p')], [sortKey(column('n'))], []),
    functions: [
      one('sum', [column('v')], { frame }),
      one('max', [column('v')], { frame: reaching }),
      one('first_value', [column('n')], { frame }),
      one('count', [column('t')], { frame: { ...frame, end: finish } }),
      one('lag', [column('t')], { ignoreNulls: true }),
      one('lead', [column('t')], { ignoreNulls: true }),
      one('lead', [column('n'), integer(reach)], {}),
      one('last_value', [column('t')], { frame, ignoreNulls: true }),
    ],
  };
  const context = contextOf(runtime, { share: 300_000 });
  const stream = window(node, streamOf(input, 5000, runtime), input.schema, context);
  const ours = await columnsOf(stream, 12, runtime);
  const sums = [0];
  for (const row of rows) sums.push(sums.at(-1)! + (row[2] as number));
  const texts = rows.flatMap((row, n) => (row[3] === null ? [] : [n]));
  const text = (n: number | undefined): Cell => (n === undefined ? null : rows[n]![3]!);
  /** Rows whose values never rise, from the greatest on, of the frame before the row. */
  const queue: number[] = [];
  rows.forEach(([n, p, v], row) => {
    const [start, end] = p === 0 ? [0, 50_000] : [50_000, count];
    const [low, high] = [Math.max(start, row - reach), Math.min(end, row + reach + 1)];
    if (row === start) queue.length = 0;
    while (queue.length > 0 && queue[0]! < low) queue.shift();
    const within = texts.filter((at) => at >= start && at < end);
    const expected: Cell[] = [
      ...[n!, p!, v!, rows[row]![3]!],
      BigInt(sums[high]! - sums[low]!),
      queue.length === 0 ? null : rows[queue[0]!]![2]!,
      low,
      BigInt(within.filter((at) => at >= low).length),
      text(within.findLast((at) => at < row)),
      text(within.find((at) => at > row)),
      row + reach < end ? row + reach : null,
      text(within.findLast((at) => at >= low && at < high)),
    ];
    while (queue.length > 0 && (rows[queue.at(-1)!]![2] as number) <= (v as number)) queue.pop();
    queue.push(row);
    const found = ours.map((column) => column[row]!);
    if (found.some((cell, c) => cell !== expected[c])) assert.equal(found, expected, `row ${row}`);
  });
  assert.ok(context.spills.written > count * 8);
  assert.is(context.spills.held, 0);
  await context.spills.release();
  assert.is(runtime.arena.reserved, 0);
});

test('a long list beside every row of its partition comes in pieces', async () => {
  const count = 3000;
  const input = inputOf(
    { n: types.int32 },
    Array.from({ length: count }, (_, n): Row => [n]),
  );
  const list = {
    ...{ name: 'l', function: 'list', args: [column('n')], filter: null, ignoreNulls: false, frame: null },
  };
  const node = plan.window(plan.scan(source, input.schema), [], [], [list]);
  // All lists together are 36 MB, half of the arena.
  const context = contextOf(runtime, { share: 1_000_000 });
  let rows = 0;
  for await (const { length, columns } of window(
    node,
    streamOf(input, count, runtime),
    input.schema,
    context,
  )) {
    assert.ok(length <= count / 5);
    assert.is(childOf(columns[1]!).length, length * count);
    rows += length;
  }
  assert.is(rows, count);
  await context.spills.release();
  assert.is(runtime.arena.reserved, 0);
});

test.run();
