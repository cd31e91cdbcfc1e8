/** Names in SQL as the names of columns. */
import { fieldIndex, type Schema } from '../arrow/schema.js';
import { SpillwayError } from '../errors.js';
import { unknownColumn } from '../plan/bind.js';
import type { SqlSource } from './source.js';

/** As it is written, else the only column that differs in upper and lower case; null if there is none. */
export function findColumn(name: string, schema: Schema, source: SqlSource, byte: number): string | null {
  if (fieldIndex(schema, name) >= 0) return name;
  const written = source.tokens[source.tokenAt(byte)]?.text ?? '';
  if (written.startsWith('"')) return null;
  const folded = name.toLowerCase();
  const alike = schema.fields.filter((field) => field.name.toLowerCase() === folded);
  if (alike.length > 1) {
    const names = alike.map((field) => `"${field.name}"`).join(' or ');
    throw source.error(`${name} may be ${names}; write it in double quotes`, byte);
  }
  return alike[0]?.name ?? null;
}

/** As `findColumn`; without a schema every name is taken as it is written. */
export function resolveColumn(name: string, schema: Schema | null, source: SqlSource, byte: number): string {
  if (schema === null) return name;
  const found = findColumn(name, schema, source, byte);
  if (found === null) throw source.error(unknownColumn(name, schema).message, byte);
  return found;
}

/** Runs `action`; a query error that does not know its place gets `byte`. */
export function located<T>(source: SqlSource, byte: number | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof SpillwayError) || error.place.sql !== undefined) throw error;
    throw source.error(error.message, byte);
  }
}
