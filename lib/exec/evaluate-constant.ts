import type { Vector } from '../arrow/batch.js';
import { physicalOf } from '../arrow/types.js';
import { SpillwayError } from '../errors.js';
import type { Runtime } from '../formats/format.js';
import { decoded } from '../kernels/take.js';
import type { Arena } from '../memory/arena.js';
import { bind } from '../plan/bind.js';
import type { Expr, LiteralExpr } from '../plan/expr.js';
import { literal } from '../plan/make-expr.js';
import { evaluate } from './evaluate.js';

/**
 * What the optimizer folds constants with: the value of an expression without columns, computed by the same
 * kernels as that of rows; null where that raises an error, which then is the run's to raise.
 */
export function constantEvaluator(runtime: Runtime): (expr: Expr) => LiteralExpr | null {
  return (expr) => {
    const bound = bind(expr, { fields: [] });
    const region = runtime.arena.region('constants');
    try {
      const vector = evaluate(bound, { length: 1, columns: [] }, region, runtime);
      return literal(bound.type, firstValue(decoded(vector, region, runtime), runtime.arena));
    } catch (error) {
      if (error instanceof SpillwayError) return null;
      throw error;
    } finally {
      region.release();
    }
  };
}

/** The first row in the form that literals hold. */
function firstValue(vector: Vector, { view, bytes }: Arena): LiteralExpr['value'] {
  const { data, validity, offsets } = vector;
  if (validity !== 0 && (bytes[validity]! & 1) === 0) return null;
  switch (physicalOf(vector.type)) {
    case 'bit':
      return vector.type.kind === 'null' ? null : (bytes[data]! & 1) === 1;
    case 'i8':
      return view.getInt8(data);
    case 'u8':
      return view.getUint8(data);
    case 'i16':
      return view.getInt16(data, true);
    case 'u16':
      return view.getUint16(data, true);
    case 'i32':
      return vector.type.kind === 'date' ? String(view.getInt32(data, true)) : view.getInt32(data, true);
    case 'u32':
      return view.getUint32(data, true);
    case 'f32':
      return finite(view.getFloat32(data, true));
    case 'f64':
      return finite(view.getFloat64(data, true));
    case 'i64':
      return String(view.getBigInt64(data, true));
    case 'u64':
      return String(view.getBigUint64(data, true));
    case 'i128':
      return String((view.getBigInt64(data + 8, true) << 64n) | view.getBigUint64(data, true));
    case 'text': {
      const [start, end] = [view.getInt32(offsets, true), view.getInt32(offsets + 4, true)];
      return Buffer.from(bytes.subarray(data + start, data + end)).toString();
    }
  }
}

function finite(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
