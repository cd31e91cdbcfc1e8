/** A query as a race of ours, over datasets, against DuckDB's, over its own tables. */
import { rmSync } from 'node:fs';
import type { Session } from '../lib/index.js';
import { sumsText } from './answers.js';
import type { Duck } from './duckdb.js';
import type { Input } from './inputs.js';
import type { Contender, Task } from './race.js';

export interface Sides {
  readonly session: Session;
  readonly duck: Duck;
  /** For long answers. */
  readonly folder: string;
  /** Where DuckDB puts long answers. */
  readonly into: 'table' | 'parquet';
}

export interface RacedQuery {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly ours: string;
  readonly theirs: string;
  /** Columns whose sums are compared, after the number of rows. */
  readonly checks: readonly string[];
  /** Null where none is known: then both must agree. */
  readonly answer: string | null;
  /** Is it written to a dataset, and by DuckDB to a table or a Parquet file, or taken into memory? */
  readonly long: boolean;
}

export function queryTask(query: RacedQuery, sides: Sides): Task {
  return {
    name: query.name,
    ...(query.answer !== null && { answer: query.answer }),
    contenders: [oursOf(query, sides.session, sides.folder), theirs(query, sides)],
  };
}

/** Long answers go to `folder` until they are checked. */
export function oursOf({ ours: sql, checks, long }: RacedQuery, session: Session, folder: string): Contender {
  const output = `${folder}/answer/`;
  return {
    name: 'Spillway',
    async run() {
      const frame = await session.sql(sql);
      if (!long) {
        const answer = await frame.collect();
        return async () => sumsText([answer.numRows, ...checks.map((name) => sum(answer.getChild(name)!))]);
      }
      await frame.write(output, { overwrite: true });
      return async () => {
        const sums = await datasetSums(session, output, checks);
        rmSync(output, { recursive: true });
        return sumsText(sums);
      };
    },
  };
}

/** The number of rows, then the sums of columns. */
export async function datasetSums(
  session: Session,
  path: string,
  checks: readonly string[],
): Promise<number[]> {
  const answer = await (await session.sql(`select ${checksSql(checks)} from "${path}"`)).collect();
  return answer.schema.fields.map(({ name }) => Number(answer.getChild(name)!.get(0)));
}

function theirs({ theirs: sql, checks, long }: RacedQuery, { duck, folder, into }: Sides): Contender {
  const file = long && into === 'parquet' ? `${folder}/answer.parquet` : null;
  return {
    name: 'DuckDB',
    async run() {
      await duck.run(
        file === null
          ? `create or replace temp table answer as ${sql}`
          : `copy (${sql}) to '${file}' (format parquet)`,
      );
      return async () => {
        const from = file === null ? 'answer' : `'${file}'`;
        const sums = await duck.numbers(`select ${checksSql(checks)} from ${from}`);
        if (file === null) await duck.run('drop table answer');
        else rmSync(file);
        return sumsText(sums);
      };
    },
  };
}

export function checksSql(checks: readonly string[]): string {
  return ['count(*) as rows', ...checks.map((name, i) => `sum(${name}) as sum${i}`)].join(', ');
}

function sum(column: Iterable<unknown>): number {
  let total = 0;
  for (const value of column) total += Number(value);
  return total;
}
