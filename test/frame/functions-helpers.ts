/** Functions that the tests name by this module. */
import type { Column, ColumnBatch, ColumnsGiven } from '../../lib/index.js';

type Fares = { fare: 'float64'; tip: 'float64?'; vendor: 'utf8?' };

/** Tips by fares, and who took them. */
export function tipRates({
  length,
  columns: { fare, tip, vendor },
}: ColumnBatch<Fares>): ColumnsGiven<{ rate: 'float64?'; vendor: 'utf8?' }> {
  const rate = new Float64Array(length);
  const [tips, fares] = [tip.values, fare.values];
  for (let i = 0; i < length; i++) rate[i] = tips[i]! / fares[i]!;
  return { rate: { values: rate, validity: tip.validity }, vendor };
}

export default tipRates;

/** All columns as they came. */
export const same = ({ columns }: ColumnBatch): unknown => columns;

/** All columns by their arrays, where they have such. */
export function copied({ columns }: ColumnBatch): unknown {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => {
      const { validity } = column;
      if (column.type === 'utf8') return [name, { offsets: column.offsets, bytes: column.bytes, validity }];
      if (column.type.endsWith('[]')) return [name, column.toArray()];
      return [name, { values: column.values, validity }];
    }),
  );
}

/** All columns by their values. */
export const spelled = ({ columns }: ColumnBatch): unknown =>
  Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, [...column]]));

/** A batch for each row, without the rows where `n` is odd. */
export function* even({ length, columns }: ColumnBatch<{ n: 'int64' }>): Generator<unknown> {
  for (let i = 0; i < length; i++) {
    const n = columns.n.get(i);
    if (n % 2n === 0n) yield { n: [n] };
  }
}

/** As `even`, in its own time. */
export async function* evenLater(batch: ColumnBatch<{ n: 'int64' }>): AsyncGenerator<unknown> {
  for (const columns of even(batch)) yield await Promise.resolve(columns);
}

export const later = async ({ columns }: ColumnBatch): Promise<unknown> => {
  await new Promise((resolve) => setImmediate(resolve));
  return columns;
};

/** What the options say. */
export const given = (_: ColumnBatch, { columns }: { columns: unknown }): unknown => columns;

/** Many rows of each. */
export function many(_: ColumnBatch, { rows, text }: { rows: number; text: string }): unknown {
  return { i: Int32Array.from({ length: rows }, (_, i) => i), text: Array(rows).fill(text) };
}

export function failing({ columns: { n } }: ColumnBatch<{ n: 'int64' }>): unknown {
  if (n.toArray().includes(7n)) throw new RangeError('seven is too much');
  return { n };
}

export const rejecting = async (): Promise<unknown> => Promise.reject('no reason');

export function* failingLater(): Generator<unknown> {
  yield { n: [1n] };
  throw new Error('no more');
}

/** Endless batches; told when it was stopped. */
export function* endless(_: ColumnBatch, { mark }: { mark: string }): Generator<unknown> {
  try {
    for (let n = 0n; ; n++) yield { n: [n] };
  } finally {
    (globalThis as Record<string, unknown>)[mark] = true;
  }
}

export const never = (): Promise<unknown> => new Promise(() => {});

export const forever = (): unknown => {
  for (;;);
};

/** Writes to everything that it can. */
export function scribbling({ columns }: ColumnBatch): unknown {
  for (const column of Object.values(columns)) {
    column.validity?.fill(0);
    if (column.type === 'utf8') {
      column.bytes.fill(120);
      column.offsets.fill(0);
    } else if (!column.type.endsWith('[]')) new Uint8Array(column.values.buffer).fill(0);
  }
  return { n: [1n] };
}

let kept: Column | null = null;

/** Looks at a column of the batch before. */
export function keeping({ columns: { n } }: ColumnBatch<{ n: 'int64' }>): unknown {
  const before = kept;
  kept = n as unknown as Column;
  return { n: before === null ? [] : [before.get(0)] };
}

export const holding: unknown[] = [];

/** Never gives its memory back. */
export function hoarding({ length }: ColumnBatch): unknown {
  for (;;) holding.push(Array.from({ length: 1024 }, (_, i) => ({ i, length })));
}

/** As `hoarding`, but what it holds is outside of the heap. */
export function hoardingArrays({ columns }: ColumnBatch): unknown {
  for (let i = 0; i < 24; i++) holding.push(new Uint8Array(2 ** 22).fill(1));
  return columns;
}

/** Makes as much garbage of that kind. */
export function wasting({ columns }: ColumnBatch): unknown {
  for (let i = 0; i < 24; i++) new Uint8Array(2 ** 22).fill(1);
  return columns;
}

export const number = 7;

export const add = (a: Float64Array, b: Float64Array, rows: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => a[i]! + b[i]!);

export const shout = (texts: readonly string[]): string[] => texts.map((text) => `${text}!`);

export const orZero = (values: Column<'float64?'>): number[] => values.toArray().map((value) => value ?? 0);

export const half = (values: BigInt64Array): (bigint | null)[] =>
  Array.from(values, (n) => (n % 2n === 0n ? n / 2n : null));

export const count = (rows: number): number[] => Array<number>(rows).fill(rows);

export const broken = (): never => {
  throw new TypeError('broken');
};

export const short = (values: Float64Array): Float64Array => values.subarray(1);

export const promised = async (values: Float64Array): Promise<Float64Array> => values;
