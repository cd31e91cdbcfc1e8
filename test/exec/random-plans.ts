import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SpillwayError } from '../../lib/errors.js';
import { constantEvaluator } from '../../lib/exec/evaluate-constant.js';
import { execute } from '../../lib/exec/execute.js';
import type { Sources } from '../../lib/exec/sources.js';
import type { Runtime, ScanRequest, Source } from '../../lib/formats/format.js';
import { explain } from '../../lib/plan/explain.js';
import { optimize } from '../../lib/plan/optimize.js';
import type { Plan } from '../../lib/plan/plan.js';
import { schemaOf } from '../../lib/plan/schema.js';
import { batchOf, type Cell, cellsOf, contextOf, makeRuntime, vectorOf } from '../helpers.js';
import { diceOf, outcome, type Row, randomPlan, randomRows, randomWindows, schema } from '../plan/helpers.js';

const test = suite('random plans');

/** Rows in memory as a source that gives batches of at most three. */
function sourceOf(rows: readonly Row[]): Source {
  return {
    schema,
    rows: rows.length,
    bytes: null,
    statistics: null,
    async *scan(request: ScanRequest, runtime: Runtime) {
      const region = runtime.arena.region('source');
      try {
        for (let start = 0; start < rows.length; start += 3) {
          region.reset();
          const part = rows.slice(start, start + 3);
          const columns = request.columns.map((index) => {
            const { name, type } = schema.fields[index]!;
            const cells = part.map((row) => (row[name] === null ? null : BigInt(Number(row[name]))));
            return vectorOf(type, cells, region);
          });
          yield { ...batchOf(columns), length: part.length };
        }
      } finally {
        region.release();
      }
    },
    async close() {},
  };
}

async function collect(plan: Plan, rows: readonly Row[], runtime: Runtime): Promise<Cell[][] | null> {
  const source = sourceOf(rows);
  const sources = { open: async () => source } as unknown as Sources;
  const found: Cell[][] = [];
  try {
    for await (const batch of execute(plan, contextOf(runtime, { sources }))) {
      const columns = batch.columns.map((vector) => cellsOf(vector, runtime.arena));
      for (let i = 0; i < batch.length; i++) found.push(columns.map((cells) => cells[i]!));
    }
    return found;
  } catch (error) {
    if (error instanceof SpillwayError && error.code === 'data') return null;
    throw error;
  }
}

test('as written and optimized, the rows are the same', async () => {
  const runtime = makeRuntime();
  const evaluateConstant = constantEvaluator(runtime);
  let compared = 0;
  for (let seed = 0; seed < 400; seed++) {
    const dice = diceOf(seed + 50_000);
    const plan = dice.below(4) === 0 ? randomWindows(dice) : randomPlan(dice, 1 + dice.below(6));
    const rows = randomRows(dice);
    const told = `seed ${seed}\n${explain(plan)}\n${JSON.stringify(rows)}`;
    const truth = outcome(plan, rows);
    if (truth === null) continue;
    compared++;
    const names = schemaOf(plan).fields.map(({ name }) => name);
    const expected = truth.map((row) => names.map((name) => plainCell(row[name] as Cell)));
    for (const better of [plan, optimize(plan, { evaluateConstant })]) {
      const actual = (await collect(better, rows, runtime))?.map((cells) => cells.map(plainCell)) ?? null;
      assert.equal(actual, expected, `${told}\n=>\n${explain(better)}`);
      assert.is(runtime.arena.reserved, 0, told);
    }
  }
  assert.ok(compared > 200, `${compared} plans gave rows`);
});

function plainCell(cell: Cell): Cell {
  return typeof cell === 'bigint' ? Number(cell) : cell;
}

test.run();
