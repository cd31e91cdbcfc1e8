import type { Schema } from '../arrow/schema.js';
import { type DataType, float64, int64 } from '../arrow/types.js';
import { bind } from './bind.js';
import type { NamedAggregate } from './expr.js';
export function bindAggregate(a: NamedAggregate, schema: Schema): { type: DataType; nullable: boolean } {
  const args = a.args.map((x) => bind(x, schema));
  if (a.filter) bind(a.filter, schema);
  if (a.aggregate === 'count') return { type: int64, nullable: false };
  if (['min', 'max', 'first', 'last'].includes(a.aggregate)) return { type: args[0]!.type, nullable: true };
  return { type: a.aggregate === 'sum' ? int64 : float64, nullable: true };
}
