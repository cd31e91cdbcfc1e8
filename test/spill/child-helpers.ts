/** Processes to be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const dist = new URL('../../', import.meta.url).href;

/** Runs a module's text, in which `load('spill/x.js')` imports one of ours; resolves when it calls `ready()`. */
export async function childThat(text: string, ...args: readonly string[]): Promise<ChildProcess> {
  const prelude = `
    import { writeSync } from 'node:fs';
    const load = (name) => import(${JSON.stringify(dist)} + name);
    const ready = () => writeSync(1, 'ready');
    const args = process.argv.slice(1);
    const forever = () => new Promise(() => setInterval(() => {}, 1e6));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', prelude + text, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [unknown];
  if (String(said) !== 'ready') throw new Error(`the child ended with ${String(said)}`);
  return child;
}

/** As the system's killer of those who take too much memory does it. */
export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}
