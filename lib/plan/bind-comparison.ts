/** Comparisons of an integer column with a constant stay in the column's type, whatever the constant is. */
import { bool, type DataType, familyOf } from '../arrow/types.js';
import { type Comparison, mirrored } from '../kernels/compare.js';
import type { Bound, BoundLiteral } from './bound.js';
import { literal, positionOf } from './literal.js';

/** Null where the comparison is not of that kind. */
export function bindComparison(name: Comparison, args: readonly Bound[]): Bound | null {
  const [a, b] = args;
  if (args.length !== 2 || a === undefined || b === undefined) return null;
  if (isInteger(a) && b.op === 'literal') return compareTo(name, a, b);
  if (isInteger(b) && a.op === 'literal') return compareTo(mirrored[name], b, a);
  return null;
}

const isInteger = (bound: Bound): boolean => bound.op !== 'literal' && familyOf(bound.type) === 'integer';

function compareTo(name: Comparison, column: Bound, constant: BoundLiteral): Bound | null {
  const position = positionOf(constant, column.type);
  if (position === null) return null;
  if (position === 'below') return everywhere(column, name === 'gt' || name === 'ge' || name === 'ne');
  if (position === 'beyond') return everywhere(column, name === 'lt' || name === 'le' || name === 'ne');
  if ('at' in position) return comparison(name, column, position.at);
  if (name === 'eq' || name === 'ne') return everywhere(column, name === 'ne');
  // Between two integers, strict or not is the same.
  return comparison(name === 'lt' || name === 'le' ? 'le' : 'gt', column, position.above);
}

function comparison(name: Comparison, column: Bound, constant: BoundLiteral): Bound {
  return call(name, [column, constant], column.nullable);
}

/** `value` for every row, but null where the column is. */
function everywhere(column: Bound, value: boolean): Bound {
  if (!column.nullable) return literal(bool, value);
  const unknown = literal(bool, null);
  return value
    ? call('or', [call('is_not_null', [column], false), unknown], true)
    : call('and', [call('is_null', [column], false), unknown], true);
}

function call(name: string, args: readonly Bound[], nullable: boolean, type: DataType = bool): Bound {
  return { op: 'call', name, args, type, nullable };
}
