import { type Scalar, scalarAt } from '../arrow/scalar.js';
import type { DataType } from '../arrow/types.js';
import { SpillwayError } from '../errors.js';
import type { Runtime } from '../formats/format.js';
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
    // There are no literals of lists.
    if (bound.type.kind === 'list') return null;
    const region = runtime.arena.region('constants');
    try {
      const vector = evaluate(bound, { length: 1, columns: [] }, region, runtime);
      return literal(bound.type, literalValue(bound.type, scalarAt(vector, 0, runtime.arena)));
    } catch (error) {
      if (error instanceof SpillwayError) return null;
      throw error;
    } finally {
      region.release();
    }
  };
}

/** In the form that literals hold. */
function literalValue(type: DataType, value: Scalar): LiteralExpr['value'] {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && (type.kind === 'date' || !Number.isFinite(value))) return String(value);
  return value;
}
