/** What the tests beside scripts of pyarrow share: how values are told. */
import { execFileSync } from 'node:child_process';
import type { DataType } from '../../lib/arrow/types.js';
import type { Cell } from '../helpers.js';

export const python = process.env.PYTHON ?? 'python3';

/** A cell as the scripts tell it. */
export function textOf(cell: Cell, type: DataType): string | null {
  if (cell === null) return null;
  if (type.kind === 'list')
    return `[${(cell as unknown as Cell[]).map((one) => textOf(one, type.element) ?? 'null').join(', ')}]`;
  if (typeof cell !== 'number' || !type.kind.startsWith('float')) return String(cell);
  if (!Number.isFinite(cell)) return String(cell);
  return hexFloat(cell);
}

/** As Python's float.hex. */
function hexFloat(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const sign = bits >> 63n === 1n ? '-' : '';
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = (bits & 0xfffffffffffffn).toString(16).padStart(13, '0');
  if (exponent === 0 && value === 0) return `${sign}0x0.0p+0`;
  const power = exponent === 0 ? -1022 : exponent - 1023;
  return `${sign}0x${exponent === 0 ? 0 : 1}.${fraction}p${power < 0 ? '' : '+'}${power}`;
}

/** Tells where there is none. */
export function hasPyarrow(suite: string): boolean {
  try {
    execFileSync(python, ['-c', 'import pyarrow'], { stdio: 'pipe' });
    return true;
  } catch {
    console.log(`${suite}: skipped, ${python} has no pyarrow`);
    return false;
  }
}
