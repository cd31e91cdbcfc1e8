/** Random columns of every type, as plain cells. */
import type { Field } from '../../lib/arrow/schema.js';
import * as types from '../../lib/arrow/types.js';
import type { Cell } from '../helpers.js';

export const everyType: readonly types.DataType[] = [
  types.nullType,
  types.bool,
  types.int8,
  types.int16,
  types.int32,
  types.int64,
  types.uint8,
  types.uint16,
  types.uint32,
  types.uint64,
  types.float32,
  types.float64,
  types.date,
  types.timestamp(),
  types.timestamp('Europe/Berlin'),
  types.decimal(38, 4),
  types.utf8,
  types.list(types.int64),
  types.list(types.utf8),
  types.list(types.list(types.bool)),
  types.list(types.nullType),
];

/** One to eight columns. */
export function randomFields(random: () => number): Field[] {
  return Array.from({ length: 1 + Math.floor(random() * 8) }, (_, i) => ({
    name: `c${i}`,
    type: everyType[Math.floor(random() * everyType.length)]!,
    nullable: true,
  }));
}

/** `spread` from 0 to 1 tells how far values lie apart. */
export function randomCells(
  type: types.DataType,
  length: number,
  random: () => number,
  spread: number,
  nullRatio: number,
): Cell[] {
  return Array.from({ length }, () =>
    type.kind === 'null' || random() < nullRatio ? null : randomCell(type, random, spread, nullRatio),
  );
}

function randomCell(type: types.DataType, random: () => number, spread: number, nullRatio: number): Cell {
  if (type.kind === 'list')
    return randomCells(type.element, Math.floor(random() * 4), random, spread, nullRatio) as unknown as Cell;
  const physical = types.physicalOf(type);
  if (physical === 'bit') return random() < 0.5;
  if (physical === 'text') {
    if (spread > 0.7 && random() < 0.05) return 'ü€😀'.repeat(Math.floor(random() * 30));
    return `t${Math.floor(random() * (spread < 0.5 ? 5 : 1e9))}`.slice(0, Math.floor(random() * 12));
  }
  if (physical === 'f64' || physical === 'f32') {
    const pick = random();
    if (pick < 0.05) return Number.NaN;
    if (pick < 0.1) return -0;
    if (pick < 0.15) return pick < 0.12 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    return Math.fround((random() - 0.5) * 1000);
  }
  const bits = type.kind === 'decimal' ? 120n : BigInt(types.widthOf(type) * 8);
  const signed = !physical.startsWith('u');
  const wanted = BigInt(Math.max(1, Math.floor(Number(bits) * spread)));
  const any = BigInt.asUintN(
    Number(wanted),
    BigInt(Math.floor(random() * 2 ** 52)) * 0x9e3779b97f4a7c15f39cc0605cedc835n,
  );
  const value = signed ? BigInt.asIntN(Number(wanted), any) : any;
  return bits >= 64n ? value : Number(value);
}
