/**
 * Runs the tests: `node dist/test/all.js [part of a name...]`. Each file of tests is a process, and as many run at
 * once as there are cores, so that none waits for another's memory or listeners. Each has a temporary folder of its
 * own, in which it must leave nothing.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Result {
  readonly file: string;
  readonly total: number;
  readonly passed: number;
  readonly seconds: number;
}

const here = fileURLToPath(new URL('.', import.meta.url));
/** The tests of a file take seconds; on a machine that does much else, a minute. */
const limitMs = 300_000;

const parts = process.argv.slice(2);
const waiting = testFiles().filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
const results: Result[] = [];
const start = performance.now();
await Promise.all(Array.from({ length: Math.min(availableParallelism(), 8) }, work));
process.exitCode = tell();

/** Files that end by running a suite, but those that `npm run test:long` runs. */
function testFiles(): string[] {
  return readdirSync(here, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') && !/^(long|witness)\b/.test(name))
    .filter((name) => /^\w+\.run\(\);$/m.test(readFileSync(join(here, name), 'utf8')))
    .sort();
}

async function work(): Promise<void> {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) results.push(await run(file));
}

async function run(file: string): Promise<Result> {
  const temporary = mkdtempSync(join(tmpdir(), 'spillway-test-'));
  chmodSync(temporary, 0o755); // some tests run commands as another user
  const from = performance.now();
  const child = spawn(process.execPath, [join(here, file)], {
    env: { ...process.env, TMPDIR: temporary, ...(process.stdout.isTTY && { FORCE_COLOR: '1' }) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  }
  const how = await new Promise<string>((ended) => {
    child.on('close', (code, signal) => ended(signal ?? `exit code ${code}`));
  });
  const left = readdirSync(temporary, { recursive: true, encoding: 'utf8' });
  rmSync(temporary, { recursive: true, force: true });
  const counted = (name: string): number => Number(new RegExp(`${name}:\\D*(\\d+)`).exec(text)?.[1] ?? 0);
  const total = counted('Total');
  const passed = counted('Passed');
  const wrong = [
    ...(how === 'exit code 0' || passed < total ? [] : [`it ended with ${how}`]),
    ...(total === 0 ? ['it ran no test'] : []),
    ...(left.length > 0 ? [`it left ${left.join(', ')}`] : []),
  ];
  const seconds = (performance.now() - from) / 1000;
  process.stdout.write(
    `${file} (${seconds.toFixed(1)} s)\n${text.replace(/\n *\S*Total:[\s\S]*/, '').trim()}\n`,
  );
  for (const what of wrong) process.stdout.write(`  FAIL  ${file}: ${what}\n`);
  // What is wrong with the file as a whole counts as one more test.
  return { file, total: total + (wrong.length > 0 ? 1 : 0), passed, seconds };
}

/** Prints the sum, and gives the exit code. */
function tell(): number {
  const sum = (of: (result: Result) => number): number => results.reduce((all, one) => all + of(one), 0);
  const failed = results.filter(({ total, passed }) => passed < total).map(({ file }) => file);
  const slow = results.sort((a, b) => b.seconds - a.seconds).slice(0, 5);
  const list = slow.map(({ file, seconds }) => `${file} ${seconds.toFixed(1)} s`).join(', ');
  process.stdout.write(`
  Total:     ${sum(({ total }) => total)}
  Passed:    ${sum(({ passed }) => passed)}
  Duration:  ${((performance.now() - start) / 1000).toFixed(1)} s, longest: ${list}
`);
  for (const file of failed) process.stdout.write(`  Failed:    ${join('test', file)}\n`);
  return failed.length === 0 && results.length > 0 ? 0 : 1;
}
