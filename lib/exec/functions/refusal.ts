/** How a column that a function gave is refused. */
import type { Field } from '../../arrow/schema.js';
import { typeName } from '../../arrow/types.js';
import type { CodePlace } from '../../plan/code-text.js';
import { wrongResult } from './failure.js';

/** Throws; `row` counts from 0, null where it is about the whole column. */
export type Refusal = (what: string, row: number | null) => never;

/** Throws the error about a value that makes no sense. */
export function refusalOf({ name }: Field, place: CodePlace): Refusal {
  return (what, row) => {
    const where = row === null ? `column ${name}` : `column ${name}, row ${row + 1} of what it gave`;
    const at = row === null ? { column: name } : { column: name, row: row + 1 };
    throw wrongResult(place, `gave something else than it promised: ${where}: ${what}`, at);
  };
}

/** Why a null is refused. */
export const unmarked = ({ type }: Field): string =>
  `it is declared as ${typeName(type)}; write ${typeName(type)}? where values may be missing`;

/** A value in a message. */
export function shownValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `the text '${value.length > 40 ? `${value.slice(0, 40)}...` : value}'`;
    case 'bigint':
      return `the bigint ${value}`;
    case 'undefined':
      return 'undefined';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'an array';
      return value.constructor?.name ? `a ${value.constructor.name}` : 'an object';
    case 'function':
      return 'a function';
    default:
      return String(value);
  }
}
