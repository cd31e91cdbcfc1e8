/** One SELECT on its way to a plan; the methods follow the order in which its clauses are worked off. */
import type { FuncCall, GroupingFunc, Node, SelectStmt, SortBy, SubLink } from 'libpg-query';
import type { Field, Schema } from '../arrow/schema.js';
import { bind, bindPredicate } from '../plan/bind.js';
import { firstOfEach } from '../plan/build/first-of-each.js';
import { freeName } from '../plan/build/free-name.js';
import { groupingBits, groupingSets } from '../plan/build/grouping-sets.js';
import { innerJoins, type Reduction } from '../plan/build/inner-joins.js';
import { filtered } from '../plan/build/join.js';
import type { Expr, Named, NamedAggregate, SortKey } from '../plan/expr.js';
import { isIdentity } from '../plan/is-identity.js';
import { column, named, sortKey } from '../plan/make-expr.js';
import { aggregate, distinct, explode, filter, project, sort } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { sameExpr } from '../plan/same-expr.js';
import { schemaOf } from '../plan/schema.js';
import { columnsUsed, substitute } from '../plan/walk-expr.js';
import { check, checkList } from './check.js';
import { refuseClauses, wordBefore } from './clauses.js';
import { convert, type Scope } from './convert.js';
import { refuseTwins, wishedName } from './fragments.js';
import { openFrom, relationScope } from './from.js';
import { Grouping, isAggregateStandIn, isStandIn, marks } from './grouping.js';
import { type GroupBy, groupByOf } from './grouping-keys.js';
import { limited } from './limited.js';
import { columnNames } from './names.js';
import type { Common, Outer, Planning } from './planning.js';
import { columnText, findInRelation, missingColumn, type Relation, schemaOfRelation } from './relation.js';
import { located } from './resolve.js';
import { type Item, itemName, selectItems } from './select-items.js';
import { isAll, orderOf, sortNodes } from './sort-nodes.js';
import { startOf } from './start-of.js';
import { type Host, type Inner, membership, type Step, subqueryValue } from './subqueries.js';
import { Windows } from './windows.js';

/** How parts of a query that are queries themselves become plans. */
export interface Queries {
  plan(query: Node, common: Common, outer: Outer | null): Plan;
  open(query: Node, common: Common, outer: Outer): Inner;
}

const supported = [
  ...[
    'distinctClause',
    'fromClause',
    'whereClause',
    'groupClause',
    'havingClause',
    'windowClause',
    'sortClause',
  ],
  ...['limitOffset', 'limitCount', 'withClause'],
] as (keyof SelectStmt)[];

export class Select implements Inner {
  readonly correlated: Expr[] = [];
  readonly #planning: Planning;
  readonly #queries: Queries;
  readonly #select: SelectStmt;
  readonly #common: Common;
  readonly #outer: Outer | null;
  readonly #relation: Relation;
  readonly #rowSchema: Schema;
  readonly #grouping: Grouping;
  readonly #windows: Windows;
  /** Names of columns in the plan. */
  readonly #taken = new Set<string>();
  readonly #conditions: Expr[] = [];
  readonly #reductions: Reduction[] = [];
  /** What subqueries add, by the names of the columns. */
  readonly #steps = new Map<string, Step>();
  /** Columns that are not in the rows of FROM: of subqueries and of the query around. */
  readonly #added: Field[] = [];
  /** Columns of the query around that are named here. */
  readonly #outward: Expr[] = [];
  /** Arguments of grouping(), in the order of their stand-ins. */
  readonly #groupingCalls: (readonly Expr[])[] = [];
  #mayLookOut = false;
  #items: readonly Item[] = [];

  constructor(planning: Planning, queries: Queries, select: SelectStmt, common: Common, outer: Outer | null) {
    const { parsed, places } = planning;
    refuseClauses(parsed, select, supported);
    this.#planning = planning;
    this.#queries = queries;
    this.#select = select;
    this.#common = common;
    this.#outer = outer;
    this.#relation = openFrom(
      {
        planning,
        common,
        taken: this.#taken,
        planOf: (query) => queries.plan(query, common, null),
        scopeOver: (relation) => relationScope(planning, relation, 'on'),
      },
      select.fromClause ?? [],
    );
    this.#rowSchema = schemaOfRelation(this.#relation);
    this.#grouping = new Grouping(
      parsed.source,
      places,
      () => this.#schema(),
      (name) => columnText(this.#relation, name),
    );
    this.#windows = new Windows(parsed, select.windowClause ?? []);
    if (select.whereClause) this.#where(select.whereClause);
  }

  plan(): Plan {
    const { targetList = [], havingClause, fromClause, distinctClause } = this.#select;
    const { source } = this.#parsed;
    const scope = this.#scope(this.#rowAggregates);
    this.#items = selectItems(this.#parsed, targetList, this.#relation, scope);
    if (this.#items.length === 0) {
      throw source.error(
        'a select list is expected',
        startOf(fromClause) ?? wordBefore(this.#parsed, 'select', undefined),
      );
    }
    refuseTwins(this.#parsed, this.#items, this.#textOf);
    const groupBy = this.#groupBy();
    const having = havingClause ? convert(havingClause, this.#havingScope()) : null;
    const order = sortNodes(this.#select).flatMap((node) =>
      isAll(node.node, this.#parsed)
        ? this.#items.map(({ expr }) => ({ node, expr }))
        : [{ node, expr: this.#sortExpr(node) }],
    );
    const firstOf = (distinctClause ?? [])
      .filter((node) => Object.keys(node).length > 0)
      .map((node) => this.#sortExpr({ node }));
    const outputs = this.#items.map((item) => named(itemName(item, this.#textOf), item.expr));
    const grouped =
      groupBy.keys.length > 0 || groupBy.sets !== null || this.#grouping.used || having !== null;
    if (!grouped) for (const { expr } of outputs) this.#refuseGrouping(expr);
    const groups = grouped ? this.#grouped(groupBy, outputs) : this.#ungrouped();
    const ordered = order.map(({ node, expr }) =>
      orderOf(node, groups.over(expr, startOf(node)), this.#parsed),
    );
    const columns = outputs.map(({ name, expr }, i) => named(name, groups.over(expr, this.#items[i]!.byte)));
    const keys = firstOf.map((expr) => groups.over(expr, undefined));
    const predicate = having && groups.over(having, this.#planning.places.get(having));
    const windowed = this.#windows.exprsOf().map((expr) => groups.over(expr, undefined));
    const looked = [
      ...columns.map(({ expr }) => expr),
      ...ordered.map(({ expr }) => expr),
      ...keys,
      ...windowed,
    ];
    const attached = this.#attach(groups.plan, predicate ? [predicate, ...looked] : looked, groups.over);
    const kept = predicate ? this.#having(attached, predicate) : attached;
    const { plan, over } = this.#withWindows(kept, groups.over);
    const exprOf = (expr: Expr): Expr => {
      const final = over(expr);
      check(final, schemaOf(plan), source, this.#planning.places);
      return final;
    };
    return this.#finish(
      plan,
      columns.map(({ name, expr }) => named(name, exprOf(expr))),
      ordered.map((key) => ({ ...key, expr: exprOf(key.expr) })),
      keys.map(exprOf),
    );
  }

  rows(): Plan {
    const { inputs, conditions } = this.#relation;
    return innerJoins(inputs, [...conditions, ...this.#conditions], this.#reductions);
  }

  outward(expr: Expr): Expr {
    return substitute(expr, (name) =>
      name.startsWith(marks.outer) ? this.#outward[Number(name.slice(marks.outer.length))] : undefined,
    );
  }

  values(): readonly Expr[] {
    this.#refuseBeyondRows([]);
    const scope = this.#scope(this.#noAggregates('a subquery that compares with the query around it'));
    return this.#itemExprs(scope);
  }

  aggregated(): {
    readonly aggregates: readonly NamedAggregate[];
    readonly value: Expr;
    readonly rows: Plan;
  } | null {
    this.#refuseBeyondRows(['sortClause']);
    const exprs = this.#itemExprs(this.#scope(this.#rowAggregates));
    if (!this.#grouping.used) return null;
    const [expr, second] = exprs;
    const { source } = this.#parsed;
    if (expr === undefined || second)
      throw source.error('a subquery used as a value gives one column', startOf(this.#select.targetList));
    const rows = this.#attach(this.rows(), this.#grouping.exprsOf(), (same) => same);
    const aggregates = this.#grouping.name(new Set(this.#taken), () => null);
    const value = this.#grouping.overGroups(expr, [], startOf(this.#select.targetList));
    if ([...columnsUsed([value])].some((name) => isStandIn(name)))
      throw source.unsupported(
        'a window function in a correlated subquery',
        startOf(this.#select.targetList),
      );
    return { aggregates, value, rows };
  }

  get #parsed(): Planning['parsed'] {
    return this.#planning.parsed;
  }

  /** The columns that expressions over rows may name. */
  #schema(): Schema {
    return this.#added.length === 0
      ? this.#rowSchema
      : { fields: [...this.#rowSchema.fields, ...this.#added] };
  }

  #where(clause: Node): void {
    const { source } = this.#parsed;
    this.#mayLookOut = true;
    for (const node of conjunctNodes(clause)) {
      const step = this.#membership(node);
      if (step) {
        this.#reduce(step.uses, step.rows, (plan) => step.apply(plan, (expr) => expr));
        continue;
      }
      const part = this.#converted(node, this.#noAggregates('where; use having'));
      this.#check(part);
      const place = this.#planning.places.get(part);
      located(source, place, () => bindPredicate(part, this.#schema(), 'where'));
      this.#sort(part, node);
    }
    this.#mayLookOut = false;
  }

  /** Puts a condition where it is taken up. */
  #sort(part: Expr, node: Node): void {
    const names = [...columnsUsed([part])];
    const attached = names.some((name) => this.#steps.has(name));
    if (names.some((name) => name.startsWith(marks.outer))) {
      if (!attached) this.correlated.push(part);
      else throw this.#parsed.source.unsupported('a subquery compared with the query around', startOf(node));
    } else if (attached) {
      const steps = this.#stepsOf([part]);
      const rows = steps.some((step) => step.rows === null)
        ? null
        : Math.max(...steps.map((step) => step.rows!));
      this.#reduce([part], rows, (plan) => filtered(plan, [part]));
    } else this.#conditions.push(part);
  }

  /** Rows are dropped by `apply`, where the columns and subqueries that it looks at are there. */
  #reduce(uses: readonly Expr[], rows: number | null, apply: (plan: Plan) => Plan): void {
    const steps = this.#stepsOf(uses);
    const looked = columnsUsed([...uses, ...steps.flatMap((step) => step.uses)]);
    const own = new Set([...looked].filter((name) => !this.#steps.has(name) && this.#isOwn(name)));
    this.#reductions.push({
      columns: own,
      rows,
      apply: (plan) => apply(this.#attach(plan, uses, (expr) => expr)),
    });
  }

  #isOwn(name: string): boolean {
    return this.#rowSchema.fields.some((field) => field.name === name);
  }

  #membership(node: Node): Step | null {
    const [link, negated] = linkOf(node);
    if (link === null) return null;
    const { subLinkType } = link;
    if (subLinkType !== 'EXISTS_SUBLINK' && subLinkType !== 'ANY_SUBLINK' && subLinkType !== 'ALL_SUBLINK')
      return null;
    const step = membership(link, negated, this.#host(this.#noAggregates('where; use having')));
    if (step === null) return null;
    if ([...columnsUsed(step.uses)].some((name) => name.startsWith(marks.outer)))
      throw this.#parsed.source.unsupported('a subquery compared with the query around', link.location);
    return step;
  }

  /** The steps whose columns expressions look at, and those that these look at in turn first. */
  #stepsOf(exprs: readonly Expr[]): readonly Step[] {
    const steps = new Set<Step>();
    const visit = (parts: readonly Expr[]): void => {
      for (const name of columnsUsed(parts)) {
        const step = this.#steps.get(name);
        if (step === undefined || steps.has(step)) continue;
        visit(step.uses);
        steps.add(step);
      }
    };
    visit(exprs);
    return [...steps];
  }

  #attach(plan: Plan, exprs: readonly Expr[], over: (expr: Expr, byte?: number) => Expr): Plan {
    return this.#stepsOf(exprs).reduce((input, step) => step.apply(input, (expr) => over(expr)), plan);
  }

  #ungrouped(): Groups {
    return { plan: this.rows(), over: (expr) => expr };
  }

  #grouped({ keys: keyExprs, sets }: GroupBy, outputs: readonly Named[]): Groups {
    for (const expr of keyExprs) this.#check(expr);
    const input = this.#attach(this.rows(), [...keyExprs, ...this.#grouping.exprsOf()], (expr) => expr);
    const taken = new Set(this.#steps.keys());
    const keys = keyExprs.map((expr) => {
      const output = outputs.find((candidate) => sameExpr(candidate.expr, expr));
      const name = freeName(
        output?.name ?? itemName({ alias: null, column: null, expr, unnest: false, byte: 0 }, this.#textOf),
        taken,
      );
      taken.add(name);
      return named(name, expr);
    });
    const set = sets === null ? null : freeName('grouping set', taken);
    if (set !== null) taken.add(set);
    const aggregates = this.#grouping.name(taken, (standIn) => wishedName(this.#items, standIn));
    const plan =
      set === null
        ? aggregate(input, keys, aggregates)
        : groupingSets(input, { keys, sets: sets!, aggregates, set });
    const isAttached = (name: string): boolean => this.#steps.has(name) || !this.#isOwn(name);
    const bits = this.#groupingCalls.map((args) => this.#groupingBits(args, keyExprs, sets, set));
    const over = (expr: Expr, byte?: number): Expr =>
      withReplaced(
        this.#grouping.overGroups(expr, keys, byte, isAttached),
        marks.grouping,
        bits,
        this.#planning.places,
      );
    return { plan, over };
  }

  /** `grouping(a, b)` over the groups. */
  #groupingBits(
    args: readonly Expr[],
    keys: readonly Expr[],
    sets: GroupBy['sets'],
    set: string | null,
  ): Expr {
    const positions = args.map((arg) => keys.findIndex((key) => sameExpr(key, arg)));
    const missing = args[positions.indexOf(-1)];
    if (missing)
      throw this.#parsed.source.error(
        'grouping() takes expressions of group by',
        this.#planning.places.get(missing),
      );
    return groupingBits(positions, sets ?? [keys.map((_, i) => i)], column(set ?? ''));
  }

  #refuseGrouping(expr: Expr): void {
    const used = [...columnsUsed([expr])].some((name) => name.startsWith(marks.grouping));
    if (used) throw this.#parsed.source.error('grouping() needs group by', this.#planning.places.get(expr));
  }

  #having(plan: Plan, predicate: Expr): Plan {
    const { source } = this.#parsed;
    check(predicate, schemaOf(plan), source, this.#planning.places);
    const place = this.#planning.places.get(predicate) ?? startOf(this.#select.havingClause);
    located(source, place, () => bindPredicate(predicate, schemaOf(plan), 'having'));
    return filter(plan, predicate);
  }

  #withWindows(input: Plan, over: Groups['over']): Groups {
    if (!this.#windows.used) return { plan: input, over: (expr) => expr };
    const { plan, names } = this.#windows.build(input, over, (standIn) => wishedName(this.#items, standIn));
    return {
      plan,
      over: (expr) =>
        mappedIn(expr, this.#planning.places, (name) => {
          const found = names.get(name);
          return found === undefined ? undefined : column(found);
        }),
    };
  }

  /** What all queries end with: the columns wanted, distinct, order, limit. */
  #finish(input: Plan, columns: readonly Named[], keys: readonly SortKey[], firstOf: readonly Expr[]): Plan {
    const { distinctClause } = this.#select;
    if (firstOf.length > 0) {
      const first = firstOfEach(input, firstOf, keys);
      const rows = project(keys.length === 0 ? first : sort(first, keys), columns);
      return this.#limited(this.#unnested(rows, columns));
    }
    const wanted = (plan: Plan): Plan => {
      const projected = isIdentity(columns, schemaOf(plan)) ? plan : project(plan, columns);
      const rows = this.#unnested(projected, columns);
      return distinctClause ? distinct(rows) : rows;
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

  #unnested(plan: Plan, columns: readonly Named[]): Plan {
    const { source } = this.#parsed;
    const [index = -1, second] = this.#items.flatMap((item, i) => (item.unnest ? [i] : []));
    if (index < 0) return plan;
    if (second !== undefined) throw source.unsupported('a second unnest(...)', this.#items[second]!.byte);
    const { name } = columns[index]!;
    checkList(column(name), schemaOf(plan), source, this.#items[index]!.byte);
    return explode(plan, name);
  }

  #limited(plan: Plan): Plan {
    return limited(plan, this.#select, this.#parsed);
  }

  #groupBy(): GroupBy {
    return groupByOf(this.#select.groupClause ?? [], {
      parsed: this.#parsed,
      all: () => this.#keysOfAll(),
      key: (node) => this.#groupKey(node),
    });
  }

  /** `group by all`: the items without an aggregate. */
  #keysOfAll(): Expr[] {
    return this.#items.map(({ expr }) => expr).filter((expr) => !usesStandIn(expr));
  }

  /** A key is an ordinal, a column, the alias of an item, or an expression. */
  #groupKey(node: Node): Expr {
    const item = this.#itemAt(node, 'group by');
    const expr = item?.expr ?? this.#converted(node, this.#noAggregates('group by'));
    if (!usesStandIn(expr)) return expr;
    const what = [...columnsUsed([expr])].some(isAggregateStandIn) ? 'an aggregate' : 'a window function';
    throw this.#parsed.source.error(`${what} does not belong in group by`, startOf(node));
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

  /** Columns of the tables first; where there is none of the name, the alias of an item once they are known. */
  #scope(aggregates: Scope['aggregate']): Scope {
    const { places } = this.#planning;
    return {
      parsed: this.#parsed,
      places,
      aggregate: aggregates,
      column: (name, qualifier, byte) => this.#column(name, qualifier, byte),
      window: (body, byte) => this.#window(body, byte, aggregates),
      subquery: (link) => subqueryValue(link, this.#host(aggregates)),
      grouping: (body) => this.#groupingCall(body),
    };
  }

  #column(name: string, qualifier: string | null, byte: number): Expr {
    const { source } = this.#parsed;
    const found = findInRelation(this.#relation, name, qualifier, source, byte);
    if (found) return found.expr;
    const item = qualifier === null ? this.#aliased(name) : undefined;
    if (item) return item.expr;
    const outside = this.#outer?.find(name, qualifier, byte);
    if (!outside) throw missingColumn(this.#relation, name, qualifier, source, byte);
    if (!this.#mayLookOut) throw source.unsupported('a column of the query around outside of where', byte);
    const known = this.#outward.findIndex((expr) => sameExpr(expr, outside));
    const index = known >= 0 ? known : this.#outward.push(outside) - 1;
    const standIn = `${marks.outer}${index}`;
    if (known < 0) {
      const { type, nullable } = bind(outside, this.#outer!.schema());
      this.#added.push({ name: standIn, type, nullable });
    }
    return column(standIn);
  }

  #havingScope(): Scope {
    return { ...this.#scope(this.#rowAggregates), window: (_, byte) => this.#refuseWindow(byte) };
  }

  #window(body: FuncCall, byte: number, aggregates: Scope['aggregate']): Expr {
    if (aggregates !== this.#rowAggregates) this.#refuseWindow(byte);
    return this.#windows.add(body, this.#scope(aggregates), marks.window, byte);
  }

  #refuseWindow(byte: number): never {
    throw this.#parsed.source.error(
      'a window function does not belong here; compute it in a subquery: from (select ...)',
      byte,
    );
  }

  #groupingCall(body: GroupingFunc): Expr {
    const args = (body.args ?? []).map((node) => this.#groupKey(node));
    const standIn = `${marks.grouping}${this.#groupingCalls.push(args) - 1}`;
    return column(standIn);
  }

  #host(aggregates: Scope['aggregate']): Host {
    return {
      source: this.#parsed.source,
      fresh: (wish) => {
        const name = freeName(wish, this.#taken);
        this.#taken.add(name);
        return name;
      },
      converted: (node) => {
        const expr = this.#converted(node, aggregates);
        if (!usesStandIn(expr)) this.#check(expr);
        return expr;
      },
      schema: () => this.#schema(),
      open: (query) => this.#queries.open(query, this.#common, this.#asOuter()),
      attach: (step, adds) => {
        for (const field of adds) {
          this.#steps.set(field.name, step);
          this.#added.push(field);
        }
      },
    };
  }

  #asOuter(): Outer {
    const { source } = this.#parsed;
    return {
      find: (name, qualifier, byte) => {
        const found = findInRelation(this.#relation, name, qualifier, source, byte);
        if (found) return found.expr;
        if (!this.#outer?.find(name, qualifier, byte)) return null;
        throw source.unsupported('a subquery that looks beyond the query right around it', byte);
      },
      schema: () => this.#schema(),
    };
  }

  #itemExprs(scope: Scope): readonly Expr[] {
    const items = selectItems(this.#parsed, this.#select.targetList ?? [], this.#relation, scope);
    return items.map(({ expr }) => expr);
  }

  /** Refuses what a subquery that names columns of the query around cannot have. */
  #refuseBeyondRows(allowed: readonly (keyof SelectStmt)[]): void {
    const { source } = this.#parsed;
    const words = {
      groupClause: 'group by',
      havingClause: 'having',
      distinctClause: 'distinct',
      limitCount: 'limit',
      limitOffset: 'offset',
    } as const;
    for (const [clause, word] of Object.entries(words) as [keyof typeof words, string][]) {
      if (this.#select[clause] === undefined || allowed.includes(clause)) continue;
      const byte = wordBefore(this.#parsed, word.split(' ')[0]!, startOf(this.#select[clause]));
      throw source.unsupported(`${word} in a subquery that compares with the query around it`, byte);
    }
  }

  readonly #textOf = (name: string): string =>
    this.#windows.textOf(name, this.#textOf) ?? this.#grouping.textOf(name);

  readonly #rowAggregates: Scope['aggregate'] = (found, byte) => {
    const inner = [...found.args, ...(found.filter ? [found.filter] : [])];
    for (const part of inner) this.#refuseGrouping(part);
    return this.#grouping.add(found, byte);
  };

  #noAggregates(where: string): Scope['aggregate'] {
    return (found, byte) => {
      throw this.#parsed.source.error(
        `the aggregate ${found.aggregate}(...) does not belong in ${where}`,
        byte,
      );
    };
  }

  #check(expr: Expr): void {
    check(expr, this.#schema(), this.#parsed.source, this.#planning.places);
  }
}

/** Rows or groups, and what an expression of the query means over them. */
interface Groups {
  readonly plan: Plan;
  readonly over: (expr: Expr, byte?: number) => Expr;
}

function usesStandIn(expr: Expr): boolean {
  return [...columnsUsed([expr])].some(isStandIn);
}

/** The parts of a condition that must all be true. */
function conjunctNodes(node: Node): readonly Node[] {
  return 'BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR'
    ? (node.BoolExpr.args ?? []).flatMap(conjunctNodes)
    : [node];
}

/** `exists (...)`, `x in (...)`, and whether there is a `not` before it. */
function linkOf(node: Node): readonly [SubLink | null, boolean] {
  if ('SubLink' in node) return [node.SubLink, false];
  if (!('BoolExpr' in node) || node.BoolExpr.boolop !== 'NOT_EXPR') return [null, false];
  const [link, negated] = linkOf(node.BoolExpr.args![0]!);
  return [link, !negated];
}

/** Stand-ins of one kind replaced by what they stand for. */
function withReplaced(expr: Expr, mark: string, by: readonly Expr[], places: WeakMap<Expr, number>): Expr {
  if (by.length === 0) return expr;
  return mappedIn(expr, places, (name) =>
    name.startsWith(mark) ? by[Number(name.slice(mark.length))] : undefined,
  );
}

/** As `substitute`; what comes out begins where what went in did. */
function mappedIn(
  expr: Expr,
  places: WeakMap<Expr, number>,
  replacement: (name: string) => Expr | undefined,
): Expr {
  const mapped = substitute(expr, replacement);
  const place = places.get(expr);
  if (place !== undefined && !places.has(mapped)) places.set(mapped, place);
  return mapped;
}
