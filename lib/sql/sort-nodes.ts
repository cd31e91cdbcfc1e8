import type { SelectStmt, SortBy } from 'libpg-query';
import type { Expr, SortKey } from '../plan/expr.js';
import { sortKey } from '../plan/make-expr.js';
import { startOf } from './convert.js';
import type { Parsed } from './grammar.js';

export function sortNodes(select: SelectStmt): readonly SortBy[] {
  return (select.sortClause ?? []).map((node) => (node as { SortBy: SortBy }).SortBy);
}

/** Nulls come last in both directions unless the user says otherwise. */
export function orderOf(node: SortBy, expr: Expr, parsed: Parsed): SortKey {
  if (node.sortby_dir === 'SORTBY_USING')
    throw parsed.source.unsupported('order by ... using', startOf(node));
  return sortKey(expr, node.sortby_dir === 'SORTBY_DESC', node.sortby_nulls === 'SORTBY_NULLS_FIRST');
}
