/**
 * Subqueries in expressions, as joins. A subquery that stands for a value becomes columns that a join adds to every row;
 * one that rows must be in, or must not be in, becomes a semi or an anti join:
 *
 *     x = (select max(y) from u)                     cross join with one row
 *     x = (select max(y) from u where u.k = t.k)     left join on k with max(y) by k; where nothing matches, count is 0
 *     x in (select y from u), exists (...)           semi join
 *     x not in (select y from u)                     anti join; nothing at all is left where x or a y is null
 *     x in (...) or ..., select exists (...)         left join with the distinct values, and a column that says true
 *
 * A subquery may compare columns of the query around it in its own WHERE, with = where the join needs keys.
 */
import type { Node, SubLink } from 'libpg-query';
import type { Field, Schema } from '../arrow/schema.js';
import { bool, typeName } from '../arrow/types.js';
import { commonType } from '../kernels/signature.js';
import { bind } from '../plan/bind.js';
import { bindAggregate } from '../plan/bind-aggregate.js';
import { columnNames } from '../plan/build/names-apart.js';
import { splitCondition } from '../plan/build/split-condition.js';
import { conjunction } from '../plan/conjuncts.js';
import { estimateRows } from '../plan/estimate.js';
import type { ColumnExpr, Expr, NamedAggregate } from '../plan/expr.js';
import {
  call,
  caseOf,
  column,
  falseLiteral,
  integer,
  literal,
  named,
  trueLiteral,
} from '../plan/make-expr.js';
import { aggregate, distinct, filter, join, limit, project } from '../plan/make-plan.js';
import type { JoinKey, Plan } from '../plan/plan.js';
import { schemaOf } from '../plan/schema.js';
import { columnsUsed, substitute } from '../plan/walk-expr.js';
import { nameOf } from './names.js';
import { located } from './resolve.js';
import type { SqlSource } from './source.js';

/** What is done to the rows of the query around: columns are added, or rows are dropped. */
export interface Step {
  /** Expressions of the query around that it takes. */
  readonly uses: readonly Expr[];
  /** Of what it joins with. */
  readonly rows: number | null;
  /** `over` says what an expression of the query around means in `plan`. */
  apply(plan: Plan, over: (expr: Expr) => Expr): Plan;
}

/** The query around, where the subquery stands. */
export interface Host {
  readonly source: SqlSource;
  /** A name that no column has. */
  fresh(wish: string): string;
  /** An expression beside the subquery. */
  converted(node: Node | undefined): Expr;
  /** The columns that converted expressions may name. */
  schema(): Schema;
  open(query: Node): Inner;
  /** Sees to it that a step is taken before its columns are looked at. */
  attach(step: Step, adds: readonly Field[]): void;
}

/** A subquery. */
export interface Inner {
  /** The conditions of its WHERE that name columns of the query around, by stand-ins. */
  readonly correlated: readonly Expr[];
  /** Stand-ins as what they stand for. */
  outward(expr: Expr): Expr;
  /** The whole of it, where it names nothing of the query around. */
  plan(): Plan;
  /** The rows where its other conditions hold, before its select list. */
  rows(): Plan;
  /** Its select list over `rows`; refuses what is more than rows picked. */
  values(): readonly Expr[];
  /** Its one column over `groups`, where that is made of aggregates; null where it is made of rows. */
  aggregated(): {
    readonly aggregates: readonly NamedAggregate[];
    readonly value: Expr;
    readonly rows: Plan;
  } | null;
}

/** `exists (...)`, `x in (...)`, `x not in (...)` as a condition of its own; null where it is better taken as a value. */
export function membership(link: SubLink, negated: boolean, host: Host): Step | null {
  if (link.subLinkType === 'EXISTS_SUBLINK') {
    const inner = host.open(link.subselect!);
    if (inner.correlated.length === 0) return null;
    return matching(negated ? 'anti' : 'semi', correlate(inner, [], host), [], link, host);
  }
  const not = notIn(link);
  if (not === null) return null;
  const inner = host.open(link.subselect!);
  const tests = testsOf(link, host);
  const negative = negated !== not;
  if (inner.correlated.length === 0) {
    const { plan, columns } = renamed(inner.plan(), host);
    checkWidth(tests, columns, link, host.source);
    checkTypes(tests, schemaOf(plan).fields, link, host);
    const on = tests.map((left, i) => ({ left, right: column(columns[i]!) }));
    return negative
      ? notInAny(on, plan, link, host)
      : matching('semi', { ...nothing, right: plan }, on, link, host);
  }
  const values = inner.values();
  checkWidth(tests, values, link, host.source);
  const correlation = correlate(inner, values, host);
  checkTypes(tests, fieldsOf(correlation.right, correlation.columns), link, host);
  const on = tests.map((left, i) => ({ left, right: column(correlation.columns[i]!) }));
  if (!negative) return matching('semi', correlation, on, link, host);
  // Null is not among others, nor is anything among nulls, so what is not false forbids the row.
  const same = conjunction(on.map(({ left, right }) => call('eq', left, right)));
  const rest = [...correlation.rest, call('coalesce', same, trueLiteral)];
  return matching('anti', { ...correlation, rest }, [], link, host);
}

/** An expression over columns that are attached. */
export function subqueryValue(link: SubLink, host: Host): Expr {
  const { source } = host;
  const inner = host.open(link.subselect!);
  switch (link.subLinkType) {
    case 'EXPR_SUBLINK':
      return inner.correlated.length === 0
        ? oneValue(inner.plan(), link, host)
        : valueByKey(inner, link, host);
    case 'EXISTS_SUBLINK':
      return inner.correlated.length === 0 ? anyRow(inner.plan(), link, host) : rowByKey(inner, link, host);
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK': {
      const not = notIn(link);
      if (not === null) return comparedWithAll(inner, link, host);
      const found = foundAmong(inner, link, host);
      return not ? call('not', found) : found;
    }
    case 'ARRAY_SUBLINK':
      throw source.unsupported('array (select ...)', link.location);
    default:
      throw source.unsupported('a subquery here', link.location);
  }
}

/** Is it IN (false), NOT IN (true), or another comparison (null)? */
function notIn(link: SubLink): boolean | null {
  const operator = operatorOf(link);
  if (link.subLinkType === 'ANY_SUBLINK' && operator === '=') return false;
  return link.subLinkType === 'ALL_SUBLINK' && operator === '<>' ? true : null;
}

const operatorOf = (link: SubLink): string => (link.operName ? nameOf(link.operName.at(-1)) : '=');

function testsOf({ testexpr }: SubLink, host: Host): readonly Expr[] {
  const nodes = testexpr && 'RowExpr' in testexpr ? (testexpr.RowExpr.args ?? []) : [testexpr];
  return nodes.map((node) => host.converted(node));
}

function checkWidth(
  tests: readonly unknown[],
  columns: readonly unknown[],
  link: SubLink,
  source: SqlSource,
): void {
  if (tests.length === columns.length) return;
  const many = (count: number): string => `${count} column${count === 1 ? '' : 's'}`;
  throw source.error(
    `the subquery must give ${many(tests.length)}, but gives ${many(columns.length)}`,
    link.location,
  );
}

/** Can what is before IN be compared with what the subquery gives? */
function checkTypes(tests: readonly Expr[], values: readonly Field[], link: SubLink, host: Host): void {
  const schema = host.schema();
  values.forEach((field, i) => {
    const own = bind(tests[i]!, schema).type;
    if (commonType([own, field.type]) === null)
      throw host.source.error(
        `cannot compare ${typeName(own)} with the ${typeName(field.type)} of the subquery; cast one`,
        link.location,
      );
  });
}

function fieldsOf(plan: Plan, names: readonly string[]): readonly Field[] {
  const { fields } = schemaOf(plan);
  return names.map((name) => fields.find((field) => field.name === name)!);
}

/** What a correlated subquery is joined by. */
interface Correlation {
  /** Its rows; the names of the columns are fresh. */
  readonly right: Plan;
  readonly on: readonly ColumnKey[];
  /** Conditions over both sides that are no equalities. */
  readonly rest: readonly Expr[];
  /** Where the expressions asked for are. */
  readonly columns: readonly string[];
}

interface ColumnKey {
  readonly left: Expr;
  readonly right: ColumnExpr;
}

const nothing: Omit<Correlation, 'right'> = { on: [], rest: [], columns: [] };

/** `wanted` are expressions over the subquery's rows that come out too. */
function correlate(
  inner: Inner,
  wanted: readonly Expr[],
  host: Host,
  rows: Plan = inner.rows(),
): Correlation {
  const own = new Set(columnNames(rows));
  const split = splitCondition(inner.correlated, own);
  const outputs: { name: string; expr: Expr }[] = [];
  const expose = (expr: Expr, wish: string): string => {
    const name = host.fresh(wish);
    outputs.push(named(name, expr));
    return name;
  };
  const on = split.on.map((key) => ({
    left: inner.outward(key.left),
    right: column(expose(key.right, 'subquery.key')),
  }));
  const columns = wanted.map((expr) => expose(expr, 'subquery.value'));
  const others = [...split.left, ...split.both];
  const seen = new Map(
    [...columnsUsed(others)]
      .filter((name) => own.has(name))
      .map((name) => [name, expose(column(name), `subquery.${name}`)]),
  );
  const rest = others.map((part) =>
    inner.outward(substitute(part, (name) => (seen.has(name) ? column(seen.get(name)!) : undefined))),
  );
  return { right: project(rows, outputs), on, rest, columns };
}

/** A semi or anti join. */
function matching(
  kind: 'semi' | 'anti',
  { right, on, rest }: Correlation,
  more: readonly JoinKey[],
  link: SubLink,
  { source }: Host,
): Step {
  const keys = [...on, ...more];
  return {
    uses: [...keys.map((key) => key.left), ...rest],
    rows: estimateRows(right),
    apply(plan, over) {
      const joined = join(
        plan,
        right,
        kind,
        keys.map((key) => ({ left: over(key.left), right: key.right })),
        rest.length === 0 ? null : over(conjunction(rest)),
      );
      located(source, link.location, () => schemaOf(joined));
      return joined;
    },
  };
}

/** Null is not known to be different from anything: with a null among the values, or as the value, nothing is left. */
function notInAny(on: readonly JoinKey[], values: Plan, link: SubLink, host: Host): Step {
  const anti = matching('anti', { ...nothing, right: values }, on, link, host);
  const schema = host.schema();
  const nullable =
    on.some(({ left }) => bind(left, schema).nullable) ||
    schemaOf(values).fields.some((field) => field.nullable);
  if (!nullable) return anti;
  if (on.length > 1)
    throw host.source.unsupported('not in for several columns that may be null', link.location);
  const [{ left, right }] = on as [JoinKey];
  const [rows, known] = [host.fresh('subquery.rows'), host.fresh('subquery.known')];
  const counts = aggregate(values, [], [counted(rows), { ...counted(known), args: [right] }]);
  return {
    ...anti,
    apply(plan, over) {
      const input = over(left);
      const allKnown = call('and', call('is_not_null', input), call('eq', column(rows), column(known)));
      const possible = filter(
        join(plan, counts, 'cross', []),
        call('or', call('eq', column(rows), integer(0)), allKnown),
      );
      return anti.apply(possible, over);
    },
  };
}

function counted(name: string): NamedAggregate {
  return { name, aggregate: 'count', args: [], distinct: false, filter: null };
}

function aggregated(name: string, of: string, input: Expr): NamedAggregate {
  return { name, aggregate: of, args: [input], distinct: false, filter: null };
}

/** All columns under fresh names. */
function renamed(plan: Plan, host: Host): { readonly plan: Plan; readonly columns: readonly string[] } {
  const outputs = columnNames(plan).map((name) => named(host.fresh(`subquery.${name}`), column(name)));
  return { plan: project(plan, outputs), columns: outputs.map(({ name }) => name) };
}

/** Every row gets the columns of a plan that has one row. */
function attachRow(row: Plan, host: Host): void {
  const step: Step = { uses: [], rows: 1, apply: (plan) => join(plan, row, 'cross', []) };
  host.attach(step, schemaOf(row).fields);
}

/** Every row gets the columns of the one row that has its keys, or nulls. */
function attachByKey(right: Plan, on: readonly JoinKey[], link: SubLink, host: Host): void {
  const step: Step = {
    uses: on.map((key) => key.left),
    rows: estimateRows(right),
    apply(plan, over) {
      const keys = on.map((key) => ({ left: over(key.left), right: key.right }));
      const joined = join(plan, right, 'left', keys);
      located(host.source, link.location, () => schemaOf(joined));
      return joined;
    },
  };
  const fields = schemaOf(right).fields.map((field) => ({ ...field, nullable: true }));
  host.attach(step, fields);
}

function oneValue(plan: Plan, link: SubLink, host: Host): Expr {
  const { fields } = schemaOf(plan);
  checkWidth([link], fields, link, host.source);
  const { name: own } = fields[0]!;
  const name = host.fresh(own);
  if (hasOneRow(plan)) attachRow(project(plan, [named(name, column(own))]), host);
  else {
    // A third row would be no more wrong than a second one.
    const row = aggregate(limit(plan, 2), [], [aggregated('value', 'first', column(own)), counted('rows')]);
    attachRow(project(row, [named(name, call('only', column('rows'), column('value')))]), host);
  }
  return column(name);
}

/** Aggregates without keys. */
function hasOneRow(plan: Plan): boolean {
  if (plan.op === 'project') return hasOneRow(plan.input);
  return plan.op === 'aggregate' && plan.keys.length === 0;
}

function valueByKey(inner: Inner, link: SubLink, host: Host): Expr {
  const groups = inner.aggregated();
  if (groups === null) {
    const values = inner.values();
    checkWidth([link], values, link, host.source);
    const { right, on, columns } = onlyKeys(correlate(inner, values, host), link, host);
    const [name, rows] = [host.fresh('subquery'), 'rows'];
    const keys = on.map((key) => named(key.right.name, key.right));
    const first = aggregated('value', 'first', column(columns[0]!));
    const grouped = aggregate(right, keys, [first, counted(rows)]);
    const row = keys.map((key) => named(key.name, column(key.name)));
    attachByKey(
      project(grouped, [...row, named(name, call('only', column(rows), column('value')))]),
      on,
      link,
      host,
    );
    return column(name);
  }
  const counts = new Set<string>();
  const names = new Map<string, string>();
  const needed = [
    ...columnsUsed(groups.aggregates.flatMap(({ args, filter: only }) => [...args, ...(only ? [only] : [])])),
  ];
  const wanted = needed.map((name) => column(name));
  const { right, on, columns } = onlyKeys(correlate(inner, wanted, host, groups.rows), link, host);
  const moved = new Map(needed.map((name, i) => [name, column(columns[i]!)]));
  const inRight = (expr: Expr): Expr => substitute(expr, (name) => moved.get(name));
  const aggregates = groups.aggregates.map((one) => {
    const name = host.fresh(`subquery.${one.name}`);
    names.set(one.name, name);
    if (!bindAggregate(one, schemaOf(groups.rows)).nullable) counts.add(name);
    return { ...one, name, args: one.args.map(inRight), filter: one.filter && inRight(one.filter) };
  });
  const keys = on.map((key) => named(key.right.name, key.right));
  attachByKey(aggregate(right, keys, aggregates), on, link, host);
  return substitute(groups.value, (own) => {
    const name = names.get(own);
    if (name === undefined) return undefined;
    return counts.has(name) ? call('coalesce', column(name), integer(0)) : column(name);
  });
}

/** A value is found by its keys; other comparisons would need the rows of all. */
function onlyKeys(correlation: Correlation, link: SubLink, { source }: Host): Correlation {
  if (correlation.on.length > 0 && correlation.rest.length === 0) return correlation;
  throw source.error(
    'a subquery used as a value can only compare with the query around it by =; this one is not supported yet',
    link.location,
  );
}

function anyRow(plan: Plan, _: SubLink, host: Host): Expr {
  const rows = host.fresh('subquery.rows');
  attachRow(aggregate(limit(plan, 1), [], [counted(rows)]), host);
  return call('gt', column(rows), integer(0));
}

function rowByKey(inner: Inner, link: SubLink, host: Host): Expr {
  const { right, on } = onlyKeys(correlate(inner, [], host), link, host);
  const found = host.fresh('subquery.found');
  const keys = on.map((key) => named(key.right.name, key.right));
  attachByKey(project(distinct(right), [...keys, named(found, trueLiteral)]), on, link, host);
  return call('is_not_null', column(found));
}

/** IN as a value: true, false, or null where a null is in the way. */
function foundAmong(inner: Inner, link: SubLink, host: Host): Expr {
  const tests = testsOf(link, host);
  if (tests.length > 1)
    throw host.source.unsupported('a row of values in (...) beside other conditions', link.location);
  const [test] = tests as [Expr];
  const outer = inner.correlated.length > 0;
  const correlation = outer ? onlyKeys(correlate(inner, inner.values(), host), link, host) : null;
  const plain = outer ? null : renamed(inner.plan(), host);
  const values = correlation?.right ?? plain!.plan;
  checkWidth(tests, correlation?.columns ?? plain!.columns, link, host.source);
  const value = (correlation?.columns ?? plain!.columns)[0]!;
  checkTypes(tests, fieldsOf(values, [value]), link, host);
  const keyed = (correlation?.on ?? []).map((key) => ({ ...key, name: key.right.name }));
  const [rows, known] = [host.fresh('subquery.rows'), host.fresh('subquery.known')];
  const counts = [counted(rows), aggregated(known, 'count', column(value))];
  if (correlation === null) attachRow(aggregate(values, [], counts), host);
  else {
    const again = keyed.map((key) => ({ ...key, again: host.fresh('subquery.key') }));
    const groups = aggregate(
      values,
      again.map((key) => named(key.again, key.right)),
      counts,
    );
    attachByKey(
      groups,
      again.map((key) => ({ left: key.left, right: column(key.again) })),
      link,
      host,
    );
  }
  const found = host.fresh('subquery.found');
  const marked = project(distinct(values), [
    ...keyed.map((key) => named(key.name, key.right)),
    named(value, column(value)),
    named(found, trueLiteral),
  ]);
  attachByKey(marked, [...keyed, { left: test, right: column(value) }], link, host);
  const empty = call('eq', call('coalesce', column(rows), integer(0)), integer(0));
  const unknown = call('or', call('is_null', test), call('ne', column(rows), column(known)));
  return caseOf(
    [
      { when: empty, then: falseLiteral },
      { when: call('is_not_null', column(found)), then: trueLiteral },
      { when: unknown, then: literal(bool, null) },
    ],
    falseLiteral,
  );
}

const comparisons: Readonly<Record<string, { readonly name: string; readonly any: 'min' | 'max' }>> = {
  '<': { name: 'lt', any: 'max' },
  '<=': { name: 'le', any: 'max' },
  '>': { name: 'gt', any: 'min' },
  '>=': { name: 'ge', any: 'min' },
};

/** `x > any (...)` compares with the least, `x > all (...)` with the greatest; nulls leave open what they could change. */
function comparedWithAll(inner: Inner, link: SubLink, host: Host): Expr {
  const any = link.subLinkType === 'ANY_SUBLINK';
  const word = `${operatorOf(link)} ${any ? 'any' : 'all'} (select ...)`;
  const comparison = comparisons[operatorOf(link)];
  if (comparison === undefined || inner.correlated.length > 0)
    throw host.source.unsupported(
      inner.correlated.length > 0 ? `${word} of a correlated subquery` : word,
      link.location,
    );
  const tests = testsOf(link, host);
  const { plan, columns } = renamed(inner.plan(), host);
  checkWidth(tests, columns, link, host.source);
  const [value] = columns as [string];
  const [rows, known, end] = [
    host.fresh('subquery.rows'),
    host.fresh('subquery.known'),
    host.fresh('subquery.end'),
  ];
  const extreme = any ? comparison.any : comparison.any === 'min' ? 'max' : 'min';
  attachRow(
    aggregate(
      plan,
      [],
      [counted(rows), aggregated(known, 'count', column(value)), aggregated(end, extreme, column(value))],
    ),
    host,
  );
  const holds = call(comparison.name, tests[0]!, column(end));
  const decided = any ? holds : call('not', holds);
  return caseOf(
    [
      { when: call('eq', column(rows), integer(0)), then: any ? falseLiteral : trueLiteral },
      { when: decided, then: any ? trueLiteral : falseLiteral },
      { when: call('ne', column(rows), column(known)), then: literal(bool, null) },
    ],
    holds,
  );
}
