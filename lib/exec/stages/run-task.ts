/** Runs tasks in a worker process: each with the whole arena, and with nothing left behind but what it wrote. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { SpillStore } from '../../../spill/spill-store.js';
import { SpillwayError } from '../../errors.js';
import type { RangeRead } from '../../formats/format.js';
import { loadKernels } from '../../kernels/wasm.js';
import { Arena } from '../../memory/arena.js';
import type { Expr } from '../../plan/expr.js';
import { schemaOf } from '../../plan/schema.js';
import type { Context } from '../context.js';
import { execute } from '../execute.js';
import { codesIn } from '../functions/codes.js';
import type { BufferLimit } from '../functions/held-buffers.js';
import { loadCode } from '../functions/load.js';
import { grantedShare, needsOf } from '../needs.js';
import { Sources } from '../sources.js';
import { fullExit, type TaskRunner } from '../workers/protocol.js';
import { sent } from '../workers/sent-error.js';
import { writeChunks } from './dataset-output.js';
import { type RunLayout, writeRuns } from './output.js';
import type { Task, TaskProgress, TaskResult } from './task.js';

export interface WorkerSetup {
  /** Bytes of the arena. */
  readonly arena: number;
}

/** Milliseconds between two messages on how far a task is. */
const tellEvery = 200;

export async function open({ arena: bytes }: WorkerSetup): Promise<TaskRunner<Task, TaskResult>> {
  const arena = new Arena(bytes);
  const kernels = loadKernels(arena);
  return {
    async run(task, signal, tell) {
      const counts = new TaskCounts(tell);
      const machine = { arena, kernels, signal };
      const spills = new SpillStore(async () => spillFolder(task.folder), task.diskLimit, machine);
      const sources = new Sources();
      try {
        const share = grantedShare(task.plan, await needsOf(task.plan, sources, machine), arena);
        const context = { ...machine, sources, spills, share, progress: counts, bufferLimit };
        const written = await write(task, context);
        return { ...nothing, ...written, range: counts.ranged, read: counts.bytes, spilled: spills.written };
      } catch (error) {
        if (counts.ranged === null || !(error instanceof SpillwayError) || error.code !== 'data') throw error;
        return { ...nothing, failure: sent(error), range: counts.ranged, read: counts.bytes };
      } finally {
        await sources.close();
        await spills.release();
      }
    },
  };
}

/** As much as there may be in the heap. */
const bufferLimit: BufferLimit = {
  bytes: getHeapStatistics().heap_size_limit,
  exceeded: () => process.exit(fullExit),
};

const nothing: TaskResult = { file: null, chunks: null, range: null, failure: null, read: 0, spilled: 0 };

async function write({ plan, output }: Task, context: Context): Promise<Partial<TaskResult>> {
  if (output.kind === 'runs') await Promise.all(codesIn(exprsOf(output.layout)).map(loadCode));
  const stream = execute(plan, context);
  try {
    switch (output.kind) {
      case 'runs':
        return { file: await writeRuns(stream, schemaOf(plan), output.path, output.layout, context) };
      case 'chunks':
        return { chunks: await writeChunks(stream, output.target, output.number, context) };
    }
  } finally {
    await stream.return();
  }
}

/** What rows are put down by. */
function exprsOf(layout: RunLayout): readonly Expr[] {
  if (layout.kind === 'partitions') return layout.by;
  return layout.kind === 'sorted' ? layout.keys.map(({ expr }) => expr) : [];
}

function spillFolder(folder: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(folder, 'task-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

class TaskCounts {
  bytes = 0;
  ranged: RangeRead | null = null;
  readonly #tell: (progress: TaskProgress) => void;
  #told = 0;

  constructor(tell: (progress: TaskProgress) => void) {
    this.#tell = tell;
  }

  read(bytes: number): void {
    this.bytes += bytes;
    const now = performance.now();
    if (now - this.#told < tellEvery) return;
    this.#told = now;
    this.#tell({ read: this.bytes });
  }

  range(read: RangeRead): void {
    this.ranged = read;
  }
}
