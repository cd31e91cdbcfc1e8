/** What FROM gives: the inputs of inner joins that are still to be made, and what their columns are called. */
import type { Schema } from '../arrow/schema.js';
import { bind, unknownColumn } from '../plan/bind.js';
import { freeName } from '../plan/build/free-name.js';
import { namesApart } from '../plan/build/names-apart.js';
import type { Expr } from '../plan/expr.js';
import { column } from '../plan/make-expr.js';
import { didYouMean } from '../plan/near-name.js';
import type { Plan } from '../plan/plan.js';
import { quoteName } from '../plan/quote-name.js';
import { sameExpr } from '../plan/same-expr.js';
import { schemaOf } from '../plan/schema.js';
import type { SqlSource } from './source.js';

export interface Relation {
  /** Joined by all `conditions`; no name is in two of them. */
  readonly inputs: readonly Plan[];
  readonly conditions: readonly Expr[];
  readonly columns: readonly RelationColumn[];
}

export interface RelationColumn {
  /** What it may be qualified with; empty for a column that USING made of two. */
  readonly tables: readonly string[];
  readonly name: string;
  /** Over the columns of the inputs. */
  readonly expr: Expr;
  /** Only found with its table's name: one of the two that USING made one of. */
  readonly hidden: boolean;
}

/** A table under its names; its columns get other names in the plan where one is `taken`, and are taken then. */
export function tableRelation(plan: Plan, tables: readonly string[], taken: Set<string>): Relation {
  const apart = namesApart(taken, plan, (name) => {
    const free = freeName(`${tables[0] ?? 'subquery'}.${name}`, taken);
    taken.add(free);
    return free;
  });
  for (const name of apart.names.values()) taken.add(name);
  const columns = schemaOf(plan).fields.map(({ name }) => ({
    tables,
    name,
    expr: column(apart.names.get(name)!),
    hidden: false,
  }));
  return { inputs: [apart.plan], conditions: [], columns };
}

/** The columns that the expressions of a query may name in its plan. */
export function schemaOfRelation({ inputs }: Relation): Schema {
  return { fields: inputs.flatMap((input) => schemaOf(input).fields) };
}

/** The columns as their user sees them, for errors. */
export function visibleSchema(relation: Relation): Schema {
  const schema = schemaOfRelation(relation);
  return {
    fields: relation.columns
      .filter(({ hidden }) => !hidden)
      .map(({ name, expr }) => {
        const { type, nullable } = bind(expr, schema);
        return { name, type, nullable };
      }),
  };
}

/**
 * The column that a name means: as it is written, else the only one that differs in upper and lower case; null if there
 * is none. `byte` is where the name, or its qualifier, begins.
 */
export function findInRelation(
  relation: Relation,
  name: string,
  qualifier: string | null,
  source: SqlSource,
  byte: number,
): RelationColumn | null {
  const found = columnsNamed(columnsOf(relation, qualifier), name, isQuoted(source, byte, qualifier));
  const [first, second] = found;
  if (first === undefined) return null;
  if (second === undefined) return first;
  const written = new Set(found.map((one) => one.name));
  const owners = new Set(found.map((one) => one.tables[0]));
  if (written.size === found.length && owners.size === 1) {
    const names = [...written].map((each) => `"${each}"`).join(' or ');
    throw source.error(`${name} may be ${names}; write it in double quotes`, byte);
  }
  const choices = found.map((one) => `${quoteName(one.tables[0] ?? '')}.${quoteName(one.name)}`);
  const help =
    new Set(choices).size === choices.length
      ? `it may be ${choices.join(' or ')}`
      : 'give the tables different names with as';
  throw source.error(`${name} is in more than one table; ${help}`, byte);
}

/** Why there is no such column. */
export function missingColumn(
  relation: Relation,
  name: string,
  qualifier: string | null,
  source: SqlSource,
  byte: number,
): Error {
  if (qualifier === null) return source.error(unknownColumn(name, visibleSchema(relation)).message, byte);
  const fields = columnsOf(relation, qualifier).map((one) => one.name);
  if (fields.length > 0) {
    const near = didYouMean(name, fields) || `; columns: ${fields.slice(0, 20).join(', ')}`;
    return source.error(`there is no column "${name}" in ${quoteName(qualifier)}${near}`, byte);
  }
  return unknownTable(relation, qualifier, source, byte);
}

export function unknownTable(relation: Relation, qualifier: string, source: SqlSource, byte: number): Error {
  const tables = [...new Set(relation.columns.flatMap((one) => one.tables))];
  // One letter is as near to another as to any.
  const near = qualifier.length > 2 ? didYouMean(qualifier, tables) : '';
  return source.error(`there is no table ${qualifier} in this query${near}`, byte);
}

/** Those of one table, or those that go without its name. */
export function columnsOf(relation: Relation, qualifier: string | null): readonly RelationColumn[] {
  if (qualifier === null) return relation.columns.filter((one) => !one.hidden);
  const folded = qualifier.toLowerCase();
  return relation.columns.filter((one) => one.tables.some((table) => table.toLowerCase() === folded));
}

export function columnsNamed(
  columns: readonly RelationColumn[],
  name: string,
  quoted: boolean,
): readonly RelationColumn[] {
  const exact = columns.filter((one) => one.name === name);
  if (exact.length > 0 || quoted) return exact;
  const folded = name.toLowerCase();
  return columns.filter((one) => one.name.toLowerCase() === folded);
}

function isQuoted(source: SqlSource, byte: number, qualifier: string | null): boolean {
  const token = source.tokens[source.tokenAt(byte) + (qualifier === null ? 0 : 2)];
  return token?.text.startsWith('"') ?? false;
}

/** How a user would write a column of the plan: with its table where another has the same name. */
export function columnText(relation: Relation, planName: string): string {
  const found = relation.columns.find(({ expr }) => expr.op === 'column' && expr.name === planName);
  if (found === undefined) return quoteName(planName);
  const [table] = found.tables;
  const ambiguous = relation.columns.some(
    (one) => one.name === found.name && !sameExpr(one.expr, found.expr),
  );
  return ambiguous && table !== undefined
    ? `${quoteName(table)}.${quoteName(found.name)}`
    : quoteName(found.name);
}
