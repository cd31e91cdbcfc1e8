/** A schema that the user describes, held against the file: the compiler believes it, so it must be true. */
import { fieldIndex, type Schema } from '../arrow/schema.js';
import { type DataType, parseType, sameType, typeName, typeNames } from '../arrow/types.js';
import { dataError, usageError } from '../errors.js';
import { column, named } from '../plan/make-expr.js';
import { project } from '../plan/make-plan.js';
import { nearName } from '../plan/near-name.js';
import type { Plan, Scan } from '../plan/plan.js';
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
  const { schema } = scan;
  const wrong = described.flatMap((column) => difference(column, schema));
  if (wrong.length > 0) {
    const { paths } = scan.source;
    throw dataError(`${paths[0]} is not as described: ${wrong.join('; ')}`, { file: paths[0]! });
  }
  const required = new Set(described.filter(({ nullable }) => !nullable).map(({ name }) => name));
  const fields = schema.fields.map((field) =>
    required.has(field.name) ? { ...field, nullable: false } : field,
  );
  const checked: Scan = { ...scan, schema: { fields } };
  const all =
    fields.length === described.length && fields.every(({ name }, i) => name === described[i]!.name);
  return all
    ? checked
    : project(
        checked,
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
