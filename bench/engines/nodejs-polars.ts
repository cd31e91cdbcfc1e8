/** Polars in Node.js, eager: the whole file becomes a frame in memory. */
import type { Ask, Engine, Started } from './engine.js';
import { rival, rivalVersion } from './rival.js';

/** What is used of it. */
interface Expr {
  gtEq(value: number): Expr;
  lt(value: number): Expr;
  and(other: Expr): Expr;
  sum(): Expr;
  mean(): Expr;
}
interface Frame {
  readonly height: number;
  filter(condition: Expr): Frame;
  groupBy(key: string): { agg(...aggregates: Expr[]): Frame };
  sort(options: { by: string[] }): Frame;
  join(other: Frame, options: { on: string; how: 'inner'; suffix: string }): Frame;
  getColumn(name: string): { sum(): number };
}
interface Polars {
  readCSV(path: string): Frame;
  col(name: string): Expr;
}

const name = 'nodejs-polars';
const { default: pl } = await rival<{ default: Polars }>(name);

const tasks: Readonly<Record<string, (first: Frame, second: () => Frame) => Frame>> = {
  load: (frame) => frame,
  'csv-filter': (frame) => frame.filter(pl.col('v1').gtEq(3).and(pl.col('v3').lt(50))),
  'csv-group': (frame) => frame.groupBy('id3').agg(pl.col('v1').sum(), pl.col('v3').mean()),
  'csv-sort': (frame) => frame.sort({ by: ['id3', 'v3'] }),
  'csv-join': (left, right) => left.join(right(), { on: 'id3', how: 'inner', suffix: '_right' }),
};

export const engine: Engine = { version: rivalVersion(name), tasks: Object.keys(tasks), start };

async function start({ task, inputs, checks }: Ask): Promise<Started> {
  const [first, second] = Object.values(inputs);
  return {
    async run() {
      const answer = tasks[task]!(pl.readCSV(first!), () => pl.readCSV(second!));
      return async () => ({
        sums: [answer.height, ...(checks ?? []).map((column) => answer.getColumn(column).sum())],
      });
    },
    async stop() {},
  };
}
