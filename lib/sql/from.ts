/** The tables and joins after FROM. */
import type {
  Alias,
  JoinExpr,
  Node,
  RangeFunction,
  RangeSubselect,
  RangeTableSample,
  RangeVar,
} from 'libpg-query';
import { bindPredicate, unknownColumn } from '../plan/bind.js';
import { freeName } from '../plan/build/free-name.js';
import { innerJoins } from '../plan/build/inner-joins.js';
import { joinOn, mergedKey } from '../plan/build/join.js';
import { oneRow } from '../plan/build/values.js';
import { conjuncts } from '../plan/conjuncts.js';
import type { Expr } from '../plan/expr.js';
import { call, column, named } from '../plan/make-expr.js';
import { explode, project, sample } from '../plan/make-plan.js';
import type { JoinKind, Plan } from '../plan/plan.js';
import { schemaOf } from '../plan/schema.js';
import { check, checkList } from './check.js';
import { wordBefore } from './clauses.js';
import { constantNumber } from './constant-number.js';
import { convert, type Scope } from './convert.js';
import type { Parsed } from './grammar.js';
import { nameOf } from './names.js';
import type { Common, Planning } from './planning.js';
import {
  columnsNamed,
  columnsOf,
  findInRelation,
  missingColumn,
  type Relation,
  type RelationColumn,
  schemaOfRelation,
  tableRelation,
  visibleSchema,
} from './relation.js';
import { located } from './resolve.js';
import { rowsOnly } from './rows-only.js';
import { startOf } from './start-of.js';
import { tableName } from './tables.js';

export interface FromContext {
  readonly planning: Planning;
  readonly common: Common;
  /** Names of columns in the plan so far. */
  readonly taken: Set<string>;
  /** The plan of a subquery. */
  planOf(query: Node): Plan;
  /** What names mean in the condition of a join. */
  scopeOver(relation: Relation): Scope;
}

/** Without a table: one row without columns. */
export function openFrom(context: FromContext, items: readonly Node[]): Relation {
  refuseAsof(context.planning.parsed);
  if (items.length === 0) return withoutTable();
  return items.reduce(
    (left: Relation | null, item) =>
      'RangeFunction' in item
        ? unnested(left ?? withoutTable(), item.RangeFunction, item, false, context)
        : left === null
          ? open(item, context)
          : product(left, open(item, context)),
    null,
  )!;
}

const withoutTable = (): Relation => ({ inputs: [oneRow()], conditions: [], columns: [] });

/** The grammar takes the word for the name of the table before it. */
function refuseAsof({ source }: Parsed): void {
  const word = (i: number): string => source.tokens[i]?.text.toLowerCase() ?? '';
  const found = source.tokens.findIndex(
    (_, i) =>
      word(i) === 'asof' &&
      word(i - 1) !== 'as' &&
      (word(i + 1) === 'join' || (/^(left|inner)$/.test(word(i + 1)) && word(i + 2) === 'join')),
  );
  if (found >= 0)
    throw source.error(
      'asof join is not in this SQL; use df.joinAsof, or spillway join --asof',
      source.tokens[found]!.start,
    );
}

function product(left: Relation, right: Relation): Relation {
  return {
    inputs: [...left.inputs, ...right.inputs],
    conditions: [...left.conditions, ...right.conditions],
    columns: [...left.columns, ...right.columns],
  };
}

function open(item: Node, context: FromContext): Relation {
  const { parsed } = context.planning;
  const { source } = parsed;
  const [kind, body] = Object.entries(item)[0]! as [string, never];
  switch (kind) {
    case 'RangeVar':
      return openTable(body, context);
    case 'RangeSubselect': {
      const { subquery, lateral, alias } = body as RangeSubselect;
      if (lateral) throw source.unsupported('lateral', wordBefore(parsed, 'lateral', startOf(item)));
      const tables = alias?.aliasname === undefined ? [] : [alias.aliasname];
      return renamed(tableRelation(context.planOf(subquery!), tables, context.taken), alias, item, context);
    }
    case 'JoinExpr':
      return openJoin(body, item, context);
    case 'RangeTableSample':
      return openSample(body, context);
    default:
      throw source.unsupported(kinds[kind] ?? kind, startOf(item));
  }
}

const kinds: Readonly<Record<string, string>> = {
  RangeFunction: 'a function in from',
  RangeTableFunc: 'XML',
  JsonTable: 'json_table',
};

function openTable(range: RangeVar, context: FromContext): Relation {
  const { planning, common, taken } = context;
  const { alias, relname = '', schemaname } = range;
  const shared = schemaname === undefined ? common.get(relname.toLowerCase()) : undefined;
  const name = tableName(planning.parsed, range);
  const plan = shared ?? planning.opened.get(name);
  if (plan === undefined) throw new Error(`bug: the table ${name} was not opened`);
  const tables =
    alias?.aliasname !== undefined ? [alias.aliasname] : shared ? [name] : [name, shortName(name)];
  return renamed(tableRelation(plan, tables, taken), alias, { RangeVar: range }, context);
}

/** `trips` for `data/trips.csv`. */
function shortName(path: string): string {
  return (path.replace(/\/+$/, '').split('/').at(-1) ?? path).replace(/(?<=.)\..*$/, '');
}

/** `as t(a, b)` renames the first columns. */
function renamed(relation: Relation, alias: Alias | undefined, item: Node, context: FromContext): Relation {
  const names = (alias?.colnames ?? []).map(nameOf);
  if (names.length > relation.columns.length) {
    throw context.planning.parsed.source.error(
      `${alias?.aliasname} is given ${names.length} names of columns, but has ${relation.columns.length}`,
      startOf(item),
    );
  }
  if (names.length === 0) return relation;
  return { ...relation, columns: relation.columns.map((one, i) => ({ ...one, name: names[i] ?? one.name })) };
}

function openSample(body: RangeTableSample, context: FromContext): Relation {
  const { parsed } = context.planning;
  const { source } = parsed;
  const byte = body.location;
  const method = nameOf(body.method?.at(-1)).toLowerCase();
  if (method !== 'bernoulli' && method !== 'system') {
    throw source.error(`there is no way of sampling ${method}; there are bernoulli and system`, byte);
  }
  const [share, second] = body.args ?? [];
  const percent = share && !second ? constantNumber(share) : null;
  if (percent === null || percent < 0 || percent > 100) {
    throw source.error(
      `${method} takes a number from 0 to 100, the percentage of rows`,
      startOf(share) ?? byte,
    );
  }
  const seed = body.repeatable ? constantNumber(body.repeatable) : 0;
  if (seed === null || !Number.isSafeInteger(seed)) {
    throw source.error('repeatable takes a whole number', startOf(body.repeatable));
  }
  const relation = open(body.relation!, context);
  const [input] = relation.inputs;
  return { ...relation, inputs: [sample(input!, { rate: percent / 100, count: null }, seed)] };
}

const joinKinds: Readonly<Record<string, JoinKind>> = {
  JOIN_INNER: 'inner',
  JOIN_LEFT: 'left',
  JOIN_RIGHT: 'right',
  JOIN_FULL: 'full',
};

function openJoin(body: JoinExpr, item: Node, context: FromContext): Relation {
  const { parsed } = context.planning;
  const kind = joinKinds[body.jointype ?? ''];
  if (kind === undefined) throw parsed.source.unsupported(`${body.jointype}`, startOf(item));
  const left = open(body.larg!, context);
  if (body.rarg && 'RangeFunction' in body.rarg && (kind === 'inner' || kind === 'left'))
    return unnestedJoin(left, body.rarg.RangeFunction, kind, body, context);
  const right = open(body.rarg!, context);
  const both = product(left, right);
  const names = mergedNames(body, left, right, context);
  const pairs = names.map((name) => pairOf(name, left, right, item, context));
  const condition = [
    ...pairs.map((pair) => call('eq', pair.left.expr, pair.right.expr)),
    ...(body.quals ? conditionOf(body.quals, both, context) : []),
  ];
  const columns =
    pairs.length === 0 ? both.columns : merged(kind, pairs, both.columns, body.join_using_alias);
  const relation: Relation =
    kind === 'inner'
      ? { ...both, conditions: [...both.conditions, ...condition], columns }
      : { inputs: [joinOn(joinedOf(left), joinedOf(right), kind, condition)], conditions: [], columns };
  if (body.alias === undefined) return relation;
  const tables = [body.alias.aliasname ?? ''];
  const visible = relation.columns.filter((one) => !one.hidden).map((one) => ({ ...one, tables }));
  return renamed({ ...relation, columns: visible }, body.alias, item, context);
}

/** `cross join unnest(t.tags)`; a left join keeps the rows whose list is empty. */
function unnestedJoin(
  left: Relation,
  call: RangeFunction,
  kind: 'inner' | 'left',
  { quals, rarg }: JoinExpr,
  context: FromContext,
): Relation {
  const { source } = context.planning.parsed;
  const rows = unnested(left, call, rarg!, kind === 'left', context);
  if (quals === undefined) return rows;
  const condition = conditionOf(quals, rows, context);
  if (kind === 'inner') return { ...rows, conditions: [...rows.conditions, ...condition] };
  if (condition.every((part) => part.op === 'literal' && part.value === true)) return rows;
  throw source.unsupported('left join unnest(...) on another condition than true', startOf(quals));
}

/** Each row once for each element of a list, which is a column of the tables before it. */
function unnested(
  left: Relation,
  { functions = [], ordinality, alias }: RangeFunction,
  item: Node,
  outer: boolean,
  context: FromContext,
): Relation {
  const { planning, taken } = context;
  const { source } = planning.parsed;
  const [first] = functions as readonly { List?: { items?: Node[] } }[];
  const call = first?.List?.items?.[0];
  const [list, second] = call && 'FuncCall' in call ? (call.FuncCall.args ?? []) : [];
  const isUnnest = call && 'FuncCall' in call && nameOf(call.FuncCall.funcname?.at(-1)) === 'unnest';
  if (!isUnnest || functions.length > 1) throw source.unsupported('a function in from', startOf(item));
  if (ordinality) throw source.unsupported('with ordinality', startOf(item));
  if (!list || second) throw source.error('unnest(...) takes one list', startOf(item));
  const plan = joinedOf(left);
  const expr = convert(list, context.scopeOver(left));
  check(expr, schemaOf(plan), source, planning.places);
  checkList(expr, schemaOf(plan), source, startOf(list));
  const name = alias?.colnames ? nameOf(alias.colnames[0]) : (alias?.aliasname ?? 'unnest');
  const own = freeName(name, taken);
  taken.add(own);
  const columns = schemaOf(plan).fields.map((field) => named(field.name, column(field.name)));
  const rows = explode(project(plan, [...columns, named(own, expr)]), own, outer);
  const element = { tables: [alias?.aliasname ?? 'unnest'], name, expr: column(own), hidden: false };
  return { inputs: [rows], conditions: [], columns: [...left.columns, element] };
}

function joinedOf({ inputs, conditions }: Relation): Plan {
  return innerJoins(inputs, conditions);
}

/** The names after USING; those of both sides for a NATURAL join. */
function mergedNames(
  body: JoinExpr,
  left: Relation,
  right: Relation,
  { planning }: FromContext,
): readonly string[] {
  if (!body.isNatural) return (body.usingClause ?? []).map(nameOf);
  const others = columnsOf(right, null);
  const names = columnsOf(left, null).map((one) => one.name);
  const shared = names.filter((name) => columnsNamed(others, name, false).length > 0);
  if (shared.length > 0) return shared;
  const byte = wordBefore(planning.parsed, 'natural', startOf(body.rarg));
  throw planning.parsed.source.error('the tables of a natural join have no column of the same name', byte);
}

interface Pair {
  readonly name: string;
  readonly left: RelationColumn;
  readonly right: RelationColumn;
}

function pairOf(name: string, left: Relation, right: Relation, item: Node, { planning }: FromContext): Pair {
  const { source } = planning.parsed;
  const words = source.tokens.filter(
    ({ text }) => text.replace(/^"|"$/g, '').toLowerCase() === name.toLowerCase(),
  );
  const byte = words.find(({ start }) => start > (startOf(item) ?? 0))?.start ?? startOf(item) ?? 0;
  const [a, b] = [left, right].map((relation) => {
    const [found, second] = columnsNamed(columnsOf(relation, null), name, false);
    if (found === undefined) throw source.error(unknownColumn(name, visibleSchema(relation)).message, byte);
    if (second === undefined) return found;
    throw source.error(`${name} is in more than one table on one side of the join; compare with on`, byte);
  }) as [RelationColumn, RelationColumn];
  return { name: a.name, left: a, right: b };
}

/** A column made of two stands where the left one was; each of the two is still found with its table's name. */
function merged(
  kind: JoinKind,
  pairs: readonly Pair[],
  columns: readonly RelationColumn[],
  alias: Alias | undefined,
): readonly RelationColumn[] {
  const tables = alias?.aliasname === undefined ? [] : [alias.aliasname];
  const hidden = (one: RelationColumn): RelationColumn => ({ ...one, hidden: true });
  return columns.flatMap((one): readonly RelationColumn[] => {
    if (pairs.some(({ right }) => right === one)) return [hidden(one)];
    const pair = pairs.find(({ left }) => left === one);
    if (pair === undefined) return [one];
    const expr = mergedKey(kind, one.expr, pair.right.expr);
    return [{ tables, name: pair.name, expr, hidden: false }, hidden(one)];
  });
}

function conditionOf(node: Node, relation: Relation, context: FromContext): readonly Expr[] {
  const { parsed, places } = context.planning;
  const condition = convert(node, context.scopeOver(relation));
  const schema = schemaOfRelation(relation);
  check(condition, schema, parsed.source, places);
  located(parsed.source, places.get(condition) ?? startOf(node), () =>
    bindPredicate(condition, schema, 'on'),
  );
  return conjuncts(condition);
}

/** A scope in which names are those of a relation, and nothing but rows can be looked at. */
export function relationScope(planning: Planning, relation: Relation, where: string): Scope {
  const { source } = planning.parsed;
  return {
    parsed: planning.parsed,
    places: planning.places,
    ...rowsOnly(source, where),
    column(name, qualifier, byte) {
      const found = findInRelation(relation, name, qualifier, source, byte);
      if (found === null) throw missingColumn(relation, name, qualifier, source, byte);
      return found.expr;
    },
  };
}
