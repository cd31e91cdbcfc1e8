/** Runs a command inside a memory control group of its own, where the system lets us make one. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

export interface LimitedRun {
  readonly exit: number | null;
  readonly signal: string | null;
  /** Was it killed because its time was over? */
  readonly timedOut: boolean;
  /** Did the kernel kill one of its processes for want of memory? */
  readonly starved: boolean;
  readonly seconds: number;
  /** The most memory in bytes that the process and all below it had resident at once, as looked at every few ms. */
  readonly peak: number;
  /** Does the kernel enforce the limit? */
  readonly grouped: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Version 1, then 2. */
const roots = [
  { folder: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', events: 'memory.oom_control' },
  { folder: '/sys/fs/cgroup', limit: 'memory.max', events: 'memory.events' },
];

const sampleMs = 20;

interface Group {
  readonly folder: string;
  readonly events: string;
}

/** Runs a command under a hard limit of `bytes` (null for none), for so many seconds at most. */
export async function runLimited(
  command: readonly string[],
  bytes: number | null,
  timeout = Number.POSITIVE_INFINITY,
): Promise<LimitedRun> {
  const group = bytes === null ? null : makeGroup(bytes);
  // The shell enters the group, then becomes the command, so that all its memory counts.
  const enter = group === null ? '' : `echo $$ > ${group.folder}/cgroup.procs && `;
  const start = performance.now();
  // A group of processes, so that those below it end with it.
  const child = spawn('sh', ['-c', `${enter}exec "$@"`, 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = (): void => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  process.once('exit', kill);
  const texts = [child.stdout, child.stderr].map((stream) => {
    const text = { all: '' };
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text.all += piece;
    });
    return text;
  });
  let peak = 0;
  let timedOut = false;
  const sample = setInterval(() => {
    peak = Math.max(peak, residentBelow(child.pid!), statusBytes(child.pid!, 'VmHWM'));
    if (performance.now() - start < timeout * 1000) return;
    timedOut = true;
    kill();
  }, sampleMs);
  const [exit, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (code, killed) => resolve([code, killed]));
  });
  clearInterval(sample);
  process.off('exit', kill);
  kill();
  const seconds = (performance.now() - start) / 1000;
  const starved = group !== null && killsIn(group) > 0;
  if (group !== null) await removeGroup(group.folder);
  const [stdout, stderr] = texts.map(({ all }) => all) as [string, string];
  return { exit, signal, timedOut, starved, seconds, peak, grouped: group !== null, stdout, stderr };
}

/** Null where the system lets us make none, which is said once. */
function makeGroup(bytes: number): Group | null {
  for (const { folder: root, limit, events } of roots) {
    if (!existsSync(`${root}/cgroup.procs`)) continue;
    const folder = `${root}/spillway-bench-${process.pid}`;
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${folder}/${limit}`, String(bytes));
      execFileSync('sh', ['-c', `echo $$ > ${folder}/cgroup.procs`], { stdio: 'pipe' });
      return { folder, events: `${folder}/${events}` };
    } catch (error) {
      return withoutGroup((error as Error).message.split('\n').at(-1)!);
    }
  }
  return withoutGroup('there is no controller of memory');
}

let told = false;

function withoutGroup(why: string): null {
  if (!told) process.stderr.write(`no control group of our own (${why}); limits are not enforced\n`);
  told = true;
  return null;
}

/** It is busy for a moment after its last process has ended. */
async function removeGroup(folder: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return rmdirSync(folder);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function killsIn({ events }: Group): number {
  return Number(/^oom_kill (\d+)/m.exec(readFileSync(events, 'utf8'))?.[1] ?? 0);
}

/** Resident bytes of a process and all below it. */
function residentBelow(pid: number): number {
  let bytes = statusBytes(pid, 'VmRSS');
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    for (const child of children.split(' ')) if (child !== '') bytes += residentBelow(Number(child));
  } catch {
    // It has ended.
  }
  return bytes;
}

/** A figure of a live process; 0 when it is gone. */
function statusBytes(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
