/** Spillway: datasets, and files as they are; one thread is the process itself, more are workers. */
import { createRequire } from 'node:module';
import { DataType, type Table, type Vector } from 'apache-arrow';
import { datasetSums } from '../query-task.js';
import { type Ask, type Engine, filled, type Setting, type Started, sumsOf } from './engine.js';

/** As it is published. */
const { Session } = (await import(
  new URL('../../bundle/index.js', import.meta.url).href
)) as typeof import('../../lib/index.js');

const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string };

export const engine: Engine = { version, tasks: null, start };

async function start(ask: Ask, { threads, memory, scratch }: Setting): Promise<Started> {
  const session = new Session({ memory, tempDir: scratch, workers: threads === 1 ? 0 : threads });
  const query = filled(ask, (path) => `"${path}"`);
  const output = `${ask.output}${ask.kind === 'load' ? '_dataset' : ''}/`;
  return {
    async run() {
      const frame = await session.sql(query);
      if (ask.output === null) {
        const answer = await frame.collect();
        return async () => ({ sums: tableSums(answer, ask.checks) });
      }
      await frame.write(output, { overwrite: true });
      if (ask.kind === 'query') return async () => ({ file: output });
      return async () => ({ sums: await datasetSums(session, output, ask.checks ?? []) });
    },
    stop: () => session.close(),
    spilled: () => session.stats.spilledBytes,
  };
}

function tableSums(table: Table, checks: readonly string[] | null): number[] {
  const names = checks ?? table.schema.fields.map(({ name }) => name);
  return sumsOf(
    table.numRows,
    names.map((name) => numbersIn(table.getChild(name)!)),
  );
}

/** Numbers as they are, one for every other value. */
function* numbersIn(column: Vector): Generator<number> {
  const { type } = column;
  const scale = DataType.isDecimal(type) ? 10 ** type.scale : 1;
  const numeric = DataType.isDecimal(type) || DataType.isInt(type) || DataType.isFloat(type);
  for (const value of column) {
    if (value === null) yield 0;
    else yield numeric ? Number(String(value)) / scale : 1;
  }
}
