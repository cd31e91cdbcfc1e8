/**
 * An engine in a process of its own: `node child.js ENGINE` tells what it is, `node child.js ENGINE '{"ask": ..., "setting": ...,
 * "rounds": 3}'` runs a task so many times. What it says is lines that begin with `bench `, then JSON.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Ask, Engine, Setting } from './engine.js';

export interface Request {
  readonly ask: Ask;
  readonly setting: Setting;
  readonly rounds: number;
}

const [, , name, request] = process.argv;
const { engine } = (await import(`./${name}.js`)) as { engine: Engine };
if (request === undefined) say({ version: engine.version, tasks: engine.tasks });
else await work(JSON.parse(request) as Request);
process.exit(0);

async function work({ ask, setting, rounds }: Request): Promise<void> {
  try {
    if (ask.output !== null) mkdirSync(dirname(ask.output), { recursive: true });
    const started = await engine.start(ask, setting);
    say({ started: performance.now() / 1000 });
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const cpu = process.cpuUsage();
      const answerOf = await started.run();
      const { user, system } = process.cpuUsage(cpu);
      say({ seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 });
      const answer = await answerOf();
      if (round === rounds - 1) say({ answer });
      else if ('file' in answer) rmSync(answer.file, { recursive: true });
    }
    say({ spilled: started.spilled?.() ?? null });
    await started.stop();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}

function say(what: object): void {
  process.stdout.write(`bench ${JSON.stringify(what)}\n`);
}
