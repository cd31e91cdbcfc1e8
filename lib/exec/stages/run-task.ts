/** Runs tasks, in a worker process or in this one, with nothing left behind but what they wrote. */
import { mkdirSync, rmSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { type SpillFolder, SpillStore } from '../../../spill/spill-store.js';
import { SpillwayError } from '../../errors.js';
import type { RangeRead, Runtime } from '../../formats/format.js';
import { loadKernels } from '../../kernels/wasm.js';
import { Arena } from '../../memory/arena.js';
import type { Expr } from '../../plan/expr.js';
import type { Plan } from '../../plan/plan.js';
import { schemaOf } from '../../plan/schema.js';
import type { Context, Stream } from '../context.js';
import { execute } from '../execute.js';
import { codesIn } from '../functions/codes.js';
import type { BufferLimit } from '../functions/held-buffers.js';
import { loadCode } from '../functions/load.js';
import { grantedShare, needsOf } from '../needs.js';
import { Sources } from '../sources.js';
import { fullExit, type TaskRunner } from '../workers/protocol.js';
import { sent } from '../workers/sent-error.js';
import type { RunLayout } from './output.js';
import type { SentTask, Task, TaskOutput, TaskProgress, TaskResult } from './task.js';

export interface WorkerSetup {
  /** Bytes of the arena. */
  readonly arena: number;
}

/** Milliseconds between two messages on how far a task is. */
const tellEvery = 200;

export async function open({ arena: bytes }: WorkerSetup): Promise<TaskRunner<SentTask, TaskResult>> {
  const arena = new Arena(bytes);
  const kernels = loadKernels(arena);
  return { run: (task, signal, tell) => runTask(task, { arena, kernels, signal, bufferLimit }, tell) };
}

/** The task may take the whole arena. */
export async function runTask(
  task: SentTask,
  machine: Runtime & Pick<Context, 'bufferLimit'>,
  tell: (progress: TaskProgress) => void,
): Promise<TaskResult> {
  const { plan, folder, disk } = task;
  const spills = new SpillStore(
    async () => spillFolder(folder),
    disk?.bytes ?? null,
    machine,
    disk?.whole ?? null,
  );
  const counts = new TaskCounts(spills);
  const timer = setInterval(() => tell(counts.progress), tellEvery);
  const sources = new Sources();
  try {
    const share = grantedShare(plan, await needsOf(plan, sources, machine), machine.arena);
    const written = await write(task, { ...machine, sources, spills, share, progress: counts }, counts);
    return { ...nothing, ...written, range: counts.ranged, progress: counts.progress };
  } catch (error) {
    if (counts.ranged === null || !(error instanceof SpillwayError) || error.code !== 'data') throw error;
    return { ...nothing, failure: sent(error), range: counts.ranged, progress: counts.progress };
  } finally {
    clearInterval(timer);
    await sources.close();
    await spills.release();
  }
}

/** As much as there may be in the heap. */
const bufferLimit: BufferLimit = {
  bytes: getHeapStatistics().heap_size_limit,
  exceeded: () => process.exit(fullExit),
};

const nothing = { file: null, chunks: null, range: null, failure: null } as const;

async function write(
  { plan, output }: Task,
  context: Context,
  counts: TaskCounts,
): Promise<Partial<TaskResult>> {
  if (output.kind === 'runs') await Promise.all(codesIn(exprsOf(output.layout)).map(loadCode));
  const stream = counts.passing(execute(putDown(plan, output), context));
  try {
    switch (output.kind) {
      case 'runs': {
        const { writeRuns } = await import('./output.js');
        return {
          file: await writeRuns(stream, schemaOf(plan), output.path, output.layout, context, output.sync),
        };
      }
      case 'chunks': {
        const { writeChunks } = await import('./dataset-output.js');
        return { chunks: await writeChunks(stream, output.target, output.number, context) };
      }
    }
  } finally {
    await stream.return();
  }
}

/** The plan whose rows are put down: a sort's input, as that is sorted on its way out, and merged by those who read it. */
function putDown(plan: Plan, output: TaskOutput): Plan {
  const sorted = output.kind === 'runs' && output.layout.kind === 'sorted';
  return sorted && plan.op === 'sort' ? plan.input : plan;
}

/** What rows are put down by. */
function exprsOf(layout: RunLayout): readonly Expr[] {
  if (layout.kind === 'partitions') return layout.by;
  return layout.kind === 'sorted' ? layout.keys.map(({ expr }) => expr) : [];
}

function spillFolder(path: string): SpillFolder {
  mkdirSync(path);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

class TaskCounts {
  ranged: RangeRead | null = null;
  readonly #spills: SpillStore;
  #read = 0;
  #exchanged = 0;
  #rows = 0;

  constructor(spills: SpillStore) {
    this.#spills = spills;
  }

  get progress(): TaskProgress {
    return {
      read: this.#read,
      exchanged: this.#exchanged,
      rows: this.#rows,
      spilled: this.#spills.written,
    };
  }

  read(bytes: number): void {
    this.#read += bytes;
  }

  exchanged(bytes: number): void {
    this.#exchanged += bytes;
  }

  range(read: RangeRead): void {
    this.ranged = read;
  }

  /** The same rows, counted. */
  async *passing(rows: Stream): Stream {
    for await (const batch of rows) {
      this.#rows += batch.length;
      yield batch;
    }
  }
}
