/** Runs tasks, in a worker process or in this one, with nothing left behind but what they wrote. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SpillStore } from '../../../spill/spill-store.js';
import { SpillwayError } from '../../errors.js';
import type { RangeRead, Runtime } from '../../formats/format.js';
import { loadKernels } from '../../kernels/wasm.js';
import { Arena } from '../../memory/arena.js';
import { schemaOf } from '../../plan/schema.js';
import type { Context } from '../context.js';
import { execute } from '../execute.js';
import { grantedShare, needsOf } from '../needs.js';
import { Sources } from '../sources.js';
import type { TaskRunner } from '../workers/protocol.js';
import { sent } from '../workers/sent-error.js';
import { writeChunks } from './dataset-output.js';
import { writeRuns } from './output.js';
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
  return { run: (task, signal, tell) => runTask(task, { arena, kernels, signal }, tell) };
}

/** The task may take the whole arena. */
export async function runTask(
  task: Task,
  machine: Runtime,
  tell: (progress: TaskProgress) => void,
): Promise<TaskResult> {
  const counts = new TaskCounts(tell);
  const spills = new SpillStore(async () => spillFolder(task.folder), task.diskLimit, machine);
  const sources = new Sources();
  try {
    const share = grantedShare(task.plan, await needsOf(task.plan, sources, machine), machine.arena);
    const context = { ...machine, sources, spills, share, progress: counts };
    const written = await write(task, context);
    return { ...nothing, ...written, range: counts.ranged, read: counts.bytes, spilled: spills.written };
  } catch (error) {
    if (counts.ranged === null || !(error instanceof SpillwayError) || error.code !== 'data') throw error;
    return { ...nothing, failure: sent(error), range: counts.ranged, read: counts.bytes };
  } finally {
    await sources.close();
    await spills.release();
  }
}

const nothing: TaskResult = { file: null, chunks: null, range: null, failure: null, read: 0, spilled: 0 };

async function write({ plan, output }: Task, context: Context): Promise<Partial<TaskResult>> {
  const stream = execute(plan, context);
  try {
    switch (output.kind) {
      case 'runs':
        return {
          file: await writeRuns(stream, schemaOf(plan), output.path, output.layout, context, output.sync),
        };
      case 'chunks':
        return { chunks: await writeChunks(stream, output.target, output.number, context) };
    }
  } finally {
    await stream.return();
  }
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
