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
  let columns: Record<string, (string | number)[]> = {};
  await eachLine(path, (names) => {
    const lists = names.map((): (string | number)[] => []);
    columns = Object.fromEntries(names.map((name, i) => [name, lists[i]!]));
    return (fields) => {
      for (let i = 0; i < lists.length; i++) lists[i]!.push(fields[i]!);
    };
  });
  return tableOf(columns);
}

function tableOf(columns: Readonly<Record<string, (string | number)[]>>): Arrow.Table {
  const vectors = Object.entries(columns).map(([name, values]) => [name, vectorOf(name, values)]);
  return new arrow.Table(Object.fromEntries(vectors) as Columns);
}

/** Values are doubles, keys integers or texts. The list is emptied, so that not all is held twice. */
function vectorOf(name: string, values: (string | number)[]): Arrow.Vector {
  const array = name.startsWith('v') ? Float64Array : Int32Array;
  const vector =
    typeof values[0] === 'string'
      ? arrow.vectorFromArray(values as string[], new arrow.Utf8())
      : arrow.makeVector(array.from(values as number[]));
  values.length = 0;
  return vector;
}

function rowsWhere(table: Arrow.Table, keep: (row: number) => boolean): Uint32Array {
  const rows = new Uint32Array(table.numRows);
  let count = 0;
  for (let i = 0; i < rows.length; i++) if (keep(i)) rows[count++] = i;
  return rows.subarray(0, count);
}

function taken(table: Arrow.Table, rows: Uint32Array): Arrow.Table {
  const columns = Object.entries(columnsOf(table)).map(([name, column]) => [
    name,
    vectorOf(
      name,
      Array.from(rows, (row) => column.get(row) as string | number),
    ),
  ]);
  return new arrow.Table(Object.fromEntries(columns) as Columns);
}

function columnsOf(table: Arrow.Table): Columns {
  return Object.fromEntries(table.schema.fields.map(({ name }) => [name, table.getChild(name)!]));
}
