import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Schema } from '../../lib/arrow/schema.js';
import { date, float64, int32, utf8 } from '../../lib/arrow/types.js';
import { bindWindow } from '../../lib/plan/bind-window.js';
import type { Frame, FrameEnd, NamedWindow, Span } from '../../lib/plan/expr.js';
import { column, double, integer, sortKey, text } from '../../lib/plan/make-expr.js';

const test = suite('bindWindow');

const schema: Schema = {
  fields: [
    { name: 'i', type: int32, nullable: false },
    { name: 'x', type: float64, nullable: true },
    { name: 't', type: utf8, nullable: true },
    { name: 'd', type: date, nullable: false },
  ],
};

const ordered = (...names: string[]) => ({ orderBy: names.map((name) => sortKey(column(name))) });

const one = (name: string, args: NamedWindow['args'] = [], more: Partial<NamedWindow> = {}): NamedWindow => ({
  ...{ name: 'out', function: name, args, filter: null, ignoreNulls: false, frame: null },
  ...more,
});

const end = (kind: FrameEnd['kind'], offset: FrameEnd['offset'] = null): FrameEnd => ({ kind, offset });

const framed = (unit: Frame['unit'], first: FrameEnd, last: FrameEnd): NamedWindow =>
  one('sum', [column('i')], { frame: { unit, start: first, end: last } });

test('types and nullability', () => {
  const typeOf = (window: NamedWindow): unknown => {
    const { type, nullable } = bindWindow(window, ordered('i'), schema);
    return [type.kind, nullable];
  };
  assert.equal(typeOf(one('ROW_NUMBER')), ['int64', false]);
  assert.equal(typeOf(one('percent_rank')), ['float64', false]);
  assert.equal(typeOf(one('ntile', [integer(4)])), ['int64', false]);
  assert.equal(typeOf(one('lag', [column('i')])), ['int32', true]);
  assert.equal(typeOf(one('lag', [column('i'), integer(1), column('i')])), ['int32', false]);
  assert.equal(typeOf(one('lead', [column('i'), integer(1), double(0.5)])), ['float64', false]);
  assert.equal(typeOf(one('first_value', [column('i')])), ['int32', true]);
  assert.equal(typeOf(one('nth_value', [column('t'), integer(2)])), ['utf8', true]);
  assert.equal(typeOf(one('count')), ['int64', false]);
  assert.equal(typeOf(one('sum', [column('i')])), ['int64', true]);
  assert.equal(typeOf(one('avg', [column('i')])), ['float64', true]);
});

test('the usual frame', () => {
  const frameOf = (over: ReturnType<typeof ordered>): unknown => {
    const bound = bindWindow(one('sum', [column('i')]), over, schema);
    return bound.form === 'aggregate' && [bound.frame.unit, bound.frame.start.kind, bound.frame.end.kind];
  };
  assert.equal(frameOf(ordered('i')), ['range', 'unbounded preceding', 'current row']);
  assert.equal(frameOf(ordered()), ['range', 'unbounded preceding', 'unbounded following']);
});

const back = (offset: FrameEnd['offset']): FrameEnd => end('preceding', offset);
const on = (offset: FrameEnd['offset']): FrameEnd => end('following', offset);
const here = end('current row');

const span = (microseconds: number): Span => ({ op: 'span', microseconds });

test('lengths of time are days of dates', () => {
  const day = 86_400_000_000;
  const offsets = (...spans: number[]): unknown => {
    const [first, last] = spans.map(span) as [Span, Span];
    const bound = bindWindow(framed('range', back(first), on(last)), ordered('d'), schema);
    return bound.form === 'aggregate' && [bound.frame.start.offset, bound.frame.end.offset];
  };
  assert.equal(offsets(0, day), [0, 1]);
  assert.equal(offsets(day / 2, 3 * day), [0.5, 3]);
});

const refused: readonly (readonly [NamedWindow, readonly string[], RegExp])[] = [
  [one('row_numbr'), ['i'], /there is no window function "row_numbr"; did you mean "row_number"\?/],
  [one('rank'), [], /rank needs an order of rows; add order by to its window/],
  [one('lag', [column('i')]), [], /lag needs an order/],
  [one('rank', [column('i')]), ['i'], /rank\(\) cannot take 1 argument$/],
  [one('lag'), ['i'], /lag\(value, offset, default\) cannot take 0 arguments/],
  [one('lag', [column('i'), column('i')]), ['i'], /the offset of lag must be a constant whole number/],
  [
    one('lag', [column('i'), integer(1), text('a')]),
    ['i'],
    /gives values of int32, but its default is of utf8/,
  ],
  [one('ntile', [integer(0)]), ['i'], /the argument of ntile must be at least 1, not 0/],
  [one('nth_value', [column('i'), integer(0)]), ['i'], /must be at least 1/],
  [one('rank', [], { ignoreNulls: true }), ['i'], /rank cannot ignore nulls; lag, lead/],
  [one('rank', [], { filter: column('i') }), ['i'], /rank takes no filter; only aggregates/],
  [framed('rows', end('unbounded following'), here), ['i'], /cannot start with unbounded following/],
  [framed('rows', here, end('unbounded preceding')), ['i'], /cannot end with unbounded preceding/],
  [framed('rows', on(integer(1)), back(integer(1))), ['i'], /starts with following and ends with preceding/],
  [framed('rows', here, back(integer(1))), ['i'], /starts with current row and ends with preceding/],
  [framed('rows', back(integer(1)), back(integer(2))), ['i'], /it ends before it starts/],
  [framed('rows', on(integer(3)), on(integer(2))), ['i'], /it ends before it starts/],
  [framed('rows', back(integer(-1)), here), ['i'], /offsets cannot be negative/],
  [framed('rows', back(column('i')), here), ['i'], /must be a constant whole number/],
  [framed('rows', back(double(1.5)), here), ['i'], /must be a constant whole number/],
  [framed('groups', back(integer(1)), here), [], /a frame of groups needs an order/],
  [framed('range', back(integer(1)), here), [], /needs exactly one sort key, not 0/],
  [framed('range', back(integer(1)), here), ['i', 'x'], /needs exactly one sort key, not 2/],
  [framed('range', back(integer(1)), here), ['t'], /a range with offsets cannot count in utf8/],
  [framed('range', back(double(0.5)), here), ['i'], /the offset of a range must be a constant whole number$/],
  [framed('range', back(double(0.5)), here), ['d'], /must be a constant whole number of days or an interval/],
  [framed('range', back(integer(-2)), here), ['x'], /offsets cannot be negative/],
  [framed('range', back(span(1)), here), ['x'], /a range over float64 is not counted in time/],
  [framed('range', back(span(-1)), here), ['d'], /offsets cannot be negative/],
  [
    framed('rows', back(span(1)), here),
    ['d'],
    /rows are counted in whole numbers; an interval goes with range/,
  ],
];

test('what makes no sense is refused', () => {
  for (const [window, order, message] of refused)
    assert.throws(() => bindWindow(window, ordered(...order), schema), message);
});

test.run();
