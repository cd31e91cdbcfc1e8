/** What the compiler must infer for expressions, and what it must refuse. Compiled by `npm test`, never run. */
import {
  type BoolExpr,
  type Columns,
  call,
  coalesce,
  type DateExpr,
  type DecimalExpr,
  type DynamicExpr,
  type Expression,
  lit,
  type NumberExpr,
  type NumberOperand,
  type TextExpr,
  type TimestampExpr,
  when,
} from '../../lib/index.js';
import { type Equal, is } from './expect.js';

type TypeOf<E> = E extends Expression<infer T> ? T : never;

declare const c: Columns<{
  i8: 'int8';
  i32: 'int32';
  u32: 'uint32';
  u64: 'uint64';
  i64: 'int64?';
  f32: 'float32';
  f64: 'float64';
  f64n: 'float64?';
  text: 'utf8';
  textn: 'utf8?';
  flag: 'bool';
  flagn: 'bool?';
  day: 'date';
  at: 'timestamp';
  zoned: 'timestamp[Europe/Berlin]?';
  price: 'decimal(10,2)';
}>;
declare const some: number;

export function kinds(): void {
  is<Equal<typeof c.i8, NumberExpr<'int8'>>>();
  is<Equal<typeof c.textn, TextExpr<'utf8?'>>>();
  is<Equal<typeof c.flag, BoolExpr<'bool'>>>();
  is<Equal<typeof c.day, DateExpr<'date'>>>();
  is<Equal<typeof c.zoned, TimestampExpr<'timestamp[Europe/Berlin]?'>>>();
  is<Equal<typeof c.price, DecimalExpr<'decimal(10,2)'>>>();
}

export function arithmetic(): void {
  const { i8, i32, u64, i64, f32, f64, f64n } = c;
  is<Equal<TypeOf<ReturnType<typeof i8.neg>>, 'int64'>>();
  const results = {
    a: i8.add(1),
    b: i32.mul(i64),
    c: u64.add(u64),
    d: u64.sub(1),
    e: u64.sub(-1),
    f: f32.add(f32),
    g: f32.add(1),
    h: f32.mul(f64n),
    i: i32.add(1.5),
    j: i32.add(some),
    k: f64.mul(some),
    l: i32.div(2),
    m: i32.tryDiv(0),
    n: i32.intDiv(2n),
    o: i64.tryAdd(1),
    p: f32.div(f32),
  };
  is<
    Equal<
      { [K in keyof typeof results]: TypeOf<(typeof results)[K]> },
      {
        a: 'int64';
        b: 'int64?';
        c: 'uint64';
        d: 'uint64';
        e: 'int64';
        f: 'float32';
        g: 'float32';
        h: 'float64?';
        i: 'float64';
        j: 'int64' | 'float64';
        k: 'float64';
        l: 'float64';
        m: 'float64?';
        n: 'int64';
        o: 'int64?';
        p: 'float32';
      }
    >
  >();
  i32.add(some).round().gt(3);

  // @ts-expect-error texts do not multiply
  c.text.mul(2);
  // @ts-expect-error a text is no number
  c.f64.add('2');
  // @ts-expect-error a text is no number
  c.f64.add(c.text);
  // @ts-expect-error decimals do not compute yet
  c.price.add(1);
  // @ts-expect-error neither do booleans
  c.flag.add(1);
}

export function comparisons(): void {
  is<Equal<TypeOf<ReturnType<typeof c.f64.isNull>>, 'bool'>>();
  const results = {
    a: c.f64.gt(1),
    b: c.f64n.gt(1),
    c: c.f64.gt(c.i64),
    d: c.i32.in([1, 2, 3]),
    e: c.textn.between('a', 'b'),
    f: c.textn.isDistinctFrom('a'),
    g: c.day.ge('2024-01-01'),
    h: c.at.lt(new Date()),
    i: c.day.lt(c.at),
    j: c.price.le('10.25'),
    k: c.flag.eq(true).and(c.flagn, c.i32.eq(1n)),
    l: c.flag.and(c.flag).not(),
    m: c.text.like('a%').or(false),
    n: c.textn.matches('^a'),
  };
  is<
    Equal<
      { [K in keyof typeof results]: TypeOf<(typeof results)[K]> },
      {
        a: 'bool';
        b: 'bool?';
        c: 'bool?';
        d: 'bool';
        e: 'bool?';
        f: 'bool';
        g: 'bool';
        h: 'bool';
        i: 'bool';
        j: 'bool';
        k: 'bool?';
        l: 'bool';
        m: 'bool';
        n: 'bool?';
      }
    >
  >();

  // @ts-expect-error a number does not compare with a text
  c.f64.gt('1');
  // @ts-expect-error a text does not compare with a number
  c.text.eq(1);
  // @ts-expect-error of another family
  c.text.eq(c.f64);
  // @ts-expect-error nothing equals null: isNull() is meant
  c.f64.eq(null);
  // @ts-expect-error a text among numbers
  c.i32.in([1, '2']);
  // @ts-expect-error a number is no date
  c.day.gt(2024);
  // @ts-expect-error a number is not true or false
  c.flag.and(c.f64);
}

export function time(): void {
  const results = {
    a: c.day.add(1),
    b: c.day.sub(c.day),
    c: c.day.sub(7),
    d: c.at.hour(),
    e: c.zoned.truncate('month'),
    f: c.at.plus(1, 'hour'),
    g: c.day.until(c.at, 'day'),
    h: c.zoned.epoch(),
  };
  is<
    Equal<
      { [K in keyof typeof results]: TypeOf<(typeof results)[K]> },
      {
        a: 'date';
        b: 'int64';
        c: 'date';
        d: 'int32';
        e: 'timestamp[Europe/Berlin]?';
        f: 'timestamp';
        g: 'int64';
        h: 'float64?';
      }
    >
  >();
  // @ts-expect-error there is no such unit
  c.at.truncate('fortnight');
  // @ts-expect-error a timestamp plus what?
  c.at.add(1);
}

export function others(): void {
  is<Equal<TypeOf<ReturnType<typeof c.text.length>>, 'int64'>>();
  const results = {
    a: c.text.cast('int32'),
    b: c.textn.cast('int32'),
    c: c.text.tryCast('decimal(10,2)'),
    d: coalesce(c.f64n, c.f64),
    e: coalesce(c.i64, 0),
    f: coalesce(c.textn, null),
    g: coalesce(c.i8, c.u32),
    h: coalesce(c.f32, c.i8),
    i: when(c.flag).then('a').otherwise('b'),
    j: when(c.flag).then(c.f64).when(c.flagn).then(c.f64n).otherwise(0),
    k: when(c.flag).then(1).otherwise(),
    l: when(c.flag).then(c.i32).otherwise(0.5),
    m: lit(5),
    n: lit(5.5),
    o: lit('x'),
    p: c.textn.concat('!', c.text),
    q: c.i32.nullIf(0),
    r: c.i32.round(),
    s: c.i32.round(-2),
    t: c.f64n.floor(),
  };
  is<
    Equal<
      { [K in keyof typeof results]: TypeOf<(typeof results)[K]> },
      {
        a: 'int32';
        b: 'int32?';
        c: 'decimal(10,2)?';
        d: 'float64';
        e: 'int64';
        f: 'utf8?';
        g: 'int64';
        h: 'float32';
        i: 'utf8';
        j: 'float64?';
        k: 'int64?';
        l: 'float64';
        m: 'int64';
        n: 'float64';
        o: 'utf8';
        p: 'utf8?';
        q: 'int32?';
        r: 'int32';
        s: 'int64';
        t: 'float64?';
      }
    >
  >();

  /** Functions over columns take operands, or expressions of any type of a kind. */
  const twice = (x: NumberOperand): NumberOperand => c.f64.mul(2).add(x);
  c.f64.gt(twice(c.i8)).and(c.i8.lt(twice(3)));
  const any: NumberExpr<'float64' | 'float64?'> = c.f64n;
  any.add(1).gt(2);

  const unknown: DynamicExpr = call('atan2', c.f64, 1);
  c.f64.add(unknown).gt(1);
  unknown.like('x').and(true);
  when(unknown).then(1);

  // @ts-expect-error there is no such type
  c.text.cast('integer32');
  // @ts-expect-error a condition is true or false
  when(c.f64);
}
