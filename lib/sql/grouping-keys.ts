/** GROUP BY: keys, and the sets of them that ROLLUP, CUBE and GROUPING SETS make. */
import type { GroupingSet, Node } from 'libpg-query';
import { cube, rollup } from '../plan/build/grouping-sets.js';
import type { Expr } from '../plan/expr.js';
import { sameExpr } from '../plan/same-expr.js';
import type { Parsed } from './grammar.js';
import { isAll } from './sort-nodes.js';
import { startOf } from './start-of.js';

export interface GroupBy {
  readonly keys: readonly Expr[];
  /** Positions of keys; null where all rows are grouped by all keys only. */
  readonly sets: readonly (readonly number[])[] | null;
}

export interface KeyReader {
  readonly parsed: Parsed;
  /** The keys of `group by all`. */
  all(): readonly Expr[];
  key(node: Node): Expr;
}

/** More would be a mistake. */
const mostSets = 4096;

export function groupByOf(clause: readonly Node[], reader: KeyReader): GroupBy {
  if (!clause.some((node) => 'GroupingSet' in node)) {
    const keys = clause.flatMap((node) => (isAll(node, reader.parsed) ? reader.all() : [reader.key(node)]));
    return { keys, sets: null };
  }
  const keys: Expr[] = [];
  const position = (node: Node): number => {
    const expr = reader.key(node);
    const known = keys.findIndex((key) => sameExpr(key, expr));
    return known >= 0 ? known : keys.push(expr) - 1;
  };
  const sets = clause
    .map((node) => setsOf(node, position, reader.parsed))
    .reduce((before, next) => {
      if (before.length * next.length > mostSets)
        throw reader.parsed.source.error(
          `group by makes more than ${mostSets} sets of keys`,
          startOf(clause),
        );
      return before.flatMap((left) => next.map((right) => [...left, ...right]));
    });
  return { keys, sets: sets.map((set) => [...new Set(set)]) };
}

/** A key alone is one set of one; sets beside each other are combined each with each. */
function setsOf(node: Node, position: (node: Node) => number, parsed: Parsed): number[][] {
  if (!('GroupingSet' in node)) return [membersOf(node, position)];
  const { kind, content = [], location } = node.GroupingSet as GroupingSet;
  if ((kind === 'GROUPING_SET_CUBE' && content.length > 12) || content.length > mostSets)
    throw parsed.source.error(`group by makes more than ${mostSets} sets of keys`, location);
  switch (kind) {
    case 'GROUPING_SET_EMPTY':
      return [[]];
    case 'GROUPING_SET_ROLLUP':
      return rollup(content.map((each) => membersOf(each, position)));
    case 'GROUPING_SET_CUBE':
      return cube(content.map((each) => membersOf(each, position)));
    case 'GROUPING_SET_SETS':
      return content.flatMap((each) => setsOf(each, position, parsed));
    default:
      throw parsed.source.unsupported(String(kind), location);
  }
}

/** `(a, b)` is one member of a rollup. */
function membersOf(node: Node, position: (node: Node) => number): number[] {
  return 'RowExpr' in node ? (node.RowExpr.args ?? []).map(position) : [position(node)];
}
