/** Parts of a query on their own, as flags and verbs take them: --where, --select, --by, --agg. */
import type { Node } from 'libpg-query';
import type { Schema } from '../arrow/schema.js';
import { queryError, SpillwayError } from '../errors.js';
import { bindPredicate } from '../plan/bind.js';
import type { Expr, Named, NamedAggregate, SortKey } from '../plan/expr.js';
import { column, named } from '../plan/make-expr.js';
import { quoteName } from '../plan/quote-name.js';
import { noFunctions, type Registry } from '../plan/registry.js';
import { sameExpr } from '../plan/same-expr.js';
import { twoColumnsNamed } from '../plan/schema.js';
import { check } from './check.js';
import { refuseClauses, selectOf } from './clauses.js';
import { convert, type Scope } from './convert.js';
import { type Parsed, parseStatement } from './grammar.js';
import { Grouping } from './grouping.js';
import type { Relation } from './relation.js';
import { located, resolveColumn } from './resolve.js';
import { rowsOnly } from './rows-only.js';
import { type Item, itemName, selectItems } from './select-items.js';
import { isAll, orderOf, sortNodes } from './sort-nodes.js';
import { startOf } from './start-of.js';

/**
 * With a schema, names are resolved (`DELAY` finds the column delay) and types checked, and errors point at
 * the culprit; without one, names are taken as they are written.
 */
export async function parseExpression(
  text: string,
  schema: Schema | null = null,
  functions: Registry = noFunctions,
): Promise<Expr> {
  const what = 'an expression';
  const parsed = await parseStatement(text, 'select ', what, functions);
  const targets = targetsOf(parsed, what);
  const scope = rowScope(parsed, schema, what);
  const [item, second] = itemsOf(parsed, targets, null, scope);
  if (second) throw parsed.source.error('one expression is expected, but here is a second', second.byte);
  if (item!.alias !== null)
    throw parsed.source.error(`${what} takes no name (as ${item!.alias})`, item!.byte);
  return checked(parsed, item!.expr, schema, scope);
}

/** As `parseExpression`, for a condition: it must be true or false. */
export async function parseCondition(
  text: string,
  schema: Schema,
  functions: Registry = noFunctions,
): Promise<Expr> {
  const expr = await parseExpression(text, schema, functions);
  const start = text.length - text.trimStart().length;
  try {
    bindPredicate(expr, schema, 'the condition');
  } catch (error) {
    throw error instanceof SpillwayError ? queryError(error.message, { sql: text, character: start }) : error;
  }
  return expr;
}

/** `origin, delay * 2 as d, *`; the star takes a schema. Columns without a name are named by their text. */
export async function parseSelectList(
  text: string,
  schema: Schema | null = null,
  functions: Registry = noFunctions,
): Promise<Named[]> {
  return parseList(text, 'a select list', schema, schema, functions);
}

/** `origin, lower(carrier) as carrier` */
export async function parseGroupKeys(
  text: string,
  schema: Schema | null = null,
  functions: Registry = noFunctions,
): Promise<Named[]> {
  return parseList(text, 'a list of keys', schema, null, functions);
}

/** `delay desc nulls first, origin` */
export async function parseSortKeys(
  text: string,
  schema: Schema | null = null,
  functions: Registry = noFunctions,
): Promise<SortKey[]> {
  const what = 'a list of sort keys';
  const parsed = await parseStatement(text, 'select order by ', what, functions);
  const select = selectOf(parsed);
  refuseClauses(parsed, select, ['sortClause'], what);
  const scope = rowScope(parsed, schema, what);
  return sortNodes(select).flatMap((node) => {
    if (isAll(node.node, parsed)) {
      if (schema === null)
        throw parsed.source.error('all does not belong here; name the columns', startOf(node));
      return schema.fields.map((field) => orderOf(node, column(field.name), parsed));
    }
    const expr = checked(parsed, convert(node.node, scope), schema, scope);
    return orderOf(node, expr, parsed);
  });
}

export interface Aggregates {
  readonly aggregates: readonly NamedAggregate[];
  /** What is wanted, over the columns of the aggregates and keys: `max(x) - min(x) as range`. */
  readonly columns: readonly Named[];
}

/**
 * `count(*) as n, max(x) - min(x) as range`. The keys of the groups may be used in expressions. The whole is
 * project(aggregate(input, keys, aggregates), [...keys, ...columns]).
 */
export async function parseAggregates(
  text: string,
  schema: Schema | null = null,
  keys: readonly Named[] = [],
  functions: Registry = noFunctions,
): Promise<Aggregates> {
  const what = 'a list of aggregates';
  const parsed = await parseStatement(text, 'select ', what, functions);
  const targets = targetsOf(parsed, what);
  const rows = rowScope(parsed, schema, what);
  const grouping = new Grouping(parsed.source, rows.places, () => schema);
  const scope: Scope = { ...rows, aggregate: (found, byte) => grouping.add(found, byte) };
  const items = itemsOf(parsed, targets, null, scope);
  const keyNames = new Set(keys.map((key) => key.name));
  refuseKeys(parsed, items, keys);
  refuseTwins(parsed, items, grouping.textOf, keyNames);
  const aggregates = grouping.name(keyNames, (standIn) => wishedName(items, standIn));
  const columns = items.map((item) =>
    named(itemName(item, grouping.textOf), grouping.overGroups(item.expr, keys, item.byte)),
  );
  return { aggregates, columns };
}

/** A key comes out before the aggregates, whether it is among them or not. */
function refuseKeys({ source }: Parsed, items: readonly Item[], keys: readonly Named[]): void {
  const item = items.find(
    ({ expr, alias }) =>
      alias === null &&
      keys.some(
        (key) =>
          sameExpr(key.expr, expr) &&
          key.name === itemName({ expr, alias, column: null, unnest: false, byte: 0 }),
      ),
  );
  if (item)
    throw source.error(
      `${quoteName(itemName(item))} is a key and comes out anyway; leave it out here`,
      item.byte,
    );
}

/** The name that the user gives to an aggregate that is an item of its own. */
export function wishedName(items: readonly Item[], standIn: string): string | null {
  const item = items.find(({ expr }) => expr.op === 'column' && expr.name === standIn);
  return item?.alias ?? null;
}

/** Refuses two columns of one name. */
export function refuseTwins(
  parsed: Parsed,
  items: readonly Item[],
  columnText?: (name: string) => string,
  taken: ReadonlySet<string> = new Set(),
): void {
  const names = new Set(taken);
  for (const item of items) {
    const name = itemName(item, columnText);
    located(parsed.source, item.byte, () => {
      if (names.has(name)) throw twoColumnsNamed(name);
    });
    names.add(name);
  }
}

async function parseList(
  text: string,
  what: string,
  schema: Schema | null,
  starSchema: Schema | null,
  functions: Registry,
): Promise<Named[]> {
  const parsed = await parseStatement(text, 'select ', what, functions);
  const targets = targetsOf(parsed, what);
  const scope = rowScope(parsed, schema, what);
  const items = itemsOf(parsed, targets, starSchema && relationOf(starSchema), scope);
  refuseTwins(parsed, items);
  if (starSchema === null) refuseConstants(parsed, items);
  return items.map((item) => named(itemName(item), checked(parsed, item.expr, schema, scope)));
}

/** As `selectItems`, of rows that stay as many as they are. */
function itemsOf(...args: Parameters<typeof selectItems>): readonly Item[] {
  const items = selectItems(...args);
  const odd = items.find(({ unnest }) => unnest);
  if (odd) throw args[0].source.error('unnest(...) belongs in a query; here, explode does it', odd.byte);
  return items;
}

/** The columns that a star stands for. */
function relationOf({ fields }: Schema): Relation {
  const columns = fields.map(({ name }) => ({ tables: [], name, expr: column(name), hidden: false }));
  return { inputs: [], conditions: [], columns };
}

/** One group for all rows is no wish: `1` is meant as the first of a list that is not there. */
function refuseConstants({ source }: Parsed, items: readonly Item[]): void {
  const item = items.find(({ expr, alias }) => expr.op === 'literal' && alias === null);
  if (item) throw source.error('a constant is no key; name a column', item.byte);
}

function targetsOf(parsed: Parsed, what: string): readonly Node[] {
  const select = selectOf(parsed);
  refuseClauses(parsed, select, [], what);
  const targets = select.targetList ?? [];
  if (targets.length === 0) throw parsed.source.errorAt(`${what} is expected, but the text is empty`, 0);
  return targets;
}

/** Names are columns of one schema; there is nothing but rows. */
export function rowScope(parsed: Parsed, schema: Schema | null, what: string): Scope {
  const { source } = parsed;
  return {
    parsed,
    places: new WeakMap(),
    ...rowsOnly(source, what),
    column(name, qualifier, byte) {
      if (qualifier !== null)
        throw source.error(`there is no table ${qualifier} here; write ${quoteName(name)}`, byte);
      return column(resolveColumn(name, schema, source, byte));
    },
  };
}

function checked(parsed: Parsed, expr: Expr, schema: Schema | null, scope: Scope): Expr {
  if (schema !== null) check(expr, schema, parsed.source, scope.places);
  return expr;
}
