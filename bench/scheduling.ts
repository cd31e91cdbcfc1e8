/**
 * What workers cost: `node dist/bench/scheduling.js [--tasks 10000]`.
 *
 * First the coordinator's time for a task. The workers are simulated and do nothing, so that all the time is that of the
 * coordinator; messages between processes cost 0.1 to 0.2 ms more. Then what a query over a small file takes beyond one
 * process: with workers that must be started, 200 ms at most, and with those that are there, 10 ms.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
import { Session, type SessionOptions, sum } from '../lib/index.js';
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
  await overhead();
} finally {
  rmSync(folder, { recursive: true });
}

async function overhead(): Promise<void> {
  const path = join(folder, 'small.csv');
  writeFileSync(path, `k,v\n${Array.from({ length: 50_000 }, (_, i) => `${i % 100},${i}\n`).join('')}`);
  // What this process compiles for the first query is not the workers' fault.
  await milliseconds(path, 20, { workers: 0 });
  const inline = await milliseconds(path, 20, { workers: 0 });
  const [first, best] = await milliseconds(path, 20, { workers: 2, splitBytes: '256KB' });
  verdict('to start two workers', first - inline[1], 200);
  verdict('to use them', best - inline[1], 10);
}

/** The first and the best of some runs. */
async function milliseconds(path: string, runs: number, options: SessionOptions): Promise<[number, number]> {
  const session = new Session({ memory: '1GB', ...options });
  try {
    const query = (await session.scan(path)).groupBy('k').agg((c) => ({ total: sum(c.v) }));
    const all: number[] = [];
    for (let i = 0; i < runs; i++) {
      const start = performance.now();
      await query.collect();
      all.push(performance.now() - start);
    }
    return [all[0]!, Math.min(...all)];
  } finally {
    await session.close();
  }
}

function verdict(what: string, taken: number, most: number): void {
  if (taken > most) process.exitCode = 1;
  console.log(`${taken <= most ? 'PASS' : 'FAIL'}: ${what} ${taken.toFixed(1)} ms (at most ${most})`);
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
