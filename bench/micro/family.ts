/** What a family of kernels is measured with: columns of one batch, and what is done with them again and again. */
import type { Vector } from '../../lib/arrow/batch.js';
import { type DataType, float64, int32, int64, utf8 } from '../../lib/arrow/types.js';
import type { Runtime } from '../../lib/formats/format.js';
import type { Region } from '../../lib/memory/arena.js';
import { type Cell, codedVectorOf, seeded, vectorOf } from '../../test/helpers.js';

/** Rows of a batch. */
export const rows = 65_536;

export interface Micro {
  readonly name: string;
  /** How many bytes of columns one run reads. */
  readonly bytes: number;
  /** `region` is empty at its start. */
  run(region: Region): unknown;
}

export interface Columns {
  readonly int32: Vector;
  readonly int64: Vector;
  readonly float64: Vector;
  /** Texts of ten bytes, of 100 kinds; plain and coded by a dictionary. */
  readonly text: Vector;
  readonly coded: Vector;
  /** The values of `float64` and `int64` as texts. */
  readonly numberText: Vector;
  readonly integerText: Vector;
  /** Address of the numbers of all rows in random order, int32. */
  readonly shuffled: number;
}

/** A family is its file's only export. */
export type Family = (columns: Columns, runtime: Runtime) => readonly Micro[];

/** Columns that stay as long as `home`. */
export function makeColumns(home: Region, runtime: Runtime): Columns {
  const random = seeded(108);
  const draw = <T extends Cell>(value: () => T): T[] => Array.from({ length: rows }, value);
  const integers = draw(() => Math.floor(random() * 1e6));
  const doubles = draw(() => Math.floor(random() * 1e8) / 1e6);
  const texts = draw(() => `id${String(Math.floor(random() * 100)).padStart(8, '0')}`);
  const make = (type: DataType, cells: readonly Cell[]): Vector => vectorOf(type, cells, home);
  const order = Array.from({ length: rows }, (_, i) => i);
  for (let i = rows - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return {
    int32: make(int32, integers),
    int64: make(int64, integers.map(BigInt)),
    float64: make(float64, doubles),
    text: make(utf8, texts),
    coded: codedVectorOf(utf8, texts, home, runtime),
    numberText: make(utf8, doubles.map(String)),
    integerText: make(utf8, integers.map(String)),
    shuffled: make(int32, order).data,
  };
}

/** Of a plain text column, its offsets too. */
export function textBytes({ length, offsets }: Vector, { arena }: Runtime): number {
  return arena.view.getInt32(offsets + length * 4, true) + (length + 1) * 4;
}
