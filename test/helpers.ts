/** Shared by all tests: a runtime, columns from plain values and back, seeded randomness. */
import { tmpdir } from 'node:os';
import {
  type Batch,
  bitmapBytes,
  childOf,
  codedVector,
  fixedVector,
  listVector,
  textVector,
  type Vector,
} from '../lib/arrow/batch.js';
import { type DataType, int32, physicalOf, utf8, widthOf } from '../lib/arrow/types.js';
import type { Context } from '../lib/exec/context.js';
import { Sources } from '../lib/exec/sources.js';
import { openTempSpace } from '../lib/exec/temp-space.js';
import type { Runtime } from '../lib/formats/format.js';
import { Interner } from '../lib/kernels/interner.js';
import { loadKernels } from '../lib/kernels/wasm.js';
import { Arena, type Region } from '../lib/memory/arena.js';

/** What a cell is in tests: bigint for 64 bits and decimals (unscaled), number for the rest and for dates (days). */
export type Cell = boolean | number | bigint | string | null;

/** Of a column of lists, an array of its elements; where tests do not care it passes for a cell. */
export type Nested = Cell | readonly Nested[];

const asCell = (elements: readonly Nested[]): Cell => elements as unknown as Cell;

export function makeRuntime(bytes = 64 * 2 ** 20): Runtime {
  const arena = new Arena(bytes);
  return { arena, kernels: loadKernels(arena), signal: new AbortController().signal };
}

/** What operators run in. It spills to the system's folder for temporary files, where rows take more than `share` bytes. */
export function contextOf(runtime: Runtime, more: Partial<Context> = {}): Context {
  return {
    ...runtime,
    sources: new Sources(),
    spills: openTempSpace({ folder: tmpdir(), limit: null }, runtime),
    share: Math.floor(runtime.arena.capacity * 0.7),
    progress: { read() {} },
    ...more,
  };
}

/** A column of `values` in `region`; under nulls lies garbage on purpose (except offsets and codes, see batch.ts). */
export function vectorOf(type: DataType, values: readonly Nested[], region: Region): Vector {
  const { view, bytes } = region.arena;
  const length = values.length;
  let validity = 0;
  if (values.includes(null)) {
    validity = region.reserveZeroed(bitmapBytes(length));
    values.forEach((value, i) => {
      if (value !== null) bytes[validity + (i >> 3)]! |= 1 << (i & 7);
    });
  }
  const physical = physicalOf(type);
  if (type.kind === 'list') {
    const lists = values.map((value) => (value as unknown as readonly Nested[] | null) ?? []);
    const offsets = region.reserve((length + 1) * 4);
    let at = 0;
    view.setInt32(offsets, 0, true);
    lists.forEach((list, i) => {
      at += list.length;
      view.setInt32(offsets + (i + 1) * 4, at, true);
    });
    return listVector(
      type,
      length,
      offsets,
      vectorOf(type.element, lists.flat() as Nested[], region),
      validity,
    );
  }
  if (physical === 'text') {
    const encoded = values.map((value) => Buffer.from((value as string | null) ?? ''));
    const offsets = region.reserve((length + 1) * 4);
    const data = region.reserve(encoded.reduce((sum, text) => sum + text.length, 0));
    let at = 0;
    view.setInt32(offsets, 0, true);
    encoded.forEach((text, i) => {
      bytes.set(text, data + at);
      at += text.length;
      view.setInt32(offsets + (i + 1) * 4, at, true);
    });
    return textVector(type, length, data, offsets, validity);
  }
  if (physical === 'bit') {
    const data = region.reserveZeroed(bitmapBytes(length));
    values.forEach((value, i) => {
      if (value ?? true) bytes[data + (i >> 3)]! |= 1 << (i & 7);
    });
    return fixedVector(type, length, data, validity);
  }
  const width = widthOf(type);
  const data = region.reserve(length * width);
  values.forEach((value, i) => {
    const at = data + i * width;
    const n = (value as Cell) ?? 77;
    if (physical === 'f64') view.setFloat64(at, Number(n), true);
    else if (physical === 'f32') view.setFloat32(at, Number(n), true);
    else if (width === 16) {
      view.setBigUint64(at, BigInt.asUintN(64, BigInt(n)), true);
      view.setBigInt64(at + 8, BigInt(n) >> 64n, true);
    } else if (width === 8) view.setBigUint64(at, BigInt.asUintN(64, BigInt(n)), true);
    else if (width === 4) view.setInt32(at, Number(n), true);
    else if (width === 2) view.setInt16(at, Number(n), true);
    else view.setInt8(at, Number(n));
  });
  return fixedVector(type, length, data, validity);
}

/** The same column, dictionary-coded. The interner lives as long as the arena. */
export function codedVectorOf(
  type: DataType,
  values: readonly Cell[],
  region: Region,
  runtime: Runtime,
): Vector {
  return new Interner(runtime.arena, runtime.kernels, 'test').intern(vectorOf(type, values, region), region);
}

/** Of each row the text that its code stands for, without ever spelling them out. */
export function codesOf(texts: readonly string[], codes: readonly number[], region: Region): Vector {
  const { length, offsets, data } = vectorOf(utf8, texts, region);
  const dictionary = { length, offsets, data, lineage: {}, distinct: true, origin: null };
  return codedVector(utf8, codes.length, vectorOf(int32, codes, region).data, dictionary);
}

export function batchOf(columns: readonly Vector[]): Batch {
  return { length: columns[0]?.length ?? 0, columns };
}

/** The cells of a column, read one by one: slow and plain, the truth that kernels are compared with. */
export function cellsOf(
  vector: Vector,
  memory: { readonly view: DataView; readonly bytes: Uint8Array },
): Cell[] {
  const { view, bytes } = memory;
  const physical = physicalOf(vector.type);
  const width = widthOf(vector.type);
  const elements = physical === 'list' ? cellsOf(childOf(vector), memory) : [];
  const bit = (map: number, i: number): boolean => ((bytes[map + (i >> 3)]! >> (i & 7)) & 1) === 1;
  return Array.from({ length: vector.length }, (_, i): Cell => {
    if (vector.validity !== 0 && !bit(vector.validity, i)) return null;
    const at = vector.data + i * width;
    switch (physical) {
      case 'list': {
        const [start, end] = [i, i + 1].map((row) => view.getInt32(vector.offsets + row * 4, true));
        return asCell(elements.slice(start, end));
      }
      case 'bit':
        return bit(vector.data, i);
      case 'i8':
        return view.getInt8(at);
      case 'u8':
        return view.getUint8(at);
      case 'i16':
        return view.getInt16(at, true);
      case 'u16':
        return view.getUint16(at, true);
      case 'i32':
        return view.getInt32(at, true);
      case 'u32':
        return view.getUint32(at, true);
      case 'f32':
        return view.getFloat32(at, true);
      case 'f64':
        return view.getFloat64(at, true);
      case 'i64':
        return view.getBigInt64(at, true);
      case 'u64':
        return view.getBigUint64(at, true);
      case 'i128':
        return (view.getBigInt64(at + 8, true) << 64n) | view.getBigUint64(at, true);
      case 'text': {
        const { dictionary } = vector;
        const entry = dictionary ? view.getInt32(vector.data + i * 4, true) : i;
        const offsets = (dictionary?.offsets ?? vector.offsets) + entry * 4;
        const base = dictionary?.data ?? vector.data;
        return Buffer.from(
          bytes.subarray(base + view.getInt32(offsets, true), base + view.getInt32(offsets + 4, true)),
        ).toString();
      }
    }
  });
}

/** Numbers in [0, 1) from a seed: the same on every machine (mulberry32, Tommy Ettinger, public domain). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Random cells of a type, `nulls` of them null: small values that meet often, extremes, NaN, -0, long and short texts. */
export function randomCells(type: DataType, length: number, random: () => number, nulls = 0.1): Cell[] {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const physical = physicalOf(type);
  const bits = widthOf(type) * 8;
  const integer = (): bigint => {
    if (random() < 0.5) return BigInt(Math.floor(random() * 7)) - (physical.startsWith('u') ? 0n : 3n);
    if (type.kind === 'decimal') return BigInt(Math.floor((random() - 0.5) * 2e15)) * 10n ** 6n;
    if (type.kind === 'date') return BigInt(Math.floor((random() - 0.3) * 60000));
    if (type.kind === 'timestamp') return BigInt(Math.floor((random() - 0.3) * 4e15));
    const [least, most] = physical.startsWith('u')
      ? [0n, (1n << BigInt(bits)) - 1n]
      : [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n];
    if (random() < 0.2) return pick([least, most]);
    return least + (BigInt(Math.floor(random() * 2 ** 53)) * (most - least)) / BigInt(2 ** 53);
  };
  const float = (): number => {
    const value = pick([
      0,
      -0,
      1,
      -1,
      0.5,
      Number.NaN,
      Infinity,
      -Infinity,
      random() * 1e6,
      (random() - 0.5) * 10,
      1e300,
      5e-324,
    ]);
    return physical === 'f32' ? Math.fround(value) : value;
  };
  const text = (): string =>
    pick([
      '',
      'a',
      'b',
      'ab',
      'abc',
      'B',
      'é',
      'x'.repeat(20),
      'ünï',
      `t${Math.floor(random() * 50)}`,
      '🙂 ok',
      'y'.repeat(Math.floor(random() * 90)),
    ]);
  return Array.from({ length }, (): Cell => {
    if (random() < nulls || type.kind === 'null') return null;
    if (type.kind === 'list')
      return asCell(randomCells(type.element, Math.floor(random() * 5), random, nulls));
    if (physical === 'bit') return random() < 0.5;
    if (physical === 'text') return text();
    if (physical === 'f32' || physical === 'f64') return float();
    const value = integer();
    return bits >= 64 ? value : Number(value);
  });
}
