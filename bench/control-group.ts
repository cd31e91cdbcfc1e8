/** Runs a command inside a memory control group of its own, where the system lets us make one. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

export interface LimitedRun {
  readonly exit: number | null;
  readonly signal: string | null;
  /** Was it killed because its time was over? */
  readonly timedOut: boolean;
  readonly seconds: number;
  /** The most resident memory of the process in bytes, as the kernel counted it. */
  readonly peak: number;
  readonly stdout: string;
  readonly stderr: string;
}

const roots = [
  { folder: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { folder: '/sys/fs/cgroup', limit: 'memory.max' },
];

/**
 * Runs a command under a hard limit of `bytes` (null for none), for so many seconds at most. `grouped` tells whether
 * the kernel enforces the limit.
 */
export async function runLimited(
  command: readonly string[],
  bytes: number | null,
  timeout = Number.POSITIVE_INFINITY,
): Promise<LimitedRun & { grouped: boolean }> {
  const group = bytes === null ? null : makeGroup(bytes);
  // The shell enters the group, then becomes the command, so that all its memory counts.
  const enter = group === null ? '' : `echo $$ > ${group}/cgroup.procs && `;
  const start = performance.now();
  const child = spawn('sh', ['-c', `${enter}exec "$@"`, 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  let peak = 0;
  let timedOut = false;
  const sample = setInterval(() => {
    peak = Math.max(peak, highWater(child.pid!));
    if (performance.now() - start < timeout * 1000) return;
    timedOut = true;
    child.kill('SIGKILL');
  }, 10);
  const [exit, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (code, killed) => resolve([code, killed]));
  });
  clearInterval(sample);
  const seconds = (performance.now() - start) / 1000;
  if (group !== null) rmdirSync(group);
  return { exit, signal, timedOut, seconds, peak, stdout, stderr, grouped: group !== null };
}

function makeGroup(bytes: number): string | null {
  for (const { folder, limit } of roots) {
    if (!existsSync(`${folder}/cgroup.procs`)) continue;
    const group = `${folder}/spillway-bench-${process.pid}`;
    try {
      mkdirSync(group, { recursive: true });
      writeFileSync(`${group}/${limit}`, String(bytes));
      return group;
    } catch (error) {
      process.stderr.write(
        `no control group of our own (${(error as Error).message}); the limit is not enforced\n`,
      );
      return null;
    }
  }
  return null;
}

/** Peak resident bytes of a live process so far; 0 when it is gone. */
function highWater(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
