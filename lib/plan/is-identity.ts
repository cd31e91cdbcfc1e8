import type { Schema } from '../arrow/schema.js';
import type { Named } from './expr.js';

/** Are the columns just those that there are, in their order? */
export function isIdentity(columns: readonly Named[], schema: Schema): boolean {
  return (
    columns.length === schema.fields.length &&
    columns.every(({ name, expr }, i) => {
      return name === schema.fields[i]!.name && expr.op === 'column' && expr.name === name;
    })
  );
}
