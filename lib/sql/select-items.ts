/** The items of a select list. */
import type { Node, ResTarget } from 'libpg-query';
import { freeName } from '../plan/build/free-name.js';
import type { Expr } from '../plan/expr.js';
import { exprText } from '../plan/expr-text.js';
import { sameExpr } from '../plan/same-expr.js';
import { convert, type Scope } from './convert.js';
import type { Parsed } from './grammar.js';
import { isStandIn } from './grouping.js';
import { columnNames, nameOf, writtenAlias } from './names.js';
import { columnsOf, type Relation, unknownTable } from './relation.js';
import { startOf } from './start-of.js';

export interface Item {
  /** Null where the user gave none. */
  readonly alias: string | null;
  /** Of a column as its table has it; null for anything else. */
  readonly column: string | null;
  readonly expr: Expr;
  /** Does each row come out once for each element of the list that `expr` is? */
  readonly unnest: boolean;
  /** Where it begins. */
  readonly byte: number;
}

/**
 * `*` becomes all columns of `relation`; where that is null, `*` is refused. Of columns of one name that come from stars
 * the second is named `name_1`.
 */
export function selectItems(
  parsed: Parsed,
  targets: readonly Node[],
  relation: Relation | null,
  scope: Scope,
): readonly Item[] {
  const starred = new Set<string>();
  return targets.flatMap((node): readonly Item[] => {
    const { ResTarget: target } = node as { ResTarget: ResTarget };
    const byte = target.location ?? startOf(target) ?? 0;
    if (isStar(target.val)) return star(parsed, target.val, relation, starred, byte);
    const alias = target.name === undefined ? null : writtenAlias(target.name, byte, parsed.source);
    const list = listOf(target.val);
    const expr = convert(list ?? target.val, scope);
    const column = target.val && 'ColumnRef' in target.val ? visibleName(relation, expr) : null;
    return [{ alias: list && alias === null ? 'unnest' : alias, column, expr, unnest: list !== null, byte }];
  });
}

/** The name of an item: its alias, the column that it is, or its text. */
export function itemName(item: Item, columnText?: (name: string) => string): string {
  const { alias, column, expr } = item;
  if (alias !== null) return alias;
  if (column !== null) return column;
  return expr.op === 'column' && !isStandIn(expr.name) ? expr.name : exprText(expr, columnText);
}

/** What `unnest(...)` takes; null for anything else. */
function listOf(node: Node | undefined): Node | null {
  if (node === undefined || !('FuncCall' in node) || nameOf(node.FuncCall.funcname?.at(-1)) !== 'unnest')
    return null;
  const [list, second] = node.FuncCall.args ?? [];
  return list && !second ? list : null;
}

function visibleName(relation: Relation | null, expr: Expr): string | null {
  return relation?.columns.find((one) => sameExpr(one.expr, expr))?.name ?? null;
}

type Star = { readonly ColumnRef: { readonly fields: Node[]; readonly location?: number } };

function isStar(node: Node | undefined): node is Node & Star {
  const fields = (node as Partial<Star> | undefined)?.ColumnRef?.fields;
  return fields !== undefined && 'A_Star' in (fields.at(-1) ?? {});
}

/** All columns of a relation, or of one of its tables. */
function star(
  parsed: Parsed,
  node: Star,
  relation: Relation | null,
  taken: Set<string>,
  byte: number,
): readonly Item[] {
  const { source } = parsed;
  if (relation === null) throw source.error('* does not belong here; name the columns', byte);
  const qualifier = columnNames(node.ColumnRef.fields, byte, source).at(-2) ?? null;
  const columns = columnsOf(relation, qualifier);
  if (columns.length === 0) {
    if (qualifier !== null) throw unknownTable(relation, qualifier, source, byte);
    throw source.error('* needs a table: from "trips.csv"', byte);
  }
  return columns.map(({ name, expr }) => {
    const own = freeName(name, taken, 1);
    taken.add(own);
    return { alias: own === name ? null : own, column: name, expr, unnest: false, byte };
  });
}
