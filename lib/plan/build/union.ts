/** Unions of inputs whose columns have the same names, or the same places, but not quite the same types. */
import { fieldIndex } from '../../arrow/schema.js';
import { type DataType, sameType, typeName } from '../../arrow/types.js';
import { queryError } from '../../errors.js';
import { commonType } from '../../kernels/signature.js';
import type { Expr } from '../expr.js';
import { cast, column, literal, named } from '../make-expr.js';
import { project, union } from '../make-plan.js';
import type { Plan } from '../plan.js';
import { schemaOf } from '../schema.js';
import { columnNames } from './names-apart.js';

/** First column with first column: the names are those of the first input. Duplicates stay. */
export function unionByPosition(inputs: readonly Plan[]): Plan {
  return union(alignedByPosition(inputs));
}

/** Columns of the same name; what an input does not have is null. The order is that of first appearance. */
export function unionByName(inputs: readonly Plan[]): Plan {
  const names = [...new Set(inputs.flatMap(columnNames))];
  return union(withTypes(inputs, names, (_, name) => name));
}

/** Each input with the names of the first one, and with types in common: what set operations compare. */
export function alignedByPosition(inputs: readonly Plan[], what = 'union'): readonly Plan[] {
  const all = inputs.map(columnNames);
  const names = all[0]!;
  const odd = all.find((own) => own.length !== names.length);
  if (odd)
    throw queryError(
      `${what} takes inputs of as many columns, but one has ${names.length} and one ${odd.length}`,
    );
  return withTypes(inputs, names, (input, _, i) => columnNames(input)[i]!);
}

/** `nameIn` tells what a column is called in an input. */
function withTypes(
  inputs: readonly Plan[],
  names: readonly string[],
  nameIn: (input: Plan, name: string, index: number) => string,
): readonly Plan[] {
  const types = names.map((name, i) => typeInCommon(inputs, name, (input) => nameIn(input, name, i)));
  return inputs.map((input) => {
    const { fields } = schemaOf(input);
    const same =
      fields.length === names.length &&
      fields.every((field, i) => field.name === names[i] && sameType(field.type, types[i]!));
    if (same) return input;
    return project(
      input,
      names.map((name, i) => named(name, converted(input, nameIn(input, name, i), types[i]!))),
    );
  });
}

function typeInCommon(inputs: readonly Plan[], name: string, nameIn: (input: Plan) => string): DataType {
  const types = inputs.flatMap((input) => {
    const { fields } = schemaOf(input);
    return fields.filter((field) => field.name === nameIn(input)).map((field) => field.type);
  });
  const type = commonType(types);
  if (type !== null) return type;
  const kinds = [...new Set(types.map(typeName))].join(' and ');
  throw queryError(`the columns "${name}" cannot become one: their types are ${kinds}; cast them`, {
    column: name,
  });
}

function converted(input: Plan, name: string, type: DataType): Expr {
  const { fields } = schemaOf(input);
  const field = fields[fieldIndex({ fields }, name)];
  if (field === undefined) return literal(type, null);
  return sameType(field.type, type) ? column(name) : cast(column(name), type);
}
