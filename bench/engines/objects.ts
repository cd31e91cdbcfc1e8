/** Plain JavaScript: an array of objects, `filter`, `sort` and `Map`. */
import { eachLine } from './csv-lines.js';
import { type Ask, type Engine, type Started, sumsOf } from './engine.js';

type Row = Record<string, string | number>;

const tasks: Readonly<
  Record<string, (first: Row[], second: () => Promise<Row[]>) => Row[] | Promise<Row[]>>
> = {
  load: (rows) => rows,
  'csv-filter': (rows) => rows.filter((row) => (row.v1 as number) >= 3 && (row.v3 as number) < 50),
  'csv-group': (rows) => {
    const groups = new Map<string | number, { v1: number; v3: number; count: number }>();
    for (const row of rows) {
      let group = groups.get(row.id3!);
      if (group === undefined) {
        group = { v1: 0, v3: 0, count: 0 };
        groups.set(row.id3!, group);
      }
      group.v1 += row.v1 as number;
      group.v3 += row.v3 as number;
      group.count++;
    }
    return Array.from(groups, ([id3, { v1, v3, count }]) => ({ id3, v1, v3: v3 / count }));
  },
  'csv-sort': (rows) =>
    rows.sort((a, b) => (a.id3! < b.id3! ? -1 : a.id3! > b.id3! ? 1 : (a.v3 as number) - (b.v3 as number))),
  'csv-join': async (left, second) => {
    const right = new Map((await second()).map((row) => [row.id3!, besideLeft(row)]));
    return left.flatMap((row) => {
      const other = right.get(row.id3!);
      return other === undefined ? [] : [{ ...row, ...other }];
    });
  },
};

export const engine: Engine = { version: process.version.slice(1), tasks: Object.keys(tasks), start };

async function start({ task, inputs, checks }: Ask): Promise<Started> {
  const [first, second] = Object.values(inputs);
  return {
    async run() {
      const answer = await tasks[task]!(await read(first!), () => read(second!));
      return async () => ({
        sums: sumsOf(
          answer.length,
          (checks ?? []).map((column) => answer.map((row) => row[column])),
        ),
      });
    },
    async stop() {},
  };
}

/** With names of their own for the columns that both sides have. */
function besideLeft({ id1, id2, id4, id5, id6, v2 }: Row): Row {
  return { id1_right: id1!, id2_right: id2!, id4_right: id4!, id5_right: id5!, id6_right: id6!, v2: v2! };
}

async function read(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  await eachLine(path, (names) => (fields) => {
    const row: Row = {};
    for (let i = 0; i < names.length; i++) row[names[i]!] = fields[i]!;
    rows.push(row);
  });
  return rows;
}
