/** Columns become rows: one row for each of the columns, with its name and its value. */

import { typeName } from '../../arrow/types.js';
import { queryError } from '../../errors.js';
import { commonType } from '../../kernels/signature.js';
import { unknownColumn } from '../bind.js';
import { call, cast, column, named, text } from '../make-expr.js';
import { expand, filter } from '../make-plan.js';
import type { Plan } from '../plan.js';
import { schemaOf } from '../schema.js';

export interface UnpivotOptions {
  /** The columns that become rows; all others stay as they are. */
  readonly columns: readonly string[];
  /** What the column of names is called, and that of values. */
  readonly name: string;
  readonly value: string;
  /** Do nulls become rows too? */
  readonly keepNulls: boolean;
}

export function unpivot(input: Plan, { columns, name, value, keepNulls }: UnpivotOptions): Plan {
  const schema = schemaOf(input);
  const picked = columns.map((wanted) => {
    const field = schema.fields.find((candidate) => candidate.name === wanted);
    if (field === undefined) throw unknownColumn(wanted, schema);
    return field;
  });
  if (picked.length === 0) throw queryError('unpivot takes at least one column');
  const type = commonType(picked.map((field) => field.type));
  if (type === null) {
    const kinds = [...new Set(picked.map((field) => typeName(field.type)))].join(' and ');
    throw queryError(`unpivot makes one column of values, but their types are ${kinds}; cast them`);
  }
  const kept = schema.fields.filter((field) => !columns.includes(field.name));
  const projections = picked.map((field) => [
    ...kept.map((each) => named(each.name, column(each.name))),
    named(name, text(field.name)),
    named(value, cast(column(field.name), type)),
  ]);
  const rows = expand(input, projections);
  return keepNulls ? rows : filter(rows, call('is_not_null', column(value)));
}
