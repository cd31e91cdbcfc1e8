/** Names as they were written: the grammar folds them to lower case and cuts them at 63 bytes. */
import type { Node } from 'libpg-query';
import type { SqlSource } from './source.js';

/** The text of a String node; empty for anything else. */
export function nameOf(node: Node | undefined): string {
  return (node as { String?: { sval?: string } } | undefined)?.String?.sval ?? '';
}

/** The parts of `a`, `t.a` or `t.*` that begin at `byte`. */
export function columnNames(fields: readonly Node[], byte: number, source: SqlSource): readonly string[] {
  const first = source.tokenAt(byte);
  return fields.map((field, i) =>
    'A_Star' in field ? '*' : writtenName(source.tokens[first + 2 * i]?.text, nameOf(field)),
  );
}

/** A token as a name, if it is the one that the grammar read. */
export function writtenName(token: string | undefined, read: string): string {
  if (token === undefined) return read;
  const name = token.startsWith('"') ? token.slice(1, -1).replaceAll('""', '"') : token;
  return name === read || name.toLowerCase() === read.toLowerCase() || isCut(name, read) ? name : read;
}

function isCut(name: string, read: string): boolean {
  return Buffer.byteLength(read) >= 60 && name.toLowerCase().startsWith(read.toLowerCase());
}

const terminators: ReadonlySet<string> = new Set([
  ...[',', ')', ';', 'from', 'where', 'group', 'having', 'window', 'union', 'intersect', 'except', 'order'],
  ...['limit', 'offset', 'fetch', 'for', 'into'],
]);

/** The alias of the item that begins at `byte`: the name just before the item ends. */
export function writtenAlias(read: string, byte: number, source: SqlSource): string {
  let depth = 0;
  for (let i = source.tokenAt(byte); i < source.tokens.length && depth >= 0; i++) {
    const token = source.tokens[i]!.text;
    if (token === '(' || token === '[') depth++;
    else if (token === ')' || token === ']') depth--;
    if (depth !== 0) continue;
    if (token === ',') break;
    const next = source.tokens[i + 1]?.text.toLowerCase();
    if (next !== undefined && !terminators.has(next)) continue;
    const written = writtenName(token, read);
    if (written !== read || token.replace(/^"|"$/g, '') === read) return written;
  }
  return read;
}
