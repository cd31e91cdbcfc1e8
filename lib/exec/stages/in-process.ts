/** Tasks run in this process, one after the other, where there are no workers. */
import { stopIfAborted } from '../../breathe.js';
import type { Context } from '../context.js';
import { runTask } from './run-task.js';
import type { SentTask, TaskProgress, TaskResult } from './task.js';

/** Runs a task, which is made when its turn comes. */
export type TaskPlace = (
  makeTask: () => SentTask,
  signal: AbortSignal,
  tell: (progress: TaskProgress) => void,
) => Promise<TaskResult>;

export function inProcess({ arena, kernels }: Context): TaskPlace {
  let last: Promise<unknown> = Promise.resolve();
  return (makeTask, signal, tell) => {
    const run = last.then(async () => {
      const machine = { arena, kernels, signal };
      stopIfAborted(machine);
      // Parts of it may be views of the arena.
      return structuredClone(await runTask(makeTask(), machine, tell));
    });
    last = run.catch(() => {});
    return run;
  };
}
