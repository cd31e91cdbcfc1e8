import type { Node, SelectStmt, SortBy } from 'libpg-query';
import type { Expr, SortKey } from '../plan/expr.js';
import { sortKey } from '../plan/make-expr.js';
import type { Parsed } from './grammar.js';
import { startOf } from './start-of.js';

export function sortNodes(select: SelectStmt): readonly SortBy[] {
  return (select.sortClause ?? []).map((node) => (node as { SortBy: SortBy }).SortBy);
}

/** Is it the `all` of `group by all` or `order by all`? */
export function isAll(node: Node | undefined, { alls }: Parsed): boolean {
  return node !== undefined && 'A_Const' in node && alls.has(node.A_Const.location ?? -1);
}

/** Nulls come last in both directions unless the user says otherwise. */
export function orderOf(node: SortBy, expr: Expr, parsed: Parsed): SortKey {
  if (node.sortby_dir === 'SORTBY_USING')
    throw parsed.source.unsupported('order by ... using', startOf(node));
  return sortKey(expr, node.sortby_dir === 'SORTBY_DESC', node.sortby_nulls === 'SORTBY_NULLS_FIRST');
}
