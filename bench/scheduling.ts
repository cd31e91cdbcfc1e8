/**
 * What the coordinator takes for a task: `node dist/bench/scheduling.js [--tasks 10000]`. The workers are simulated and do nothing,
 * so that all the time is that of the coordinator; messages between processes cost 0.1 to 0.2 ms more.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { int64 } from '../lib/arrow/types.js';
import { portable } from '../lib/exec/stages/choose.js';
import { JobDisk } from '../lib/exec/stages/job-disk.js';
import { StageRun } from '../lib/exec/stages/schedule.js';
import type { Stage } from '../lib/exec/stages/stage.js';
import type { TaskResult } from '../lib/exec/stages/task.js';
import { loadKernels } from '../lib/kernels/wasm.js';
import { Arena } from '../lib/memory/arena.js';
import { scan as makeScan } from '../lib/plan/make-plan.js';
import type { Scan } from '../lib/plan/plan.js';
import { SpillStore } from '../spill/spill-store.js';

const { values } = parseArgs({ options: { tasks: { type: 'string', default: '10000' } } });
const tasks = Number(values.tasks);
const folder = mkdtempSync(join(tmpdir(), 'spillway-scheduling-'));
try {
  for (const workers of [16, 64]) {
    await simulate(workers); // compiled, from now on
    const { seconds, longest } = await simulate(workers);
    const each = ((seconds * 1000) / tasks).toFixed(3);
    console.log(
      `${workers} workers, ${tasks} tasks: ${each} ms a task, all at once for ${longest.toFixed(0)} ms at most`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function simulate(workers: number): Promise<{ readonly seconds: number; readonly longest: number }> {
  const arena = new Arena(2 ** 20);
  const store = new SpillStore(async () => ({ path: folder, remove() {} }), 2 ** 40, {
    arena,
    kernels: loadKernels(arena),
  });
  const disk = new JobDisk(store, workers);
  const waiting: (() => void)[] = [];
  let free = workers;
  const start = performance.now();
  let turn = start;
  let longest = 0;
  let over = false;
  const watch = (async () => {
    while (!over) {
      await setImmediate();
      const now = performance.now();
      longest = Math.max(longest, now - turn);
      turn = now;
    }
  })();
  const run = new StageRun([textStage()], {
    executor: {
      run: (task) =>
        disk.during(async (begin) => {
          if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
          else free--;
          const sent = JSON.stringify({ ...task, plan: portable(task.plan), disk: begin() });
          await setImmediate();
          const next = waiting.shift();
          if (next === undefined) free++;
          else next();
          return resultOf(JSON.parse(sent).plan as Scan, join(folder, 'none'));
        }),
      remove: (file) => disk.remove(file),
    },
    signal: new AbortController().signal,
    folder,
    ledger: null,
    atOnce: 4 * workers,
    ahead: Number.POSITIVE_INFINITY,
    onRetry() {},
    onResult() {},
  });
  for await (const _ of run.results());
  await run.end();
  const seconds = (performance.now() - start) / 1000;
  over = true;
  await watch;
  return { seconds, longest };
}

function textStage(): Stage {
  const schema = { fields: [{ name: 'n', type: int64, nullable: false }] };
  const source = { paths: ['/a'], options: {}, rows: null, bytes: null, statistics: null };
  const scan = makeScan({ ...source, format: 'csv' }, schema);
  const splits = Array.from({ length: tasks }, (_, i) =>
    Object.freeze({ ...scan, range: { file: 0, from: i * 10, to: i * 10 + 10, exact: i === 0 } }),
  );
  return {
    number: 0,
    parts: [{ plan: scan, over: { kind: 'splits', scan, splits } }],
    layout: { kind: 'rows' },
    enough: null,
  };
}

function resultOf({ range }: Scan, path: string): TaskResult {
  const { from, to } = range!;
  return {
    file: { path, bytes: 8, rows: [1] },
    chunks: null,
    range: { from, to, records: 1, lines: 1 },
    failure: null,
    progress: { read: 10, exchanged: 0, rows: 1, spilled: 8 },
  };
}
