/** A cell as users are given it: what `ValueOf` of lib/frame/types.ts says. */
import type { Cell } from './scalar.js';
import type { DataType } from './types.js';

/** Nothing is rounded: dates are midnight UTC, timestamps microseconds, decimals texts. */
export type PlainValue = number | bigint | string | boolean | Date | null | readonly PlainValue[];

export function plainValue(cell: Cell, type: DataType): PlainValue {
  if (cell === null) return null;
  if (type.kind === 'list') return (cell as readonly Cell[]).map((one) => plainValue(one, type.element));
  if (type.kind === 'date') return new Date(Number(cell) * 86_400_000);
  return type.kind === 'decimal' ? decimalText(cell as bigint, type.scale) : (cell as PlainValue);
}

export function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
