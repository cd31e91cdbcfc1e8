/** Tasks for the tests of the pool. */
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { dataError } from '../../../lib/errors.js';
import type { TaskRunner } from '../../../lib/exec/workers/protocol.js';
import { serve } from '../../../lib/exec/workers/worker.js';

export type Task =
  | { readonly do: 'add'; readonly numbers: readonly bigint[] }
  | { readonly do: 'count'; readonly to: number }
  | { readonly do: 'wait' }
  | { readonly do: 'refuse' }
  | { readonly do: 'throw' }
  | { readonly do: 'exit'; readonly code: number }
  | { readonly do: 'die'; readonly signal: NodeJS.Signals }
  | { readonly do: 'fill heap' }
  | { readonly do: 'spin' };

export interface Setup {
  readonly name: string;
  /** A file: the one process that makes it is never ready. */
  readonly stuck?: string;
  /** No process is ready: each ends with this code. */
  readonly exit?: number;
}

async function open(setup: Setup): Promise<TaskRunner<Task, unknown>> {
  if (setup.exit !== undefined) process.exit(setup.exit);
  if (setup.stuck !== undefined && makes(setup.stuck)) await new Promise(() => {});
  let tasks = 0;
  return {
    async run(task, signal, tell) {
      tasks++;
      switch (task.do) {
        case 'add':
          return { sum: task.numbers.reduce((a, b) => a + b, 0n), by: setup.name, tasks, pid: process.pid };
        case 'count':
          for (let i = 1; i <= task.to; i++) tell(i);
          return task.to;
        case 'wait':
          tell('waiting');
          if (!signal.aborted) await once(signal, 'abort');
          throw new Error('stopped');
        case 'refuse':
          throw dataError('the file is bad', { file: 'a.csv', line: 7 });
        case 'throw':
          throw new TypeError('not ours');
        case 'exit':
          return process.exit(task.code);
        case 'die':
          process.kill(process.pid, task.signal);
          return new Promise(() => {});
        case 'fill heap': {
          const kept: number[][] = [];
          for (;;) kept.push(Array.from({ length: 100_000 }, (_, i) => i + 0.5));
        }
        case 'spin':
          for (;;);
      }
    },
  };
}

function makes(file: string): boolean {
  try {
    closeSync(openSync(file, 'wx'));
    return true;
  } catch {
    return false;
  }
}

serve(open);
