import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import type { Runtime } from '../../lib/formats/format.js';
import { type AggregateSpec, AggregateStates } from '../../lib/kernels/aggregate-states.js';
import { aggregates } from '../../lib/kernels/aggregates.js';
import { type Cell, cellsOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('aggregate states');

const inputs: readonly types.DataType[] = [
  types.bool,
  types.int8,
  types.int32,
  types.int64,
  types.uint64,
  types.float32,
  types.float64,
  types.date,
  types.decimal(20, 2),
  types.utf8,
];

function cellOf(type: types.DataType, random: () => number): Cell {
  const n = Math.floor((random() - 0.5) * 200);
  switch (type.kind) {
    case 'bool':
      return n > 0;
    case 'int64':
    case 'decimal':
      return BigInt(n) ** (random() < 0.2 ? 7n : 1n);
    case 'uint64':
      return BigInt(Math.abs(n)) ** 3n;
    case 'utf8':
      return `${n}`.repeat(Math.abs(n) % 4);
    case 'float32':
    case 'float64':
      return n / 8;
    default:
      return n;
  }
}

/** Every aggregate of every type that its kernels take without a cast; distinct ones too. */
function allSpecs(): AggregateSpec[] {
  const specs: AggregateSpec[] = [];
  for (const row of aggregates)
    for (let arg = 0; arg < inputs.length; arg++) {
      const args = row.params.filter((param) => !param.endsWith('!')).map(() => arg);
      const typing = row.typing(args.map(() => inputs[arg]!));
      if (typing === null || !typing.args.every((type) => types.sameType(type, inputs[arg]!))) continue;
      const { state, result } = typing;
      const spec = { name: row.name, state, result, args, filter: -1, distinct: false, parameter: 0.4 };
      specs.push(spec);
      if (row.distinct === 'matters' && args.length === 1) specs.push({ ...spec, distinct: true });
    }
  return specs;
}

interface Part {
  readonly groups: readonly number[];
  readonly columns: readonly (readonly Cell[])[];
}

function randomPart(rows: number, groups: number, nulls: number, random: () => number): Part {
  return {
    groups: Array.from({ length: rows }, () => Math.floor(random() * groups)),
    columns: inputs.map((type) =>
      Array.from({ length: rows }, () => (random() < nulls ? null : cellOf(type, random))),
    ),
  };
}

/** Groups are numbered by first appearance; returns the states and the original groups. */
function statesOf(specs: readonly AggregateSpec[], parts: readonly Part[], runtime: Runtime) {
  const states = new AggregateStates(specs, inputs, runtime, 'test');
  const numbers = new Map<number, number>();
  const region = runtime.arena.region('test');
  for (const part of parts) {
    region.reset();
    for (const group of part.groups) if (!numbers.has(group)) numbers.set(group, numbers.size);
    const ids = part.groups.map((group) => numbers.get(group)!);
    const groups = vectorOf(types.int32, ids, region).data;
    const columns = part.columns.map((cells, c) => vectorOf(inputs[c]!, cells, region));
    states.update(groups, numbers.size, ids.length, columns, region);
  }
  region.release();
  return { states, keys: [...numbers.keys()] };
}

function results(specs: readonly AggregateSpec[], states: AggregateStates, runtime: Runtime): Cell[][] {
  const region = runtime.arena.region('test');
  const cells = specs.map((_, s) => cellsOf(states.finish(s, 0, states.count, region), runtime.arena));
  region.release();
  return cells;
}

test('merged states are those of a single pass, for every aggregate and type', () => {
  const random = seeded(21);
  const specs = allSpecs();
  assert.ok(specs.length > 150);
  for (const [nullsA, nullsB] of [
    [0, 0],
    [0, 0.3],
    [0.3, 0],
    [0.5, 1],
  ] as const) {
    const runtime = makeRuntime(256 * 2 ** 20);
    const a = [randomPart(90, 12, nullsA, random), randomPart(40, 12, nullsA, random)];
    const b = [randomPart(70, 20, nullsB, random), randomPart(33, 20, nullsB, random)];
    const single = statesOf(specs, [...a, ...b], runtime);
    const left = statesOf(specs, a, runtime);
    const right = statesOf(specs, b, runtime);
    const keys = [...left.keys];
    for (const key of right.keys) if (!keys.includes(key)) keys.push(key);
    const region = runtime.arena.region('test');
    const map = vectorOf(
      types.int32,
      right.keys.map((key) => keys.indexOf(key)),
      region,
    ).data;
    left.states.merge(right.states, map, keys.length, region);
    right.states.release();
    assert.equal(keys, single.keys);
    const merged = results(specs, left.states, runtime);
    const expected = results(specs, single.states, runtime);
    specs.forEach((spec, s) => {
      const what = `${spec.name} ${spec.args.map((arg) => types.typeName(inputs[arg]!))} ${spec.distinct}`;
      assert.equal([what, merged[s]], [what, expected[s]]);
    });
    for (const held of [region, left.states, single.states]) held.release();
    assert.is(runtime.arena.reserved, 0);
  }
});

test('states of the same update are shared', () => {
  const runtime = makeRuntime();
  const of = (name: string): AggregateSpec => {
    const { state, result } = aggregates.find((row) => row.name === name)!.typing([types.float64])!;
    return { name, state, result, args: [0], filter: -1, distinct: false, parameter: 0.5 };
  };
  const specs = ['sum', 'avg', 'stddev', 'var_pop', 'median'].map(of);
  const states = new AggregateStates(specs, [types.float64], runtime, 'test');
  const region = runtime.arena.region('test');
  const groups = vectorOf(types.int32, [0, 0, 0, 0], region).data;
  states.update(groups, 1, 4, [vectorOf(types.float64, [1, 2, 3, 6], region)], region);
  assert.equal(
    specs.map((_, s) => cellsOf(states.finish(s, 0, 1, region), runtime.arena)[0]),
    [12, 3, Math.sqrt(14 / 3), 3.5, 2.5],
  );
  region.release();
  states.release();
  assert.is(runtime.arena.reserved, 0);
});

test.run();
