/** The items of a select list. */
import type { Node, ResTarget } from 'libpg-query';
import type { Schema } from '../arrow/schema.js';
import type { Expr } from '../plan/expr.js';
import { exprText } from '../plan/expr-text.js';
import { column } from '../plan/make-expr.js';
import { convert, type Scope, startOf } from './convert.js';
import type { Parsed } from './grammar.js';
import { isStandIn } from './grouping.js';
import { columnNames, writtenAlias } from './names.js';

export interface Item {
  /** Null where the user gave none. */
  readonly alias: string | null;
  readonly expr: Expr;
  /** Where it begins. */
  readonly byte: number;
}

/** `*` becomes all columns of `schema`; where that is null, `*` is refused. */
export function selectItems(
  parsed: Parsed,
  targets: readonly Node[],
  schema: Schema | null,
  scope: Scope,
): readonly Item[] {
  return targets.flatMap((node): readonly Item[] => {
    const { ResTarget: target } = node as { ResTarget: ResTarget };
    const byte = target.location ?? startOf(target) ?? 0;
    if (isStar(target.val)) return star(parsed, target.val, schema, scope, byte);
    const alias = target.name === undefined ? null : writtenAlias(target.name, byte, parsed.source);
    return [{ alias, expr: convert(target.val, scope), byte }];
  });
}

/** The name of an item: its alias, the column that it is, or its text. */
export function itemName(item: Item, columnText?: (name: string) => string): string {
  if (item.alias !== null) return item.alias;
  const { expr } = item;
  return expr.op === 'column' && !isStandIn(expr.name) ? expr.name : exprText(expr, columnText);
}

type Star = { readonly ColumnRef: { readonly fields: Node[]; readonly location?: number } };

function isStar(node: Node | undefined): node is Node & Star {
  const fields = (node as Partial<Star> | undefined)?.ColumnRef?.fields;
  return fields !== undefined && 'A_Star' in (fields.at(-1) ?? {});
}

function star(
  parsed: Parsed,
  node: Star,
  schema: Schema | null,
  scope: Scope,
  byte: number,
): readonly Item[] {
  const { source } = parsed;
  if (schema === null) throw source.error('* does not belong here; name the columns', byte);
  const qualifier = columnNames(node.ColumnRef.fields, byte, source).at(-2);
  return schema.fields.map((field) => {
    if (qualifier !== undefined) scope.column(field.name, qualifier, byte);
    return { alias: null, expr: column(field.name), byte };
  });
}
