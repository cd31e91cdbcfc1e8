/** A worker process: runs the tasks that it is sent, one at a time, and ends with its coordinator. */
import type { FromWorker, OpenRunner, ToWorker } from './protocol.js';
import { sent } from './sent-error.js';

const beatEvery = 1000;

/** Makes this process a worker. `open` is called once, before the first task. */
export function serve<Setup, Task, Result>(open: OpenRunner<Setup, Task, Result>): void {
  let runner: ReturnType<typeof open> | null = null;
  let running: { readonly id: number; readonly controller: AbortController } | null = null;

  const work = async (id: number, task: Task): Promise<void> => {
    const controller = new AbortController();
    running = { id, controller };
    try {
      const { run } = await runner!.then((found) => ({ run: found.run.bind(found) }));
      const result = await run(task, controller.signal, (progress) =>
        send({ kind: 'progress', id, progress }),
      );
      send({ kind: 'done', id, result, resident: resident() });
    } catch (error) {
      send({ kind: 'failed', id, error: sent(error), resident: resident() });
    } finally {
      running = null;
    }
  };

  process.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'open':
        runner = open(message.setup as Setup);
        // A failure is told with the first task.
        runner.catch(() => {}).then(() => send({ kind: 'ready', resident: resident() }));
        return;
      case 'task':
        void work(message.id, message.task as Task);
        return;
      case 'cancel':
        if (running?.id === message.id) running.controller.abort();
    }
  });

  // Whatever ends the coordinator closes the channel: nobody waits for this process any more.
  process.on('disconnect', () => process.exit());
  // It may have ended before anybody here could be told.
  if (!process.connected) process.exit();
  // A terminal sends these to the whole group; the coordinator decides.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});

  setInterval(() => send({ kind: 'alive', resident: resident() }), beatEvery);
}

/** After the coordinator's end there is nobody to tell, and the process is about to end too. */
function send(message: FromWorker): void {
  if (process.connected) process.send!(message, undefined, undefined, () => {});
}

const resident = (): number => process.memoryUsage.rss();
