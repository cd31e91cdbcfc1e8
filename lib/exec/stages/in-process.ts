/** Tasks run in this process, one after the other, where there are no workers. */
import { stopIfAborted } from '../../breathe.js';
import type { Context } from '../context.js';
import { portable } from './choose.js';
import { runTask } from './run-task.js';
import type { Executor } from './schedule.js';
import type { TaskResult } from './task.js';

export function inProcess({ arena, kernels, progress }: Context): Executor {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(task, signal) {
      const run = last.then(async () => {
        const machine = { arena, kernels, signal };
        stopIfAborted(machine);
        let told = 0;
        const result = await runTask({ ...task, plan: portable(task.plan) }, machine, ({ read }) => {
          progress.read(read - told);
          told = read;
        });
        progress.read(result.read - told);
        // Parts of it may be views of the arena.
        return structuredClone(result) as TaskResult;
      });
      last = run.catch(() => {});
      return run;
    },
  };
}
