/** The value of an expression without columns, as a literal writes it: what the optimizer folds with. */
import { type DataType, physicalOf } from '../arrow/types.js';
import type { Runtime } from '../formats/format.js';
import type { Constant } from '../kernels/datum.js';
import type { Bound } from '../plan/bound.js';
import { evaluate } from './evaluate.js';

/** Errors of the evaluation (a division by zero) are thrown; then the expression must be left as it is. */
export function evaluateConstant(bound: Bound, runtime: Runtime): Constant['value'] {
  const region = runtime.arena.region('a constant');
  try {
    const { type, data, validity, offsets, dictionary } = evaluate(
      bound,
      { length: 1, columns: [] },
      region,
      runtime,
    );
    const { bytes, view } = runtime.arena;
    if (validity !== 0 && (bytes[validity]! & 1) === 0) return null;
    if (physicalOf(type) !== 'text') return fixedValue(type, data, runtime);
    const entry = dictionary === null ? 0 : view.getInt32(data, true);
    const at = (dictionary?.offsets ?? offsets) + entry * 4;
    const base = dictionary?.data ?? data;
    const text = bytes.subarray(base + view.getInt32(at, true), base + view.getInt32(at + 4, true));
    return Buffer.from(text).toString();
  } finally {
    region.release();
  }
}

function fixedValue(type: DataType, at: number, { arena }: Runtime): Constant['value'] {
  const { view, bytes } = arena;
  switch (type.kind) {
    case 'null':
      return null;
    case 'bool':
      return (bytes[at]! & 1) === 1;
    case 'int8':
      return view.getInt8(at);
    case 'uint8':
      return view.getUint8(at);
    case 'int16':
      return view.getInt16(at, true);
    case 'uint16':
      return view.getUint16(at, true);
    case 'int32':
      return view.getInt32(at, true);
    case 'uint32':
      return view.getUint32(at, true);
    case 'date':
      return String(view.getInt32(at, true));
    case 'float32':
    case 'float64': {
      const value = type.kind === 'float32' ? view.getFloat32(at, true) : view.getFloat64(at, true);
      return Number.isFinite(value) ? value : String(value);
    }
    case 'uint64':
      return String(view.getBigUint64(at, true));
    case 'decimal':
      return String((view.getBigInt64(at + 8, true) << 64n) | view.getBigUint64(at, true));
    default:
      return String(view.getBigInt64(at, true));
  }
}
