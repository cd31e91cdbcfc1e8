/**
 * Does the caller's own process stay responsive? An HTTP server answers while a job of the library runs in the same process:
 * `node dist/bench/responsive.js FILE [--memory 1GB] [--job sort]`. The first line, without a job, is what the machine does by itself.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Session } from '../lib/index.js';

const { values, positionals } = parseArgs({
  options: {
    memory: { type: 'string', default: '1GB' },
    job: { type: 'string' },
    port: { type: 'string' },
  },
  allowPositionals: true,
});

/** Milliseconds between two questions. */
const interval = 5;

/** What is promised. */
const most = { p99: 20, growth: 64 * 2 ** 20 } as const;

if (values.port !== undefined) await ask(Number(values.port));
else await serve();

/** In a process of its own, so that only the answers are slow where the server is. */
async function ask(port: number): Promise<void> {
  const taken: number[] = [];
  let asking = true;
  process.once('message', () => {
    asking = false;
  });
  while (asking) {
    const start = performance.now();
    await new Promise<void>((resolve, reject) => {
      get({ port, agent: false }, (answer) => answer.resume().on('end', resolve)).on('error', reject);
    });
    taken.push(performance.now() - start);
    await setTimeout(interval);
  }
  process.send!(taken);
  process.disconnect();
}

async function serve(): Promise<void> {
  const [file] = positionals;
  if (file === undefined) throw new Error('name a file');
  const server = createServer((_, answer) => answer.end('here\n')).listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), 'spillway-responsive-'));
  const jobs: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
    idle: () => setTimeout(2000),
    convert: async (session) => (await session.scan(file)).write(join(folder, 'out'), { format: 'dataset' }),
    sort: async (session) =>
      (await session.scan(file)).sort('v3, id6').write(join(folder, 'sorted'), { format: 'dataset' }),
    aggregate: async (session) =>
      (await session.sql(`select id3, sum(v1) as s, avg(v3) as m from "${file}" group by id3`)).count(),
  };
  try {
    for (const [name, job] of Object.entries(jobs)) {
      if (values.job !== undefined && values.job !== name) continue;
      const session = new Session({ memory: values.memory });
      const before = process.memoryUsage.rss();
      let largest = before;
      const watch = setInterval(() => {
        largest = Math.max(largest, process.memoryUsage.rss());
      }, 50);
      const asker = fork(fileURLToPath(import.meta.url), ['--port', String(port)]);
      const start = performance.now();
      await job(session);
      const seconds = (performance.now() - start) / 1000;
      clearInterval(watch);
      asker.send('enough');
      const [taken] = (await once(asker, 'message')) as [number[]];
      await session.close();
      tell(
        name,
        seconds,
        taken.sort((a, b) => a - b),
        largest - before,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
    server.close();
  }
}

function tell(name: string, seconds: number, taken: readonly number[], growth: number): void {
  const at = (part: number): number => taken[Math.min(taken.length - 1, Math.floor(taken.length * part))]!;
  const kept = at(0.99) < most.p99 && growth < most.growth;
  console.log(
    `${name.padEnd(10)} ${seconds.toFixed(1)} s  ${taken.length} answers, 50%: ${at(0.5).toFixed(1)} ms  99%: ${at(0.99).toFixed(1)} ms  longest: ${at(1).toFixed(1)} ms  resident +${(growth / 2 ** 20).toFixed(0)} MB  ${kept ? 'as promised' : 'NOT AS PROMISED'}`,
  );
  if (!kept) process.exitCode = 1;
}
