/** Names of types in casts and typed literals. */

import type { Node, TypeName } from 'libpg-query';
import { type DataType, list, parseType, typeNames } from '../arrow/types.js';
import { didYouMean } from '../plan/near-name.js';
import { nameOf, writtenName } from './names.js';
import type { SqlSource } from './source.js';

/** The grammar replaces SQL's own names (bigint) by PostgreSQL's (int8), which mean something else to us. */
const renamed: Readonly<Record<string, string>> = {
  int2: 'int16',
  int4: 'int32',
  int8: 'int64',
  varchar: 'utf8',
  bpchar: 'utf8',
};

/** `int[]` is a list; the length of `int[3]` means nothing, as in PostgreSQL. */
export function typeOf(node: TypeName, source: SqlSource): DataType {
  return (node.arrayBounds ?? []).reduce((element) => list(element), elementOf(node, source));
}

function elementOf(node: TypeName, source: SqlSource): DataType {
  const byte = node.location ?? 0;
  const own = nameOf(node.names?.[0]) === 'pg_catalog';
  const read = nameOf(node.names?.at(-1));
  const numbers = (node.typmods ?? []).map(integerOf);
  if (read === 'interval') throw source.unsupported('interval', byte);
  if (own && (read === 'varchar' || read === 'bpchar') && numbers.length > 0 && numbers[0] !== 1) {
    throw source.error('text of limited length is not supported yet; use utf8', byte);
  }
  const written = own
    ? (renamed[read] ?? read)
    : writtenName(source.tokens[source.tokenAt(byte)]?.text, read);
  const limited = own && (read === 'varchar' || read === 'bpchar');
  const name = numbers.length > 0 && !limited ? `${written}(${numbers.join(',')})` : written;
  const type = parseType(name);
  if (type?.kind === 'timestamp' && !isZone(type.zone)) {
    throw source.error(`there is no time zone ${type.zone}`, byte);
  }
  if (type !== null) return type;
  if (read === 'numeric') throw source.error(`${name} is no type; write decimal(precision, scale)`, byte);
  throw source.error(`there is no type ${name}${didYouMean(name, typeNames)}`, byte);
}

function isZone(zone: string | null): boolean {
  if (zone === null || /^[+-]\d\d:?\d\d$/.test(zone)) return true;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }) !== null;
  } catch {
    return false;
  }
}

function integerOf(node: Node): number {
  const { A_Const } = node as { A_Const?: { ival?: { ival?: number } } };
  return A_Const?.ival?.ival ?? 0;
}
