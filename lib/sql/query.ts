/** A SELECT over one table as a plan. */
import type { Node, RangeSubselect, RangeVar, SelectStmt, SortBy } from 'libpg-query';
import type { Schema } from '../arrow/schema.js';
import { bindPredicate } from '../plan/bind.js';
import { freeName } from '../plan/build/free-name.js';
import type { Expr, Named, SortKey } from '../plan/expr.js';
import { isIdentity } from '../plan/is-identity.js';
import { column, named, sortKey } from '../plan/make-expr.js';
import { aggregate, allRows, distinct, filter, limit, project, sort } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { sameExpr } from '../plan/same-expr.js';
import { schemaOf } from '../plan/schema.js';
import { columnsUsed } from '../plan/walk-expr.js';
import { check } from './check.js';
import { refuseClauses, selectOf, wordBefore } from './clauses.js';
import { convert, type Scope, startOf } from './convert.js';
import { refuseTwins, wishedName } from './fragments.js';
import { type Parsed, parseStatement } from './grammar.js';
import { Grouping, isStandIn } from './grouping.js';
import { columnNames, writtenName } from './names.js';
import { findColumn, located, resolveColumn } from './resolve.js';
import { type Item, itemName, selectItems } from './select-items.js';
import { isAll, orderOf, sortNodes } from './sort-nodes.js';

/** Opens what is named after FROM, at that character of the text. */
export type OpenTable = (name: string, position: number) => Promise<Plan>;

export async function parseQuery(sql: string, openTable: OpenTable): Promise<Plan> {
  const parsed = await parseStatement(sql, '', 'a query');
  return planSelect(parsed, selectOf(parsed), openTable);
}

const supported = [
  ...['distinctClause', 'fromClause', 'whereClause', 'groupClause', 'havingClause', 'sortClause'],
  ...['limitOffset', 'limitCount'],
] as (keyof SelectStmt)[];

async function planSelect(parsed: Parsed, select: SelectStmt, openTable: OpenTable): Promise<Plan> {
  refuseClauses(parsed, select, supported);
  const table = await openFrom(parsed, select, openTable);
  const query = new Query(parsed, select, table);
  return query.plan();
}

interface Table {
  readonly plan: Plan;
  /** What columns may be qualified with. */
  readonly name: string;
}

async function openFrom(parsed: Parsed, select: SelectStmt, openTable: OpenTable): Promise<Table> {
  const { source } = parsed;
  const [from, second] = select.fromClause ?? [];
  if (!from) {
    throw source.error(
      'a query without from is not supported yet; name a file: from "trips.csv"',
      startOf(select) ?? 0,
    );
  }
  if (second) throw source.unsupported('a second table in from', startOf(second) ?? startOf(from));
  const [kind, body] = Object.entries(from)[0]! as [string, object];
  const alias = (body as RangeVar).alias;
  if (alias?.colnames) throw source.unsupported('a list of columns after the name of a table', startOf(from));
  if (kind === 'RangeSubselect') {
    const { subquery, lateral } = body as RangeSubselect;
    if (lateral) throw source.unsupported('lateral', wordBefore(parsed, 'lateral', startOf(from)));
    const inner = selectOf(parsed, subquery);
    return { plan: await planSelect(parsed, inner, openTable), name: alias?.aliasname ?? '' };
  }
  if (kind !== 'RangeVar') throw source.unsupported(fromNames[kind] ?? kind, startOf(from));
  const { relname, schemaname, location = 0, inh } = body as RangeVar;
  if (schemaname !== undefined) {
    const name = `${schemaname}.${relname}`;
    throw source.error(`a file is named in double quotes: from "${name}"`, location);
  }
  if (!inh) throw source.unsupported('from only', location);
  const name = writtenName(source.tokens[source.tokenAt(location)]?.text, relname ?? '');
  const position = source.characterAt(location);
  return { plan: await openTable(name, position), name: alias?.aliasname ?? name };
}

const fromNames: Readonly<Record<string, string>> = {
  JoinExpr: 'a join',
  RangeFunction: 'a function in from',
  RangeTableSample: 'tablesample',
  RangeTableFunc: 'XML',
  JsonTable: 'json_table',
};

/** One SELECT on its way to a plan; the methods follow the order in which its clauses are worked off. */
class Query {
  readonly #parsed: Parsed;
  readonly #select: SelectStmt;
  readonly #table: Table;
  readonly #schema: Schema;
  readonly #places = new WeakMap<Expr, number>();
  readonly #grouping: Grouping;
  #items: readonly Item[] = [];

  constructor(parsed: Parsed, select: SelectStmt, table: Table) {
    this.#parsed = parsed;
    this.#select = select;
    this.#table = table;
    this.#schema = schemaOf(table.plan);
    this.#grouping = new Grouping(parsed.source, this.#places, this.#schema);
  }

  plan(): Plan {
    const { targetList = [], havingClause, whereClause } = this.#select;
    const filtered = whereClause ? this.#where(whereClause) : this.#table.plan;
    this.#items = selectItems(this.#parsed, targetList, this.#schema, this.#scope(this.#rowAggregates));
    if (this.#items.length === 0) {
      throw this.#parsed.source.error('a select list is expected', startOf(this.#select.fromClause));
    }
    refuseTwins(this.#parsed, this.#items, this.#grouping.textOf);
    const keyExprs = (this.#select.groupClause ?? []).flatMap((node) =>
      isAll(node, this.#parsed) ? this.#keysOfAll() : [this.#groupKey(node)],
    );
    const having = havingClause ? this.#converted(havingClause, this.#rowAggregates) : null;
    const order = sortNodes(this.#select).flatMap((node) =>
      isAll(node.node, this.#parsed)
        ? this.#items.map(({ expr }) => ({ node, expr }))
        : [{ node, expr: this.#sortExpr(node) }],
    );
    const outputs = this.#items.map((item) => named(itemName(item, this.#grouping.textOf), item.expr));
    if (keyExprs.length > 0 || this.#grouping.used || having) {
      return this.#grouped(filtered, keyExprs, having, outputs, order);
    }
    const sortKeys = order.map(({ node, expr }) => orderOf(node, expr, this.#parsed));
    for (const { expr } of [...outputs, ...sortKeys]) this.#check(expr);
    return this.#finish(filtered, outputs, sortKeys);
  }

  #where(node: Node): Plan {
    const predicate = this.#converted(node, this.#noAggregates('where; use having'));
    this.#check(predicate);
    const place = this.#places.get(predicate);
    located(this.#parsed.source, place, () => bindPredicate(predicate, this.#schema, 'where'));
    return filter(this.#table.plan, predicate);
  }

  #grouped(
    input: Plan,
    keyExprs: readonly Expr[],
    having: Expr | null,
    outputs: readonly Named[],
    order: readonly { node: SortBy; expr: Expr }[],
  ): Plan {
    const { source } = this.#parsed;
    for (const expr of keyExprs) this.#check(expr);
    const taken = new Set<string>();
    const keys = keyExprs.map((expr) => {
      const output = outputs.find((candidate) => sameExpr(candidate.expr, expr));
      const name = freeName(output?.name ?? itemName({ alias: null, expr, byte: 0 }), taken);
      taken.add(name);
      return named(name, expr);
    });
    const aggregates = this.#grouping.name(taken, (standIn) => wishedName(this.#items, standIn));
    const groups = aggregate(input, keys, aggregates);
    const over = (expr: Expr, byte?: number): Expr => this.#grouping.overGroups(expr, keys, byte);
    const columns = outputs.map(({ name, expr }, i) => named(name, over(expr, this.#items[i]!.byte)));
    const sortKeys = order.map(({ node, expr }) => orderOf(node, over(expr, startOf(node)), this.#parsed));
    if (having === null) return this.#finish(groups, columns, sortKeys);
    const predicate = over(having, this.#places.get(having));
    const place = this.#places.get(having);
    located(source, place, () => bindPredicate(predicate, schemaOf(groups), 'having'));
    return this.#finish(filter(groups, predicate), columns, sortKeys);
  }

  /** What all queries end with: the columns wanted, distinct, order, limit. */
  #finish(input: Plan, columns: readonly Named[], keys: readonly SortKey[]): Plan {
    const { distinctClause } = this.#select;
    if (distinctClause?.some((node) => Object.keys(node).length > 0)) {
      const byte = wordBefore(this.#parsed, 'on', startOf(distinctClause));
      throw this.#parsed.source.unsupported('distinct on (...)', byte);
    }
    const wanted = (plan: Plan): Plan => {
      const projected = isIdentity(columns, schemaOf(plan)) ? plan : project(plan, columns);
      return distinctClause ? distinct(projected) : projected;
    };
    if (keys.length === 0) return this.#limited(wanted(input));
    // Keys that are columns of the result sort it; others may need columns that the result no longer has.
    const resultKeys = keys.map((key) => {
      const output = columns.find((candidate) => sameExpr(candidate.expr, key.expr));
      return output && sortKey(column(output.name), key.descending, key.nullsFirst);
    });
    if (resultKeys.every((key) => key !== undefined)) {
      return this.#limited(sort(wanted(input), resultKeys));
    }
    if (distinctClause) {
      const missing = sortNodes(this.#select)[resultKeys.indexOf(undefined)];
      throw this.#parsed.source.error(
        'with distinct, only columns of the select list can be sorted by',
        startOf(missing),
      );
    }
    return this.#limited(wanted(sort(input, keys)));
  }

  #limited(plan: Plan): Plan {
    const { limitCount, limitOffset, limitOption } = this.#select;
    if (limitOption === 'LIMIT_OPTION_WITH_TIES') {
      throw this.#parsed.source.unsupported('with ties', wordBefore(this.#parsed, 'ties', undefined));
    }
    const count = this.#wholeNumber(limitCount, 'limit') ?? allRows;
    const offset = this.#wholeNumber(limitOffset, 'offset') ?? 0;
    return count === allRows && offset === 0 ? plan : limit(plan, count, offset);
  }

  /** Null where nothing is given, and for `limit all`. */
  #wholeNumber(node: Node | undefined, word: string): number | null {
    if (node === undefined) return null;
    const constant = 'A_Const' in node ? node.A_Const : {};
    if (constant.isnull) return null;
    const value = constant.ival ? (constant.ival.ival ?? 0) : Number(constant.fval?.fval);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw this.#parsed.source.error(`${word} takes a whole number that is not negative`, startOf(node));
  }

  /** `group by all`: the items without an aggregate. */
  #keysOfAll(): Expr[] {
    return this.#items.map(({ expr }) => expr).filter((expr) => ![...columnsUsed([expr])].some(isStandIn));
  }

  /** A key is an ordinal, a column, the alias of an item, or an expression. */
  #groupKey(node: Node): Expr {
    if ('GroupingSet' in node) {
      const kind = String(node.GroupingSet.kind).replace('GROUPING_SET_', '').toLowerCase();
      const what = kind === 'sets' ? 'grouping sets' : kind === 'empty' ? 'group by ()' : kind;
      throw this.#parsed.source.unsupported(what, startOf(node));
    }
    const item = this.#itemAt(node, 'group by');
    const expr = item?.expr ?? this.#converted(node, this.#noAggregates('group by'));
    if (![...columnsUsed([expr])].some(isStandIn)) return expr;
    throw this.#parsed.source.error('an aggregate does not belong in group by', startOf(node));
  }

  /** A key is an ordinal, the alias of an item, a column, or an expression. */
  #sortExpr({ node }: SortBy): Expr {
    const item = node && (this.#itemAt(node, 'order by') ?? this.#itemNamed(node));
    return item ? item.expr : this.#converted(node, this.#rowAggregates);
  }

  #itemAt(node: Node, clause: string): Item | undefined {
    if (!('A_Const' in node)) return undefined;
    const { source } = this.#parsed;
    const { ival, location } = node.A_Const;
    if (!ival) throw source.error(`${clause} a constant makes no sense`, location);
    const item = this.#items[(ival.ival ?? 0) - 1];
    if (item) return item;
    const { length } = this.#items;
    throw source.error(
      `${clause} ${ival.ival ?? 0}: the select list has ${length} column${length === 1 ? '' : 's'}`,
      location,
    );
  }

  /** The item whose alias a bare name is. */
  #itemNamed(node: Node): Item | undefined {
    if (!('ColumnRef' in node)) return undefined;
    const { fields = [], location = 0 } = node.ColumnRef;
    const [name, more] = columnNames(fields, location, this.#parsed.source);
    if (more !== undefined) return undefined;
    return this.#aliased(name!);
  }

  #aliased(name: string): Item | undefined {
    const folded = name.toLowerCase();
    return (
      this.#items.find((item) => item.alias === name) ??
      this.#items.find((item) => item.alias?.toLowerCase() === folded)
    );
  }

  #converted(node: Node | undefined, aggregates: Scope['aggregate']): Expr {
    return convert(node, this.#scope(aggregates));
  }

  /** Columns of the table first; where there is none of the name, the alias of an item once they are known. */
  #scope(aggregates: Scope['aggregate']): Scope {
    const { source } = this.#parsed;
    return {
      parsed: this.#parsed,
      places: this.#places,
      aggregate: aggregates,
      column: (name, qualifier, byte) => {
        if (qualifier !== null && qualifier.toLowerCase() !== this.#table.name.toLowerCase()) {
          throw source.error(`there is no table ${qualifier} in this query`, byte);
        }
        const item = qualifier === null ? this.#aliased(name) : undefined;
        if (item && findColumn(name, this.#schema, source, byte) === null) return item.expr;
        return column(resolveColumn(name, this.#schema, source, byte));
      },
    };
  }

  readonly #rowAggregates: Scope['aggregate'] = (found, byte) => this.#grouping.add(found, byte);

  #noAggregates(where: string): Scope['aggregate'] {
    return (found, byte) => {
      throw this.#parsed.source.error(
        `the aggregate ${found.aggregate}(...) does not belong in ${where}`,
        byte,
      );
    };
  }

  #check(expr: Expr): void {
    check(expr, this.#schema, this.#parsed.source, this.#places);
  }
}
