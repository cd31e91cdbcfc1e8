import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { constantEvaluator } from '../../lib/exec/evaluate-constant.js';
import type { LiteralExpr } from '../../lib/plan/expr.js';
import { literal } from '../../lib/plan/make-expr.js';
import { parseExpression } from '../../lib/sql/sql.js';
import { makeRuntime } from '../helpers.js';

const test = suite('evaluate constant');

const values: readonly (readonly [string, LiteralExpr | null])[] = [
  ['1 + 2 * 3', literal(types.int64, '7')],
  ['1 / 4', literal(types.float64, 0.25)],
  ["upper('grüße') || '!'", literal(types.utf8, 'GRÜSSE!')],
  ["'a' in ('a', 'b')", literal(types.bool, true)],
  ['null and true', literal(types.bool, null)],
  ["cast('-128' as int8)", literal(types.int8, -128)],
  ["cast('65535' as uint16)", literal(types.uint16, 65535)],
  ["cast('18446744073709551615' as uint64)", literal(types.uint64, '18446744073709551615')],
  ['cast(0.1 as float32)', literal(types.float32, Math.fround(0.1))],
  ["date_trunc('week', date '2000-02-29')", literal(types.date, '11015')],
  ["date_diff('month', date '2000-02-29', date '2000-04-01')", literal(types.int64, '2')],
  ["date_add('day', 1, date '2000-02-28')", literal(types.date, '11016')],
  ["'ab' like 'a%'", literal(types.bool, true)],
  ['round(1.26, 1)', literal(types.float64, 1.3)],
  ['sqrt(-1.0)', literal(types.float64, 'NaN')],
  ["date '2024-02-28' + 2", literal(types.date, '19783')],
  ["cast(date '1970-01-02' as timestamp)", literal(types.timestamp(), '86400000000')],
  ['case when 1 > 2 then 1 else 2 end', literal(types.int64, '2')],
  ['coalesce(null, 5)', literal(types.int64, '5')],
  ["try_cast('x' as int)", literal(types.int32, null)],
  ["cast('x' as int)", null],
  ['1 // 0', null],
  ['9223372036854775807 + 1', null],
];

for (const [sql, expected] of values) {
  test(sql, async () => {
    const runtime = makeRuntime();
    assert.equal(constantEvaluator(runtime)(await parseExpression(sql)), expected);
    assert.is(runtime.arena.reserved, 0);
  });
}

test.run();
