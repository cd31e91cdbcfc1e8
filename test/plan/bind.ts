import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Schema } from '../../lib/arrow/schema.js';
import { type DataType, timestamp, typeName } from '../../lib/arrow/types.js';
import { bind } from '../../lib/plan/bind.js';
import type { Bound } from '../../lib/plan/bound.js';
import type { Expr, LiteralExpr } from '../../lib/plan/expr.js';

const test = suite('bind');

const types: Readonly<Record<string, DataType>> = {
  tiny: { kind: 'int8' },
  count: { kind: 'int32' },
  big: { kind: 'int64' },
  wide: { kind: 'uint64' },
  single: { kind: 'float32' },
  price: { kind: 'float64' },
  origin: { kind: 'utf8' },
  late: { kind: 'bool' },
  day: { kind: 'date' },
  at: timestamp(),
  money: { kind: 'decimal', precision: 12, scale: 2 },
};
const schema: Schema = {
  fields: Object.entries(types).map(([name, type]) => ({ name, type, nullable: name !== 'count' })),
};

const col = (name: string): Expr => ({ op: 'column', name });
const lit = (
  kind: 'int32' | 'int64' | 'float64' | 'utf8' | 'bool' | 'null',
  value: LiteralExpr['value'],
): Expr => ({
  op: 'literal',
  type: { kind },
  value,
});
const call = (name: string, ...args: Expr[]): Expr => ({ op: 'call', name, args });
const int = (value: number): Expr => lit('int32', value);
const text = (value: string): Expr => lit('utf8', value);

/** `lt(tiny, 60:int8)` */
function show(bound: Bound): string {
  switch (bound.op) {
    case 'column':
      return schema.fields[bound.index]!.name;
    case 'literal':
      return `${bound.value}:${typeName(bound.type)}`;
    case 'call':
      return `${bound.name}(${bound.args.map(show).join(', ')})`;
    case 'cast':
      return `${typeName(bound.type)}(${show(bound.input)})`;
    case 'case':
      return `case(${bound.branches.map(({ when, then }) => `${show(when)} ? ${show(then)}`).join(', ')} : ${show(bound.otherwise)})`;
  }
}

const cases: readonly (readonly [Expr, string])[] = [
  [call('gt', col('tiny'), int(60)), 'gt(tiny, 60:int8) bool null'],
  [call('<', int(60), col('tiny')), 'gt(tiny, 60:int8) bool null'],
  [call('gt', col('tiny'), int(1000)), 'and(is_null(tiny), null:bool) bool null'],
  [call('ne', col('tiny'), int(1000)), 'or(is_not_null(tiny), null:bool) bool null'],
  [call('lt', col('count'), lit('float64', 1e300)), 'true:bool bool'],
  [call('lt', col('count'), lit('float64', 'NaN')), 'true:bool bool'],
  [call('gt', col('count'), lit('float64', 1.5)), 'gt(count, 1:int32) bool'],
  [call('ge', col('count'), lit('float64', -1.5)), 'gt(count, -2:int32) bool'],
  [call('le', col('count'), lit('float64', 2)), 'le(count, 2:int32) bool'],
  [call('eq', col('count'), lit('float64', 1.5)), 'false:bool bool'],
  [call('gt', col('big'), lit('int64', '9007199254740993')), 'gt(big, 9007199254740993:int64) bool null'],
  [call('gt', col('price'), int(3)), 'gt(price, 3:float64) bool null'],
  [call('eq', col('tiny'), col('count')), 'eq(int32(tiny), count) bool null'],
  [call('eq', col('wide'), col('big')), 'eq(decimal(20,0)(wide), decimal(20,0)(big)) bool null'],
  [call('eq', col('money'), lit('float64', 1.5)), 'eq(money, 150:decimal(12,2)) bool null'],
  [call('lt', col('day'), text('2024-02-29')), 'lt(day, 19782:date) bool null'],
  [call('lt', col('at'), text('1970-01-02T00:00:00.5')), 'lt(at, 86400500000:timestamp) bool null'],
  [call('lt', col('at'), col('day')), 'lt(at, timestamp(day)) bool null'],
  [call('add', col('tiny'), int(1)), 'add(int64(tiny), 1:int64) int64 null'],
  [call('add', col('wide'), int(1)), 'add(wide, 1:uint64) uint64 null'],
  [call('div', col('count'), int(2)), 'div(float64(count), 2:float64) float64'],
  [call('mul', col('single'), int(2)), 'mul(single, 2:float32) float32 null'],
  [call('mul', col('single'), col('tiny')), 'mul(float64(single), float64(tiny)) float64 null'],
  [call('+', col('day'), int(1)), 'add(day, 1:int64) date null'],
  [call('-', col('day'), text('2024-01-01')), 'sub(day, 19723:date) int64 null'],
  [call('neg', int(5)), '-5:int64 int64'],
  [call('in', col('tiny'), int(1), lit('null', null)), 'in(tiny, 1:int8, null:int8) bool null'],
  [call('in', col('count'), col('tiny'), int(2)), 'or(eq(count, int32(tiny)), eq(count, 2:int32)) bool null'],
  [call('coalesce', col('tiny'), int(0)), 'coalesce(tiny, 0:int8) int8'],
  [call('coalesce', col('tiny'), int(300)), 'coalesce(int32(tiny), 300:int32) int32'],
  [call('if', col('late'), int(1), lit('float64', 0.5)), 'case(late ? 1:float64 : 0.5:float64) float64'],
  [call('||', col('origin'), col('count')), 'concat(origin, utf8(count)) utf8 null'],
  [call('LOWER', col('origin')), 'lower(origin) utf8 null'],
  [call('year', col('day')), 'year(day) int32 null'],
  [call('pi'), '3.141592653589793:float64 float64'],
  [call('sqrt', col('count')), 'sqrt(float64(count)) float64'],
  [call('is_null', col('origin')), 'is_null(origin) bool'],
  [{ op: 'cast', input: col('origin'), type: { kind: 'int32' }, try: true }, 'int32(origin) int32 null'],
];

test('types are resolved and conversions made explicit', () => {
  for (const [expr, expected] of cases) {
    const bound = bind(expr, schema);
    assert.is(`${show(bound)} ${typeName(bound.type)}${bound.nullable ? ' null' : ''}`, expected);
  }
});

const mistakes: readonly (readonly [Expr, string])[] = [
  [
    col('orgin'),
    'there is no column "orgin"; did you mean "origin"? columns: tiny, count, big, wide, single, price, origin, late, day, at, money',
  ],
  [
    col('zzzzz'),
    'there is no column "zzzzz"; columns: tiny, count, big, wide, single, price, origin, late, day, at, money',
  ],
  [call('lowr', col('origin')), 'there is no function "lowr"; did you mean "lower"?'],
  [call('now'), 'now differs from run to run and is not supported; give its value as a constant'],
  [call('eq', col('big'), col('origin')), 'cannot compare int64 with utf8; cast one'],
  [call('eq', col('big'), text('1')), 'cannot compare int64 with utf8; write 1 without quotes'],
  [call('eq', col('big'), text('1 m')), 'cannot compare int64 with utf8; cast one'],
  [call('mul', col('origin'), int(2)), 'cannot compute utf8 * int32; cast the text to a number'],
  [call('add', col('origin'), text('x')), 'cannot compute utf8 + utf8; texts are joined with ||'],
  [call('round', col('late')), 'round takes numbers, but got (bool)'],
  [
    call('greatest', col('big'), col('late')),
    'greatest needs values of one type, but got (int64, bool); cast them',
  ],
  [call('lower'), 'lower(text) takes 1 argument, not 0'],
  [call('eq', col('late'), int(1)), 'cannot compare bool with int32; cast one'],
  [call('eq', col('day'), text('soon')), "'soon' is no date; write it as '2024-12-31'"],
  [call('lower', col('big')), 'lower(text) does not take (int64)'],
  [call('substr', col('origin')), 'substr(text, integer [, integer]) takes 2 to 3 arguments, not 1'],
  [call('and', col('late'), col('big')), 'and(boolean, boolean [, boolean ...]) does not take (bool, int64)'],
  [call('add', col('money'), int(1)), 'add does not compute with decimals; cast to float64'],
  [
    call('date_trunc', text('fortnight'), col('day')),
    'there is no unit of time "fortnight"; there are microsecond, millisecond, second, minute, hour, day, week, month, quarter, year, decade, century',
  ],
  [
    call('regexp_matches', col('origin'), text('(')),
    "'(' is no regular expression: Invalid regular expression: /(/u: Unterminated group",
  ],
  [
    call('sub', col('at'), col('at')),
    'sub does not take (timestamp, timestamp); times have date_add and date_diff',
  ],
  [call('if', col('late'), int(1)), 'if(boolean, any, any) takes 3 arguments, not 2'],
  [call('like', col('origin'), text('a#'), text('#')), "the pattern 'a#' ends with its escape character"],
  [call('like', col('origin'), col('origin')), 'argument 2 of like(text, text [, text]) must be a constant'],
  [{ op: 'cast', input: col('late'), type: { kind: 'date' }, try: false }, 'bool cannot be cast to date'],
];

test('mistakes are named', () => {
  for (const [expr, message] of mistakes) {
    try {
      bind(expr, schema);
      assert.unreachable(message);
    } catch (error) {
      assert.is((error as Error).message, message);
      assert.is((error as { code?: string }).code, 'query');
    }
  }
});

test.run();
