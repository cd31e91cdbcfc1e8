import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lateVector } from '../../lib/arrow/narrow.js';
import * as types from '../../lib/arrow/types.js';
import { SpillwayError } from '../../lib/errors.js';
import type { Runtime } from '../../lib/formats/format.js';
import { AggregateStates } from '../../lib/kernels/aggregate-states.js';
import { aggregates } from '../../lib/kernels/aggregates.js';
import { columnTypes, hasColumns } from '../../lib/kernels/state-columns.js';
import { type AggregateSpec, layOutStates } from '../../lib/kernels/state-layout.js';
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
function statesOf(specs: readonly AggregateSpec[], parts: readonly Part[], runtime: Runtime, single = false) {
  const states = new AggregateStates(specs, inputs, runtime, 'test', single);
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
  const cells: Cell[][] = specs.map(() => []);
  // In slices, so that what is packed until the end stays so.
  for (let from = 0; from < states.count; from += 37) {
    region.reset();
    const length = Math.min(37, states.count - from);
    specs.forEach((_, s) => {
      for (const cell of cellsOf(states.finish(s, from, length, region), runtime.arena)) cells[s]!.push(cell);
    });
  }
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

test('states go through columns as they merge, for every aggregate and type that has them', () => {
  const random = seeded(22);
  const specs = allSpecs().filter((spec) => hasColumns(spec));
  assert.ok(specs.length > 100);
  const widths = columnTypes(layOutStates(specs));
  for (const [nullsA, nullsB] of [
    [0, 0],
    [0, 0.3],
    [0.3, 0],
    [0.5, 1],
  ] as const) {
    const runtime = makeRuntime(256 * 2 ** 20);
    const pieces = [randomPart(90, 12, nullsA, random), randomPart(70, 20, nullsB, random)];
    const single = statesOf(specs, pieces, runtime);
    const region = runtime.arena.region('test');
    const merged = new AggregateStates(specs, inputs, runtime, 'test');
    for (const piece of pieces) {
      const { states, keys } = statesOf(specs, [piece], runtime);
      // In slices, so that what is packed until then stays so.
      for (let from = 0; from < keys.length; from += 5) {
        const length = Math.min(5, keys.length - from);
        const columns = states.columns(from, length, region);
        assert.equal(
          columns.map(({ type }) => type),
          widths,
        );
        const ids = keys.slice(from, from + length).map((key) => single.keys.indexOf(key));
        const groups = vectorOf(types.int32, ids, region).data;
        merged.mergeColumns(groups, single.keys.length, length, columns, region);
      }
      states.release();
    }
    const found = results(specs, merged, runtime);
    const expected = results(specs, single.states, runtime);
    specs.forEach((spec, s) => {
      const what = `${spec.name} ${spec.args.map((arg) => types.typeName(inputs[arg]!))}`;
      assert.equal([what, found[s]], [what, expected[s]]);
    });
    for (const held of [region, merged, single.states]) held.release();
    assert.is(runtime.arena.reserved, 0);
  }
});

test('words come in narrower types too', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const specs = [specOf('sum', int64Input)];
  const states = new AggregateStates(specs, inputs, runtime, 'test');
  // Rows, missing, low and high word.
  const columns = [
    [types.uint8, 'u8', [250, 3]],
    [types.int8, 'i8', [1, 0]],
    [types.int32, 'i32', [-5, 7]],
    [types.int16, 'i16', [-1, 0]],
  ] as const;
  const late = columns.map(([type, physical, cells]) => {
    const { data } = vectorOf(type, cells, region);
    const wide = (): number => assert.unreachable() as never;
    return lateVector(types.int64, cells.length, { physical, data }, wide, 0, null);
  });
  const groups = vectorOf(types.int32, [0, 1], region).data;
  states.mergeColumns(groups, 2, 2, late, region);
  assert.equal(results(specs, states, runtime), [[-5n, 7n]]);
  states.release();
  region.release();
  assert.is(runtime.arena.reserved, 0);
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

/** `name` of an input. */
function specOf(name: string, arg: number, filter = -1): AggregateSpec {
  const args = arg < 0 ? [] : [arg];
  const { state, result } = aggregates
    .find((row) => row.name === name)!
    .typing(args.map((one) => inputs[one]!))!;
  return { name, state, result, args, filter, distinct: false, parameter: 0.5 };
}

const int32Input = 2;
const int64Input = 3;
const doubleInput = 6;

/** Sets whose structs are packed: with and without row counts, shared cache lines, longer than one. */
const packedSets: readonly (readonly AggregateSpec[])[] = [
  [specOf('sum', int32Input)],
  [specOf('count', -1)],
  [specOf('sum', int64Input), specOf('sum', int32Input), specOf('sum', doubleInput)],
  [specOf('avg', int64Input), specOf('max', int32Input), specOf('first', doubleInput)],
  ['sum', 'avg', 'min', 'max', 'count'].flatMap((name) =>
    [int32Input, int64Input, doubleInput].map((arg) => specOf(name, arg)),
  ),
];

/** One part; only the three columns that `packedSets` read have cells of their own. */
function partOf(
  rows: number,
  groupOf: (row: number) => number,
  cellAt: (row: number, input: number) => Cell,
): Part {
  return {
    groups: Array.from({ length: rows }, (_, row) => groupOf(row)),
    columns: inputs.map((type, input) =>
      [int32Input, int64Input, doubleInput].includes(input)
        ? Array.from({ length: rows }, (_, row) => cellAt(row, input))
        : Array.from({ length: rows }, () => (type.kind === 'utf8' ? '' : type.kind === 'bool' ? false : 0)),
    ),
  };
}

/** What the aggregates of `packedSets` give, from the plain cells of each group. */
function expectedOf(spec: AggregateSpec, parts: readonly Part[], groups: number): Cell[] {
  const rows: Cell[][] = Array.from({ length: groups }, () => []);
  for (const part of parts)
    part.groups.forEach((group, row) => {
      rows[group]!.push(spec.args.length === 0 ? true : part.columns[spec.args[0]!]![row]!);
    });
  return rows.map((cells) => {
    if (spec.name === 'first') return cells[0] ?? null;
    const values = cells.filter((cell) => cell !== null).map(Number);
    if (spec.name === 'count') return BigInt(values.length);
    if (values.length === 0) return null;
    const total = values.reduce((a, b) => a + b, 0);
    const double = spec.args[0] === doubleInput;
    if (spec.name === 'sum') return double ? total : BigInt(total);
    if (spec.name === 'avg') return total / values.length;
    const value = values.reduce((a, b) => (spec.name === 'min' ? Math.min(a, b) : Math.max(a, b)));
    return spec.args[0] === int64Input ? BigInt(value) : value;
  });
}

const wholeCell = (row: number, input: number): Cell => {
  const n = ((row * 7919) % 1000) - 500;
  return input === int64Input ? BigInt(n) : input === doubleInput ? n / 4 : n;
};

test('nulls that first come after many groups', () => {
  const groups = 6000;
  const whole = partOf(groups + 77, (row) => row % groups, wholeCell);
  const nulls = partOf(
    groups + 500,
    (row) => (row * 3) % (groups + 300),
    (row, input) => (row % (input + 2) === 0 ? null : wholeCell(row, input)),
  );
  for (const specs of packedSets)
    for (const parts of [[whole], [whole, whole], [whole, nulls], [whole, nulls, whole], [nulls, whole]]) {
      const runtime = makeRuntime();
      const { states, keys } = statesOf(specs, parts, runtime);
      const all = results(specs, states, runtime);
      specs.forEach((spec, s) => {
        const expected = expectedOf(spec, parts, groups + 300);
        const what = [spec.name, spec.args];
        assert.equal([what, all[s]], [what, keys.map((key) => expected[key]!)]);
      });
      states.release();
      assert.is(runtime.arena.reserved, 0);
    }
});

test('sums of values that come narrow, then wide, then null', () => {
  const random = seeded(17);
  const runtime = makeRuntime();
  const { arena } = runtime;
  const specs = (['sum', 'avg'] as const).map((name) => specOf(name, int64Input));
  const kinds = ['narrow', 'wide', 'null'] as const;
  for (const order of [['narrow'], ['narrow', 'wide'], ['narrow', 'null', 'narrow'], kinds] as const) {
    const region = arena.region('test');
    const states = new AggregateStates(specs, inputs, runtime, 'test');
    const sums = Array.from({ length: 50 }, () => ({ sum: 0n, count: 0 }));
    for (const kind of order) {
      region.reset();
      const groups = Array.from({ length: 500 }, (_, row) => row % sums.length);
      const small = groups.map(() => Math.floor((random() - 0.7) * 100));
      const cells = small.map((n) =>
        kind === 'null' && random() < 0.3 ? null : BigInt(n) * (kind === 'wide' ? 10n ** 11n : 1n),
      );
      const wide = vectorOf(types.int64, cells, region);
      const { data } = vectorOf(types.int8, small, region);
      const narrow = { physical: 'i8', data } as const;
      const { type, length, validity } = wide;
      const column =
        kind === 'wide' ? wide : lateVector(type, length, narrow, () => wide.data, validity, null);
      const ids = vectorOf(types.int32, groups, region).data;
      states.update(
        ids,
        sums.length,
        groups.length,
        inputs.map(() => column),
        region,
      );
      cells.forEach((cell, row) => {
        const of = sums[groups[row]!]!;
        if (cell === null) return;
        of.sum += cell;
        of.count++;
      });
    }
    assert.equal(results(specs, states, runtime), [
      sums.map(({ sum }) => sum),
      sums.map(({ sum, count }) => Number(sum) / count),
    ]);
    states.release();
    region.release();
    assert.is(arena.reserved, 0);
  }
});

test('packed states merge with full ones, both ways', () => {
  const whole = partOf(900, (row) => row % 700, wholeCell);
  const nulls = partOf(
    800,
    (row) => (row * 3) % 750,
    (row, input) => (row % (input + 2) === 0 ? null : wholeCell(row, input)),
  );
  for (const specs of packedSets)
    for (const [a, b] of [
      [whole, whole],
      [whole, nulls],
      [nulls, whole],
    ] as const) {
      const runtime = makeRuntime();
      const left = statesOf(specs, [a], runtime);
      const right = statesOf(specs, [b], runtime);
      const keys = [...new Set([...left.keys, ...right.keys])];
      const region = runtime.arena.region('test');
      const numbers = right.keys.map((key) => keys.indexOf(key));
      left.states.merge(right.states, vectorOf(types.int32, numbers, region).data, keys.length, region);
      const all = results(specs, left.states, runtime);
      specs.forEach((spec, s) => {
        const expected = expectedOf(spec, [a, b], 750);
        assert.equal(
          all[s],
          keys.map((key) => expected[key]!),
        );
      });
      for (const held of [region, left.states, right.states]) held.release();
      assert.is(runtime.arena.reserved, 0);
    }
});

test('every aggregate alone: packed structs give what full ones do', () => {
  const random = seeded(5);
  const whole = [randomPart(120, 40, 0, random), randomPart(65, 60, 0, random)];
  const nulls = randomPart(90, 70, 0.3, random);
  const runtime = makeRuntime();
  for (const spec of allSpecs())
    for (const parts of [whole, [...whole, nulls], [whole[0]!, nulls, whole[1]!]]) {
      const packed = statesOf([spec], parts, runtime);
      // The count of a filtered input brings a bitmap with the first batch, so structs are full from there on.
      const full = statesOf([spec, specOf('count', -1, 0)], parts, runtime);
      const [alone] = results([spec], packed.states, runtime);
      const [beside] = results([spec], full.states, runtime);
      const what = [spec.name, spec.args, spec.distinct];
      assert.equal([what, alone], [what, beside]);
      packed.states.release();
      full.states.release();
    }
  assert.is(runtime.arena.reserved, 0);
});

test('filters: rows left out are missing', () => {
  const runtime = makeRuntime();
  const specs = [specOf('sum', int32Input, 0), specOf('count', -1, 0), specOf('sum', int64Input)];
  const part = (on: (row: number) => Cell): Part => {
    const made = partOf(300, (row) => row % 100, wholeCell);
    return {
      ...made,
      columns: made.columns.map((cells, c) => (c === 0 ? cells.map((_, row) => on(row)) : cells)),
    };
  };
  const { states } = statesOf(
    specs,
    [part(() => true), part((row) => (row % 7 === 0 ? null : row % 2 === 0))],
    runtime,
  );
  const sums = Array.from({ length: 100 }, () => 0);
  const counts = Array.from({ length: 100 }, () => 0n);
  const totals = Array.from({ length: 100 }, () => 0n);
  for (const second of [false, true])
    for (let row = 0; row < 300; row++) {
      totals[row % 100]! += wholeCell(row, int64Input) as bigint;
      if (second && (row % 7 === 0 || row % 2 !== 0)) continue;
      sums[row % 100]! += wholeCell(row, int32Input) as number;
      counts[row % 100]!++;
    }
  assert.equal(results(specs, states, runtime), [sums.map(BigInt), counts, totals]);
  states.release();
  assert.is(runtime.arena.reserved, 0);
});

test('a single group, by way of several structs', () => {
  const nulls = (row: number, input: number): Cell =>
    row % (input + 2) === 0 ? null : wholeCell(row, input);
  const made = [partOf(1, () => 0, wholeCell), partOf(203, () => 0, wholeCell), partOf(65, () => 0, nulls)];
  for (const specs of packedSets)
    for (const parts of [[], made.slice(0, 1), made.slice(0, 2), made, made.toReversed()]) {
      const runtime = makeRuntime();
      const { states } = statesOf(specs, parts, runtime, true);
      states.growEmpty(1);
      const expected = specs.map((spec) => expectedOf(spec, parts, 1));
      assert.equal(results(specs, states, runtime), expected);
      states.release();
      assert.is(runtime.arena.reserved, 0);
    }
});

test('at the limit of memory: the result or a memory error, and all is given back', () => {
  // Packed structs have 8 bytes, full ones 32.
  const specs = [specOf('sum', int32Input)];
  const groups = 40000;
  const step = 2000;
  const whole = Array.from({ length: groups / step }, (_, part) =>
    partOf(step, (row) => part * step + row, wholeCell),
  );
  const nulls = partOf(
    100,
    (row) => row * 7,
    (row, input) => (row % 3 === 0 ? null : wholeCell(row, input)),
  );
  const limits: number[] = [];
  for (const parts of [whole, [...whole, nulls]]) {
    const expected = specs.map((spec) => expectedOf(spec, parts, groups));
    const outcomes: boolean[] = [];
    for (let blocks = 16; blocks < 40; blocks++) {
      const runtime = makeRuntime(blocks * 65536);
      const { arena } = runtime;
      const states = new AggregateStates(specs, inputs, runtime, 'test');
      const region = arena.region('test');
      try {
        for (const part of parts) {
          region.reset();
          const ids = vectorOf(types.int32, part.groups, region).data;
          const columns = part.columns.map((cells, c) =>
            vectorOf(inputs[c]!, c === int32Input ? cells : [], region),
          );
          const count = Math.max(states.count, ...part.groups.map((group) => group + 1));
          states.update(ids, count, part.groups.length, columns, region);
        }
        region.release();
        const got: Cell[][] = specs.map(() => []);
        for (let from = 0; from < groups; from += step) {
          region.reset();
          const length = Math.min(step, groups - from);
          specs.forEach((_, s) => {
            for (const cell of cellsOf(states.finish(s, from, length, region), arena)) got[s]!.push(cell);
          });
        }
        assert.equal(got, expected);
        outcomes.push(true);
      } catch (error) {
        if (!(error instanceof SpillwayError)) throw error;
        assert.is(error.code, 'memory');
        outcomes.push(false);
      }
      region.release();
      states.release();
      assert.is(arena.reserved, 0);
    }
    assert.is(outcomes.at(-1), true);
    assert.is(outcomes.lastIndexOf(false) + 1, outcomes.indexOf(true));
    limits.push(outcomes.indexOf(true));
  }
  assert.ok(limits[0]! < limits[1]!, 'the layout in full is what does not fit');
});

test.run();
