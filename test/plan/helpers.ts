/** Random plans over random rows, and a slow and plain interpreter that says what comes out. */
import * as assert from 'uvu/assert';
import type { Schema } from '../../lib/arrow/schema.js';
import { type ChunkStatistics, noStatistics, type SourceStatistics } from '../../lib/arrow/statistics.js';
import { bool, int64 } from '../../lib/arrow/types.js';
import type { Expr, NamedAggregate, NamedWindow, SortKey } from '../../lib/plan/expr.js';
import {
  call,
  caseOf,
  column,
  falseLiteral,
  integer,
  literal,
  named,
  sortKey,
  trueLiteral,
} from '../../lib/plan/make-expr.js';
import {
  aggregate,
  allRows,
  distinct,
  expand,
  filter,
  join,
  limit,
  mapBatches,
  project,
  sample,
  scan,
  sort,
  union,
  window,
} from '../../lib/plan/make-plan.js';
import type { Join, JoinKind, Plan } from '../../lib/plan/plan.js';
import { schemaOf } from '../../lib/plan/schema.js';
import { mapPlan } from '../../lib/plan/walk-plan.js';
import { seeded } from '../helpers.js';

export const schema: Schema = {
  fields: ['a', 'b', 'c'].map((name) => ({ name, type: int64, nullable: true })),
};
export const source = {
  format: 'test',
  paths: ['/test'],
  options: {},
  rows: 8,
  bytes: null,
  statistics: null,
};
export const table = scan(source, schema);

export type Value = number | boolean | null;
export type Row = Readonly<Record<string, Value>>;

/** A division by zero of the interpreter. */
export class Failure extends Error {}

export function evaluate(expr: Expr, row: Row): Value {
  switch (expr.op) {
    case 'column': {
      assert.ok(expr.name in row, `${expr.name} is missing`);
      return row[expr.name]!;
    }
    case 'literal':
      return typeof expr.value === 'string' ? Number(expr.value) : expr.value;
    case 'cast':
      return evaluate(expr.input, row);
    case 'case': {
      const taken = expr.branches.find(({ when }) => evaluate(when, row) === true);
      return evaluate(taken?.then ?? expr.otherwise, row);
    }
    case 'call':
      return evaluateCall(expr.name, expr.args, row);
  }
}

function evaluateCall(name: string, args: readonly Expr[], row: Row): Value {
  if (name === 'and' || name === 'or') {
    let result: Value = name === 'and';
    for (const arg of args) {
      const value = evaluate(arg, row);
      if (value === (name === 'or')) return value;
      if (value === null) result = null;
    }
    return result;
  }
  if (name === 'coalesce') {
    for (const arg of args) {
      const value = evaluate(arg, row);
      if (value !== null) return value;
    }
    return null;
  }
  const [a, b] = args.map((arg) => evaluate(arg, row)) as [Value, Value];
  if (name === 'is_null') return a === null;
  if (name === 'is_not_null') return a !== null;
  if (name === 'is_not_distinct_from') return a === null || b === null ? a === b : Number(a) === Number(b);
  if (a === null || b === null) return null;
  const [x, y] = [Number(a), Number(b)];
  switch (name) {
    case 'not':
      return !a;
    case 'eq':
      return x === y;
    case 'ne':
      return x !== y;
    case 'lt':
      return x < y;
    case 'le':
      return x <= y;
    case 'gt':
      return x > y;
    case 'ge':
      return x >= y;
    case 'add':
      return x + y;
    case 'int_div':
      if (y === 0) throw new Failure();
      return Math.trunc(x / y) + 0;
    default:
      throw new Error(`no ${name} here`);
  }
}

function run(plan: Plan, rows: readonly Row[]): readonly Row[] {
  switch (plan.op) {
    case 'scan': {
      const { columns, predicate, source } = plan;
      if (source.format === 'one-row') return [{}];
      const read = plan.chunks
        ? rows.filter((_, i) => plan.chunks!.includes(Math.floor(i / chunkRows)))
        : rows;
      const found = predicate ? read.filter((row) => evaluate(predicate, row) === true) : read;
      const names = columns ?? schema.fields.map(({ name }) => name);
      return found.slice(0, plan.limit ?? allRows).map((row) => pick(names, (name) => row[name]!));
    }
    case 'filter':
      return run(plan.input, rows).filter((row) => evaluate(plan.predicate, row) === true);
    case 'project':
      return run(plan.input, rows).map((row) => computed(plan.columns, row));
    case 'limit':
      return run(plan.input, rows).slice(plan.offset, plan.offset + plan.count);
    case 'distinct':
      return [...groupsOf(run(plan.input, rows), (row) => row).values()].map(([first]) => first!);
    case 'sort':
      return sortedBy(run(plan.input, rows), plan.keys).slice(0, plan.limit ?? allRows);
    case 'aggregate': {
      const groups = groupsOf(run(plan.input, rows), (row) => computed(plan.keys, row));
      if (plan.keys.length === 0 && groups.size === 0) groups.set('', []);
      return [...groups.values()].map((group) => ({
        ...(group[0] ? computed(plan.keys, group[0]) : {}),
        ...Object.fromEntries(plan.aggregates.map((each) => [each.name, aggregated(each, group)])),
      }));
    }
    case 'join':
      return joined(plan, run(plan.left, rows), run(plan.right, rows));
    case 'union':
      return plan.inputs.flatMap((input) => run(input, rows));
    case 'expand':
      return run(plan.input, rows).flatMap((row) =>
        plan.projections.map((columns) => computed(columns, row)),
      );
    case 'sample': {
      const drawn = run(plan.input, rows).map((row, i) => ({ row, draw: drawOf(plan.seed, i) }));
      if (plan.count === null)
        return drawn.filter(({ draw }) => Number(draw >> 11n) < plan.rate! * 2 ** 53).map(({ row }) => row);
      drawn.sort((a, b) => (a.draw < b.draw ? -1 : 1));
      return drawn.slice(0, plan.count).map(({ row }) => row);
    }
    case 'window': {
      const { partitionBy, orderBy, functions } = plan;
      const keys = [...partitionBy.map((expr) => sortKey(expr)), ...orderBy];
      const sorted = sortedBy(run(plan.input, rows), keys);
      const groups = groupsOf(sorted, (row) => keyRow(partitionBy, row)).values();
      return [...groups].flatMap((group) => {
        const order = group.map((row) =>
          JSON.stringify(
            keyRow(
              orderBy.map(({ expr }) => expr),
              row,
            ),
          ),
        );
        return group.map((row, i) => {
          const numbers = {
            row_number: i + 1,
            rank: order.indexOf(order[i]!) + 1,
            dense_rank: new Set(order.slice(0, i + 1)).size,
          };
          const upTo = group.slice(0, orderBy.length === 0 ? group.length : order.lastIndexOf(order[i]!) + 1);
          const made = functions.map((one): [string, Value] => {
            const number = numbers[one.function as keyof typeof numbers];
            return [
              one.name,
              number ?? aggregated({ ...one, aggregate: one.function, distinct: false }, upTo),
            ];
          });
          return { ...row, ...Object.fromEntries(made) };
        });
      });
    }
    case 'map': {
      const names = schemaOf(plan.input).fields.map(({ name }) => name);
      const [first, last] = [names[0]!, names.at(-1)!];
      return run(plan.input, rows)
        .filter((row) => row[first] !== 0)
        .map((row) => ({ first: row[first]!, next: row[last] === null ? null : Number(row[last]) + 1 }));
    }
    default:
      throw new Error(`no ${plan.op} here`);
  }
}

/** Left rows in order, each with its matches in order; right rows without a match come last. */
function joined(plan: Join, left: readonly Row[], right: readonly Row[]): readonly Row[] {
  const { kind, on, condition, nullsEqual } = plan;
  const keys = [
    left.map((row) => on.map((key) => evaluate(key.left, row))),
    right.map((row) => on.map((key) => evaluate(key.right, row))),
  ] as const;
  const matchedRight = new Set<number>();
  const out = left.flatMap((row, l): readonly Row[] => {
    const matches = right.flatMap((other, r) => {
      const equal = keys[0][l]!.every((key, k) => {
        const its = keys[1][r]![k]!;
        return key === null || its === null ? nullsEqual && key === its : Number(key) === Number(its);
      });
      return equal && (condition === null || evaluate(condition, { ...row, ...other }) === true) ? [r] : [];
    });
    for (const r of matches) matchedRight.add(r);
    if (kind === 'semi' || kind === 'anti') return matches.length > 0 === (kind === 'semi') ? [row] : [];
    if (matches.length === 0 && (kind === 'left' || kind === 'full'))
      return [{ ...row, ...nothing(plan.right) }];
    return matches.map((r) => ({ ...row, ...right[r]! }));
  });
  const rest = right.flatMap((row, r) => (matchedRight.has(r) ? [] : [{ ...nothing(plan.left), ...row }]));
  return kind === 'right' || kind === 'full' ? [...out, ...rest] : out;
}

function nothing(plan: Plan): Row {
  return pick(
    schemaOf(plan).fields.map(({ name }) => name),
    () => null,
  );
}

/** What assembly/sample.ts draws for a row. */
export function drawOf(seed: number, row: number): bigint {
  const [p0, p1] = [0xa0761d6478bd642fn, 0xe7037ed1a0b428dbn];
  const hash = (value: bigint): bigint => {
    const a = BigInt.asUintN(64, (value ^ (value >> 32n)) * p0);
    const b = BigInt.asUintN(64, (a ^ (a >> 29n)) * p1);
    return b ^ (b >> 32n);
  };
  return hash(hash(BigInt.asUintN(64, BigInt(seed)) ^ p0) ^ BigInt(row));
}

function sortedBy(rows: readonly Row[], keys: readonly SortKey[]): readonly Row[] {
  const keyed = rows.map((row) => ({ row, values: keys.map((key) => evaluate(key.expr, row)) }));
  const order = (a: Value, b: Value, descending: boolean): number => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return descending ? Number(b) - Number(a) : Number(a) - Number(b);
  };
  keyed.sort((a, b) =>
    keys.reduce((found, key, i) => found || order(a.values[i]!, b.values[i]!, key.descending), 0),
  );
  return keyed.map(({ row }) => row);
}

const keyRow = (exprs: readonly Expr[], row: Row): Row =>
  Object.fromEntries(exprs.map((expr, i) => [i, evaluate(expr, row)]));

export function pick(names: readonly string[], value: (name: string) => Value): Row {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

function computed(columns: readonly { name: string; expr: Expr }[], row: Row): Row {
  return Object.fromEntries(columns.map(({ name, expr }) => [name, evaluate(expr, row)]));
}

function groupsOf(rows: readonly Row[], key: (row: Row) => Row): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const text = JSON.stringify(Object.values(key(row)));
    groups.set(text, [...(groups.get(text) ?? []), row]);
  }
  return groups;
}

function aggregated(
  { aggregate: name, args, filter: condition }: NamedAggregate,
  group: readonly Row[],
): Value {
  const rows = condition ? group.filter((row) => evaluate(condition, row) === true) : group;
  if (args.length === 0) return rows.length;
  const values = rows.map((row) => evaluate(args[0]!, row)).filter((value) => value !== null);
  if (name === 'count') return values.length;
  if (values.length === 0) return null;
  const numbers = values.map(Number);
  return name === 'min' ? Math.min(...numbers) : numbers.reduce((sum, n) => sum + n, 0);
}

export interface Dice {
  below(n: number): number;
  pick<T>(items: readonly T[]): T;
}

export function diceOf(seed: number): Dice {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  return { below, pick: (items) => items[below(items.length)]! };
}

function numberExpr(dice: Dice, names: readonly string[], depth: number): Expr {
  if (depth === 0 || dice.below(3) === 0) {
    return dice.below(4) > 0 && names.length > 0 ? column(dice.pick(names)) : integer(dice.below(5) - 2);
  }
  const child = (): Expr => numberExpr(dice, names, depth - 1);
  switch (dice.below(5)) {
    case 0:
      return call('int_div', child(), child());
    case 1:
      return call('coalesce', child(), child());
    case 2:
      return caseOf([{ when: booleanExpr(dice, names, depth - 1), then: child() }], child());
    default:
      return call('add', child(), child());
  }
}

function booleanExpr(dice: Dice, names: readonly string[], depth: number): Expr {
  if (depth === 0 && dice.below(4) === 0) return dice.pick([trueLiteral, falseLiteral, literal(bool, null)]);
  const child = (): Expr => booleanExpr(dice, names, depth - 1);
  switch (depth === 0 ? 4 : dice.below(6)) {
    case 0:
    case 1:
      return call('and', child(), child());
    case 2:
      return call('or', child(), child());
    case 3:
      return call('not', child());
    case 4:
      return call(
        dice.pick(['eq', 'ne', 'lt', 'le', 'gt', 'ge']),
        numberExpr(dice, names, depth),
        numberExpr(dice, names, depth),
      );
    default:
      return call(dice.pick(['is_null', 'is_not_null']), numberExpr(dice, names, depth - 1));
  }
}

const numberOf = (dice: Dice, plan: Plan): Expr =>
  numberExpr(
    dice,
    schemaOf(plan).fields.map(({ name }) => name),
    1,
  );

/** The column of that name, if there is one, else the first. */
function firstOf(plan: Plan, name: string): Expr {
  const { fields } = schemaOf(plan);
  return column((fields.find((field) => field.name === name) ?? fields[0]!).name);
}

/** What map-helpers.ts does, and `run` too. */
const ends = { module: new URL('./map-helpers.js', import.meta.url).href, export: 'default' };

/** All columns of a random plan are numbers. The order of joined rows is not defined: who compares it does without joins. */
export function randomPlan(dice: Dice, depth: number, joins = false): Plan {
  if (depth === 0) return table;
  const input = randomPlan(dice, depth - 1, joins);
  const names = schemaOf(input).fields.map(({ name }) => name);
  const number = (): Expr => numberExpr(dice, names, 2);
  const fresh = ['d', 'e', 'f', 'a', 'b'].slice(dice.below(3));
  switch (dice.below(joins ? 14 : 12)) {
    case 0:
    case 1:
      return filter(input, booleanExpr(dice, names, 2));
    case 9: {
      // Rows of inputs that have the same columns: the other one is another plan, or the scan, brought to these names.
      const other = dice.below(2) === 0 ? table : randomPlan(dice, depth - 1);
      const columns = names.map((name) =>
        named(name, dice.below(4) === 0 ? numberOf(dice, other) : firstOf(other, name)),
      );
      const inputs = [input, project(other, columns)];
      return union(dice.below(2) === 0 ? inputs : inputs.reverse());
    }
    case 10: {
      const projections = [0, 1].map(() => [
        named(fresh[0]!, number()),
        ...names.filter((name) => name !== fresh[0]).map((name) => named(name, column(name))),
      ]);
      // In whatever order rows came, they come out in this one.
      const keys = schemaOf(expand(input, projections)).fields.map(({ name }) => sortKey(column(name)));
      return sort(expand(input, projections), keys);
    }
    case 11:
      if (dice.below(3) === 0)
        return mapBatches(input, ends, {
          fields: ['first', 'next'].map((name) => ({ name, type: int64, nullable: true })),
        });
      return dice.below(2) === 0
        ? sample(input, { rate: dice.pick([0, 0.3, 0.7, 1]), count: null }, dice.below(5) - 2)
        : sample(input, { rate: null, count: dice.below(6) }, dice.below(5) - 2);
    case 12:
    case 13:
      return randomJoin(dice, input, randomPlan(dice, Math.min(1, depth - 1)));
    case 2:
      return project(
        input,
        [...names.slice(dice.below(names.length))].map((name) => named(name, column(name))),
      );
    case 3:
      return project(input, [
        named(fresh[0]!, number()),
        named(fresh[1]!, column(dice.pick(names))),
        ...(dice.below(2) === 0 ? [named(fresh[2]!, number())] : []),
      ]);
    case 4:
      return limit(input, dice.pick([0, 1, 3, 5, allRows]), dice.pick([0, 0, 1, 2]));
    case 5:
      return distinct(input);
    case 6: {
      const keys = dice.pick([
        [],
        [named(fresh[0]!, number())],
        [named(dice.pick(names), column(dice.pick(names)))],
      ]);
      const values: NamedAggregate[] = [
        { name: 'n', aggregate: 'count', args: [], distinct: false, filter: null },
        {
          name: 'm',
          aggregate: dice.pick(['count', 'sum', 'min']),
          args: [number()],
          distinct: false,
          filter: dice.below(2) === 0 ? booleanExpr(dice, names, 1) : null,
        },
      ];
      return aggregate(
        input,
        keys,
        values.filter(({ name }) => keys.every((key) => key.name !== name)),
      );
    }
    default:
      return sort(
        input,
        [sortKey(number(), dice.below(2) === 0), sortKey(column(dice.pick(names)))],
        dice.below(4) === 0 ? dice.below(6) : null,
      );
  }
}

function randomJoin(dice: Dice, left: Plan, other: Plan): Plan {
  const names = schemaOf(left).fields.map(({ name }) => name);
  const fresh = Array.from({ length: names.length + 3 }, (_, i) => `r${i}`).filter(
    (name) => !names.includes(name),
  );
  const right = project(
    other,
    schemaOf(other)
      .fields.slice(0, 3)
      .map(({ name }, i) => named(fresh[i]!, column(name))),
  );
  const rightNames = schemaOf(right).fields.map(({ name }) => name);
  const kind = dice.pick<JoinKind>(['inner', 'left', 'right', 'full', 'semi', 'anti', 'cross']);
  const key = () => ({ left: numberExpr(dice, names, 1), right: numberExpr(dice, rightNames, 1) });
  const on = kind === 'cross' ? [] : Array.from({ length: dice.below(3) }, key);
  const both = [...names, ...rightNames];
  const condition = kind !== 'cross' && dice.below(2) === 0 ? booleanExpr(dice, both, 1) : null;
  const made = join(left, right, kind, on, condition, kind !== 'cross' && dice.below(5) === 0);
  return dice.below(2) === 0 && kind !== 'semi' && kind !== 'anti'
    ? filter(made, booleanExpr(dice, both, 1))
    : made;
}

export function randomRows(dice: Dice): readonly Row[] {
  const value = (): Value => (dice.below(5) === 0 ? null : dice.below(5) - 2);
  return Array.from({ length: dice.below(12) }, () => pick(['a', 'b', 'c'], value));
}

const chunkRows = 3;

/** The plan over a source whose chunks, of three rows each, tell of their values. */
export function withStatistics(plan: Plan, rows: readonly Row[]): Plan {
  const chunks = Array.from({ length: Math.ceil(rows.length / chunkRows) }, (_, i): ChunkStatistics => {
    const part = rows.slice(i * chunkRows, (i + 1) * chunkRows);
    return {
      rows: part.length,
      bytes: 0,
      columns: schema.fields.map(({ name }) => {
        const values = part.flatMap((row) => (row[name] === null ? [] : [BigInt(Number(row[name]))]));
        const [min = null] = values.sort((a, b) => Number(a - b));
        return { ...noStatistics, nulls: part.length - values.length, min, max: values.at(-1) ?? null };
      }),
    };
  });
  const statistics: SourceStatistics = { chunks, columns: [] };
  return mapPlan(plan, (node) =>
    node.op === 'scan' ? { ...node, source: { ...node.source, statistics } } : node,
  );
}

export function outcome(plan: Plan, rows: readonly Row[]): readonly Row[] | null {
  try {
    return run(plan, rows);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** Windows over another, with the same keys or some of them, and a filter on a number now and then. */
export function randomWindows(dice: Dice): Plan {
  let made = randomPlan(dice, dice.below(3));
  const keys = schemaOf(made).fields.map(({ name }) => name);
  const partition = column(dice.pick(keys));
  const order = [dice.pick(keys), dice.pick(keys)].map((name) => sortKey(column(name), dice.below(2) === 0));
  for (let i = 1 + dice.below(2); i >= 0; i--) {
    const names = schemaOf(made).fields.map(({ name }) => name);
    const orderBy = order.slice(0, dice.pick([0, 1, 2, 2]));
    const numberings = orderBy.length === 0 ? ['row_number'] : ['row_number', 'rank', 'dense_rank'];
    const functionOf = (name: string): NamedWindow => {
      const usual = { name, filter: null, ignoreNulls: false, frame: null };
      if (dice.below(3) > 0) return { ...usual, function: dice.pick(numberings), args: [] };
      return { ...usual, function: dice.pick(['sum', 'count', 'min']), args: [column(dice.pick(names))] };
    };
    const partitionBy = dice.below(4) === 0 ? [] : [partition];
    made = window(made, partitionBy, orderBy, [functionOf(`w${i}`), functionOf(`v${i}`)]);
    if (dice.below(4) === 0)
      made = filter(
        made,
        call(
          dice.pick(['le', 'lt', 'eq', 'ge']),
          column(dice.pick([`w${i}`, `v${i}`])),
          integer(dice.below(4)),
        ),
      );
  }
  return made;
}
