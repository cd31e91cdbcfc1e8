/** Runs tasks in a worker process: each with the whole arena, and with nothing left behind but what it wrote. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SpillStore } from '../../../spill/spill-store.js';
import { loadKernels } from '../../kernels/wasm.js';
import { Arena } from '../../memory/arena.js';
import { schemaOf } from '../../plan/schema.js';
import { execute } from '../execute.js';
import { shareOf } from '../share.js';
import { Sources } from '../sources.js';
import type { TaskRunner } from '../workers/protocol.js';
import { writeRuns } from './output.js';
import type { RangeRead, Task, TaskProgress, TaskResult } from './task.js';

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
      const progress = new TaskCounts(tell);
      const machine = { arena, kernels, signal };
      const spills = new SpillStore(async () => spillFolder(task.folder), task.diskLimit, machine);
      const sources = new Sources();
      const context = { ...machine, sources, spills, share: shareOf(task.plan, arena), progress };
      const schema = schemaOf(task.plan);
      const stream = execute(task.plan, context);
      try {
        const file = await writeRuns(stream, schema, task.output, context);
        const rows = file.rows.reduce((sum, count) => sum + count, 0);
        return { rows, file, range: progress.range_, read: progress.bytes, spilled: spills.written };
      } finally {
        await stream.return();
        await sources.close();
        await spills.release();
      }
    },
  };
}

function spillFolder(folder: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(folder, 'task-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

class TaskCounts {
  bytes = 0;
  range_: RangeRead | null = null;
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
    this.range_ = read;
  }
}
