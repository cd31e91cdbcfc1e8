/** Arquero: the file as one text, then a table in memory. */
import { readFileSync } from 'node:fs';
import { type Ask, type Engine, type Started, sumsOf } from './engine.js';
import { rival, rivalVersion } from './rival.js';

/** What is used of it. */
interface Table {
  numRows(): number;
  filter(condition: string): Table;
  groupby(key: string): Table;
  rollup(aggregates: Record<string, string>): Table;
  orderby(...keys: string[]): Table;
  reify(): Table;
  join(other: Table, key: string): Table;
  array(column: string): Iterable<unknown>;
}

const aq = await rival<{ fromCSV(text: string): Table }>('arquero');

const tasks: Readonly<Record<string, (first: Table, second: () => Table) => Table>> = {
  load: (table) => table,
  'csv-filter': (table) => table.filter('d => d.v1 >= 3 && d.v3 < 50').reify(),
  'csv-group': (table) => table.groupby('id3').rollup({ v1: 'd => op.sum(d.v1)', v3: 'd => op.mean(d.v3)' }),
  'csv-sort': (table) => table.orderby('id3', 'v3').reify(),
  'csv-join': (left, right) => left.join(right(), 'id3'),
};

export const engine: Engine = { version: rivalVersion('arquero'), tasks: Object.keys(tasks), start };

async function start({ task, inputs, checks }: Ask): Promise<Started> {
  const [first, second] = Object.values(inputs);
  const read = (path: string): Table => aq.fromCSV(readFileSync(path, 'utf8'));
  return {
    async run() {
      const answer = tasks[task]!(read(first!), () => read(second!));
      return async () => ({
        sums: sumsOf(
          answer.numRows(),
          (checks ?? []).map((column) => answer.array(column)),
        ),
      });
    },
    async stop() {},
  };
}
