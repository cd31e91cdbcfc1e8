/** Tables of apache-arrow, which has columns but no verbs: those are loops over vectors. */
import type * as Arrow from 'apache-arrow';
import { eachLine } from './csv-lines.js';
import { type Ask, type Engine, type Started, sumsOf } from './engine.js';
import { rival, rivalVersion } from './rival.js';

type Columns = Readonly<Record<string, Arrow.Vector>>;

const arrow = await rival<typeof Arrow>('apache-arrow');

const tasks: Readonly<
  Record<
    string,
    (first: Arrow.Table, second: () => Promise<Arrow.Table>) => Arrow.Table | Promise<Arrow.Table>
  >
> = {
  load: (table) => table,
  'csv-filter': (table) => {
    const [v1, v3] = [table.getChild('v1')!, table.getChild('v3')!];
    return taken(
      table,
      rowsWhere(table, (i) => v1.get(i) >= 3 && v3.get(i) < 50),
    );
  },
  'csv-group': (table) => {
    const [id3, v1, v3] = ['id3', 'v1', 'v3'].map((name) => table.getChild(name)!);
    const places = new Map<string, number>();
    const [sums, totals, counts]: number[][] = [[], [], []];
    for (let i = 0; i < table.numRows; i++) {
      const key = id3!.get(i) as string;
      let place = places.get(key);
      if (place === undefined) {
        place = places.size;
        places.set(key, place);
        for (const values of [sums!, totals!, counts!]) values.push(0);
      }
      sums![place]! += v1!.get(i) as number;
      totals![place]! += v3!.get(i) as number;
      counts![place]!++;
    }
    return tableOf({
      id3: [...places.keys()],
      v1: sums!,
      v3: totals!.map((total, i) => total / counts![i]!),
    });
  },
  'csv-sort': (table) => {
    const [ids, values] = [
      table.getChild('id3')!.toArray() as string[],
      table.getChild('v3')!.toArray() as Float64Array,
    ];
    const rows = rowsWhere(table, () => true);
    rows.sort((a, b) => (ids[a]! < ids[b]! ? -1 : ids[a]! > ids[b]! ? 1 : values[a]! - values[b]!));
    return taken(table, rows);
  },
  'csv-join': async (left, second) => {
    const right = await second();
    const places = new Map<number, number>();
    const [leftKeys, rightKeys] = [left.getChild('id3')!, right.getChild('id3')!];
    for (let i = 0; i < right.numRows; i++) places.set(rightKeys.get(i) as number, i);
    const rows = rowsWhere(left, (i) => places.has(leftKeys.get(i) as number));
    const others = rows.map((row) => places.get(leftKeys.get(row) as number)!);
    const renamed = Object.entries(columnsOf(taken(right, others))).map(([name, column]) => [
      name === 'v2' ? name : `${name}_right`,
      column,
    ]);
    return new arrow.Table({ ...columnsOf(taken(left, rows)), ...Object.fromEntries(renamed) });
  },
};

export const engine: Engine = { version: rivalVersion('apache-arrow'), tasks: Object.keys(tasks), start };

async function start({ task, inputs, checks }: Ask): Promise<Started> {
  const [first, second] = Object.values(inputs);
  return {
    async run() {
      const answer = await tasks[task]!(await read(first!), () => read(second!));
      return async () => ({
        sums: sumsOf(
          answer.numRows,
          (checks ?? []).map((column) => answer.getChild(column)!),
        ),
      });
    },
    async stop() {},
  };
}

async function read(path: string): Promise<Arrow.Table> {
  let builders: Record<string, Arrow.Builder> | null = null;
  await eachLine(path, (names) => (fields) => {
    builders ??= Object.fromEntries(names.map((name, i) => [name, builderFor(name, fields[i]!)]));
    for (let i = 0; i < names.length; i++) builders[names[i]!]!.append(fields[i]);
  });
  return finished(builders ?? {});
}

/** Values are doubles, keys integers or texts. */
function builderFor(name: string, value: string | number): Arrow.Builder {
  if (typeof value === 'string') return arrow.makeBuilder({ type: new arrow.Utf8() });
  return arrow.makeBuilder({ type: name.startsWith('v') ? new arrow.Float64() : new arrow.Int32() });
}

function tableOf(columns: Readonly<Record<string, readonly (string | number)[]>>): Arrow.Table {
  const builders = Object.entries(columns).map(([name, values]): [string, Arrow.Builder] => {
    const builder = builderFor(name, values[0]!);
    for (const value of values) builder.append(value);
    return [name, builder];
  });
  return finished(Object.fromEntries(builders));
}

function finished(builders: Readonly<Record<string, Arrow.Builder>>): Arrow.Table {
  const columns = Object.entries(builders).map(([name, builder]) => [name, builder.finish().toVector()]);
  return new arrow.Table(Object.fromEntries(columns) as Columns);
}

function rowsWhere(table: Arrow.Table, keep: (row: number) => boolean): Uint32Array {
  const rows = new Uint32Array(table.numRows);
  let count = 0;
  for (let i = 0; i < rows.length; i++) if (keep(i)) rows[count++] = i;
  return rows.subarray(0, count);
}

function taken(table: Arrow.Table, rows: Uint32Array): Arrow.Table {
  const columns = Object.entries(columnsOf(table)).map(([name, column]) => {
    const builder = arrow.makeBuilder({ type: column.type });
    for (const row of rows) builder.append(column.get(row));
    return [name, builder.finish().toVector()];
  });
  return new arrow.Table(Object.fromEntries(columns) as Columns);
}

function columnsOf(table: Arrow.Table): Columns {
  return Object.fromEntries(table.schema.fields.map(({ name }) => [name, table.getChild(name)!]));
}
