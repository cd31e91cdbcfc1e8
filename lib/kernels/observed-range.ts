/** Between what values the integers of a column lie. */
import type { Vector } from '../arrow/batch.js';
import type { IntegerRange } from '../arrow/integer-range.js';
import { narrowOf } from '../arrow/narrow.js';
import { physicalOf } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import type { Machine } from './machine.js';
import { kernel } from './wasm.js';

/** Null where there are none, or only nulls. A few bytes of `region` are taken. */
export function observedRange(
  column: Vector,
  region: Region,
  { arena, kernels }: Machine,
): IntegerRange | null {
  const { physical, data } = narrowOf(column) ?? { physical: physicalOf(column.type), data: column.data };
  const out = region.reserve(32);
  if (kernel(kernels, `range_${physical}`)(data, column.validity, column.length, out) === 0) return null;
  const bits = Number(physical.slice(1));
  const cut = physical.startsWith('u') ? BigInt.asUintN : BigInt.asIntN;
  const at = (address: number): bigint => cut(bits, arena.view.getBigUint64(address, true));
  return { least: at(out), most: at(out + 16) };
}
