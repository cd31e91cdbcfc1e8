/** A schema that the user describes, held against what there is: the compiler believes it, so it must be true. */
import { fieldIndex, type Schema } from '../arrow/schema.js';
import { type DataType, parseType, sameType, typeName, typeNames } from '../arrow/types.js';
import { dataError, queryError, usageError } from '../errors.js';
import { column, named } from '../plan/make-expr.js';
import { project } from '../plan/make-plan.js';
import { nearName } from '../plan/near-name.js';
import type { Plan, Scan } from '../plan/plan.js';
import { schemaOf } from '../plan/schema.js';
import type { SchemaDescription } from './types.js';

interface Described {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
}

export function parseDescription(description: SchemaDescription): Described[] {
  return Object.entries(description).map(([name, text]) => {
    const nullable = text.endsWith('?');
    const type = parseType(nullable ? text.slice(0, -1) : text);
    if (type === null)
      throw usageError(`column ${name}: there is no type "${text}"; known are ${typeNames.join(', ')}`, {
        column: name,
      });
    return { name, type, nullable };
  });
}

/**
 * The scan's columns as described, in that order; others are not read. Everything that differs is named in one
 * error. A column that is said never to be null is so from here on, and reading a null in it is an error.
 */
export function describedScan(scan: Scan, described: readonly Described[]): Plan {
  const path = scan.source.paths[0]!;
  const wrong = described.flatMap((column) => difference(column, scan.schema));
  if (wrong.length > 0) throw dataError(`${path} is not as described: ${wrong.join('; ')}`, { file: path });
  const required = new Set(described.filter(({ nullable }) => !nullable).map(({ name }) => name));
  const fields = scan.schema.fields.map((field) =>
    required.has(field.name) ? { ...field, nullable: false } : field,
  );
  return chosen(Object.freeze({ ...scan, schema: { fields } }), described);
}

/** As `describedScan`, for any plan; here what may be null cannot be said never to be. */
export function describedPlan(plan: Plan, described: readonly Described[]): Plan {
  const schema = schemaOf(plan);
  const wrong = described.flatMap((column) => [
    ...difference(column, schema),
    ...(!column.nullable && schema.fields[fieldIndex(schema, column.name)]?.nullable
      ? [`${column.name} may be null, so add a ? to its type`]
      : []),
  ]);
  if (wrong.length > 0) throw queryError(`the columns are not as described: ${wrong.join('; ')}`);
  return chosen(plan, described);
}

function chosen(plan: Plan, described: readonly Described[]): Plan {
  const { fields } = schemaOf(plan);
  const all =
    fields.length === described.length && fields.every(({ name }, i) => name === described[i]!.name);
  return all
    ? plan
    : project(
        plan,
        described.map(({ name }) => named(name, column(name))),
      );
}

function difference({ name, type }: Described, schema: Schema): string[] {
  const field = schema.fields[fieldIndex(schema, name)];
  if (field === undefined) {
    const near = nearName(
      name,
      schema.fields.map((field) => field.name),
    );
    return [`it has no column ${name}${near === null ? '' : ` (did you mean ${near}?)`}`];
  }
  return sameType(field.type, type) ? [] : [`${name} is ${typeName(field.type)}, not ${typeName(type)}`];
}
