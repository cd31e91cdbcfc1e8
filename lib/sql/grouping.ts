/**
 * Expressions over groups. While they are converted, an aggregate is kept aside and a stand-in column takes its
 * place; `overGroups` then turns what was said about rows into what is said about groups.
 */
import type { Schema } from '../arrow/schema.js';
import { bindAggregate } from '../plan/bind-aggregate.js';
import { freeName } from '../plan/build/free-name.js';
import type { ColumnExpr, Expr, Named, NamedAggregate } from '../plan/expr.js';
import { aggregateText, sortKeyText } from '../plan/expr-text.js';
import { column } from '../plan/make-expr.js';
import { quoteName } from '../plan/quote-name.js';
import { sameExpr } from '../plan/same-expr.js';
import { mapChildren } from '../plan/walk-expr.js';
import { check } from './check.js';
import { located } from './resolve.js';
import type { SqlSource } from './source.js';

type Unnamed = Omit<NamedAggregate, 'name'>;

/** No column is named so: SQL has no zero characters. */
const standIn = '\0';
const mark = `${standIn}a`;

/** What the names of stand-ins for other things than aggregates begin with. */
export const marks = { window: `${standIn}w`, outer: `${standIn}o`, grouping: `${standIn}g` } as const;

export const isStandIn = (name: string): boolean => name.startsWith(standIn);
export const isAggregateStandIn = (name: string): boolean => name.startsWith(mark);

export class Grouping {
  readonly #aggregates: Unnamed[] = [];
  readonly #names: string[] = [];
  readonly #source: SqlSource;
  readonly #places: WeakMap<Expr, number>;

  readonly #schema: () => Schema | null;
  readonly #columnText: (name: string) => string;

  /** With the schema of the rows, types are checked. `columnText` says how the user would write a column. */
  constructor(
    source: SqlSource,
    places: WeakMap<Expr, number>,
    schema: () => Schema | null,
    columnText: (name: string) => string = quoteName,
  ) {
    this.#source = source;
    this.#places = places;
    this.#schema = schema;
    this.#columnText = columnText;
  }

  get used(): boolean {
    return this.#aggregates.length > 0;
  }

  /** What the aggregates look at. */
  exprsOf(): readonly Expr[] {
    return this.#aggregates.flatMap(({ args, filter, orderBy = [] }) => [
      ...args,
      ...(filter === null ? [] : [filter]),
      ...orderBy.map((key) => key.expr),
    ]);
  }

  /** The stand-in of an aggregate that begins at `byte`; the same aggregate is computed once. */
  add(aggregate: Unnamed, byte: number): ColumnExpr {
    this.#check(aggregate, byte);
    let index = this.#aggregates.findIndex((known) => sameAggregate(known, aggregate));
    if (index < 0) index = this.#aggregates.push(aggregate) - 1;
    return column(mark + index);
  }

  /** How the user would write a column or a stand-in. */
  readonly textOf = (name: string): string =>
    isAggregateStandIn(name) ? this.#textAt(indexOf(name)) : this.#columnText(name);

  /** Gives every aggregate a name that is not `taken`: the one wished for where it can be. */
  name(taken: ReadonlySet<string>, wished: (standIn: string) => string | null): readonly NamedAggregate[] {
    const used = new Set(taken);
    this.#aggregates.forEach((_, index) => {
      const wish = wished(mark + index) ?? this.#textAt(index);
      this.#names[index] = freeName(wish, used);
      used.add(this.#names[index]!);
    });
    return this.#aggregates.map((aggregate, index) => ({ name: this.#names[index]!, ...aggregate }));
  }

  /**
   * Keys and stand-ins become columns of the groups; any other column has no one value in a group, unless `joined` says
   * that it comes after grouping.
   */
  overGroups(
    expr: Expr,
    keys: readonly Named[],
    byte: number | undefined,
    joined: (name: string) => boolean = () => false,
  ): Expr {
    const place = this.#places.get(expr) ?? byte;
    const over = this.#overGroups(expr, keys, place, joined);
    if (place !== undefined) this.#places.set(over, place);
    return over;
  }

  #overGroups(
    expr: Expr,
    keys: readonly Named[],
    place: number | undefined,
    joined: (name: string) => boolean,
  ): Expr {
    const key = keys.find((candidate) => sameExpr(candidate.expr, expr));
    if (key) return column(key.name);
    if (expr.op !== 'column')
      return mapChildren(expr, (child) => this.overGroups(child, keys, place, joined));
    if (isAggregateStandIn(expr.name)) return column(this.#names[indexOf(expr.name)]!);
    if (isStandIn(expr.name) || joined(expr.name)) return expr;
    throw this.#source.error(
      `${quoteName(expr.name)} has many values in a group; group by it or put it into an aggregate`,
      place,
    );
  }

  #check(aggregate: Unnamed, byte: number): void {
    const schema = this.#schema();
    if (schema === null) return;
    const parts = aggregate.filter === null ? aggregate.args : [...aggregate.args, aggregate.filter];
    for (const part of parts) check(part, schema, this.#source, this.#places);
    located(this.#source, byte, () => bindAggregate({ name: '', ...aggregate }, schema));
  }

  #textAt(index: number): string {
    return aggregateText(this.#aggregates[index]!, this.#columnText);
  }
}

const indexOf = (name: string): number => Number(name.slice(mark.length));

const orderText = ({ orderBy = [] }: Unnamed): string => orderBy.map((key) => sortKeyText(key)).join(', ');

function sameAggregate(a: Unnamed, b: Unnamed): boolean {
  return (
    a.aggregate === b.aggregate &&
    a.distinct === b.distinct &&
    a.args.length === b.args.length &&
    a.args.every((arg, i) => sameExpr(arg, b.args[i]!)) &&
    (a.filter === null || b.filter === null ? a.filter === b.filter : sameExpr(a.filter, b.filter)) &&
    orderText(a) === orderText(b)
  );
}
