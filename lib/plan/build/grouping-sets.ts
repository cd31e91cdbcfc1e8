/**
 * GROUPING SETS, ROLLUP and CUBE: each row goes once into each grouping set, in which the keys that do not belong to it
 * are null. The number of the set is a key too, so that sets do not mix.
 */

import { bind } from '../bind.js';
import { bindAggregate } from '../bind-aggregate.js';
import type { Expr, Named, NamedAggregate } from '../expr.js';
import { call, caseOf, column, integer, literal, named } from '../make-expr.js';
import { aggregate, expand, join, project } from '../make-plan.js';
import type { Plan } from '../plan.js';
import { schemaOf } from '../schema.js';
import { columnsUsed } from '../walk-expr.js';
import { freeName } from './free-name.js';
import { columnNames } from './names-apart.js';
import { oneRow } from './values.js';

export interface GroupingSets {
  readonly keys: readonly Named[];
  /** Positions of keys; the empty set is one group of all rows, and there is one even of no rows. */
  readonly sets: readonly (readonly number[])[];
  readonly aggregates: readonly NamedAggregate[];
  /** Of the column that comes out last: the position of the set that a row belongs to. */
  readonly set: string;
}

/** The keys, the aggregates, and the number of the set. */
export function groupingSets(input: Plan, { keys, sets, aggregates, set }: GroupingSets): Plan {
  const schema = schemaOf(input);
  const needed = [...columnsUsed(aggregates.flatMap(exprsOf))];
  const taken = new Set([...needed, set]);
  const names = keys.map((key) => {
    const name = freeName(key.name, taken);
    taken.add(name);
    return name;
  });
  const projections = sets.map((members, number) => [
    ...needed.map((name) => named(name, column(name))),
    ...keys.map((key, i) =>
      named(names[i]!, members.includes(i) ? key.expr : literal(bind(key.expr, schema).type, null)),
    ),
    named(set, integer(number)),
  ]);
  const groups = aggregate(
    expand(input, projections),
    [...keys.map((key, i) => named(key.name, column(names[i]!))), named(set, column(set))],
    aggregates,
  );
  const empty = sets.flatMap((members, number) => (members.length === 0 ? [number] : []));
  return empty.length === 0 ? groups : withEmpty(groups, empty, set, countsOf(aggregates, input));
}

function exprsOf({ args, filter, orderBy = [] }: NamedAggregate): readonly Expr[] {
  return [...args, ...(filter === null ? [] : [filter]), ...orderBy.map((key) => key.expr)];
}

/** The aggregates that have a value even of no rows: 0. */
function countsOf(aggregates: readonly NamedAggregate[], input: Plan): ReadonlySet<string> {
  const schema = schemaOf(input);
  return new Set(aggregates.filter((one) => !bindAggregate(one, schema).nullable).map((one) => one.name));
}

/** Over no rows there are no groups, but the empty sets have one each: a full join adds what is missing. */
function withEmpty(groups: Plan, empty: readonly number[], set: string, counts: ReadonlySet<string>): Plan {
  const names = columnNames(groups);
  const number = freeName(`${set}_empty`, new Set(names));
  const wanted = expand(
    oneRow(),
    empty.map((each) => [named(number, integer(each))]),
  );
  const all = join(groups, wanted, 'full', [{ left: column(set), right: column(number) }]);
  return project(
    all,
    names.map((name) => {
      if (name === set) return named(name, call('coalesce', column(name), column(number)));
      return named(name, counts.has(name) ? call('coalesce', column(name), integer(0)) : column(name));
    }),
  );
}

/** `grouping(a, b)`: a bit for each key, 1 where the row's set is without it; the last key is the lowest bit. */
export function groupingBits(keys: readonly number[], sets: GroupingSets['sets'], set: Expr): Expr {
  const bits = sets.map((members) => keys.reduce((sum, key) => sum * 2 + (members.includes(key) ? 0 : 1), 0));
  if (bits.every((value) => value === bits[0])) return integer(bits[0] ?? 0);
  const branches = bits
    .slice(1)
    .map((value, i) => ({ when: call('eq', set, integer(i + 1)), then: integer(value) }));
  return caseOf(branches, integer(bits[0]!));
}

/** All sets that leave out keys from the right, or any keys. */
export function rollup(keys: readonly (readonly number[])[]): number[][] {
  return Array.from({ length: keys.length + 1 }, (_, i) => keys.slice(0, keys.length - i).flat());
}

export function cube(keys: readonly (readonly number[])[]): number[][] {
  const all = 2 ** keys.length;
  return Array.from({ length: all }, (_, left) => keys.flatMap((key, i) => ((left >> i) & 1 ? [] : key)));
}
