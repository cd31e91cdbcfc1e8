/**
 * Worker processes, started when there are tasks for them and kept for the next ones.
 *
 *   run(task) ─▶ waiting ─▶ the first worker that is ready and idle; there are as many as tasks, up to `size` ─▶ result
 *                                │ exits, is killed, or is silent for too long
 *                                └▶ the task fails with WorkerLost; nothing that it did counts
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { abortedError, formatBytes } from '../../errors.js';
import { lateOptimizing } from './late-optimizing.js';
import { type FromWorker, fullExit, type ToWorker } from './protocol.js';
import { received } from './sent-error.js';

export interface PoolOptions {
  /** What a process runs: a module that calls `serve` (worker.ts). */
  readonly entry: URL;
  /** Handed to what it serves, once. */
  readonly setup: unknown;
  /** Processes at most. */
  readonly size: number;
  /** The JavaScript heap of each, in bytes. */
  readonly heap: number;
  /** A worker that has said nothing for so many milliseconds is taken for lost, and killed. */
  readonly silence?: number;
}

/** A worker that ended before its task did. The task may be run again. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost';
  /** What ended it, for people: "was killed by SIGKILL", "exited with code 134". */
  readonly how: string;
  /** The most bytes it was seen to have resident; 0 if it never said. */
  readonly resident: number;
  /** Was memory the cause? The kernel kills what is too large without a word. */
  readonly outOfMemory: boolean;

  constructor({ how, outOfMemory }: Cause, resident: number) {
    super(`a worker ${how}`);
    this.how = how;
    this.resident = resident;
    this.outOfMemory = outOfMemory;
  }
}

interface Cause {
  readonly how: string;
  readonly outOfMemory: boolean;
}

interface Job {
  readonly makeTask: () => unknown;
  readonly signal: AbortSignal;
  readonly tell: (progress: unknown) => void;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Of the signal, while it waits. */
  readonly leave: () => void;
}

const usualSilence = 60_000;

/** Milliseconds that a task gets to stop by itself, once nobody wants it any more. */
const patience = 400;

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #workers = new Set<Worker>();
  readonly #waiting: Job[] = [];
  #peak = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** The numbers of the processes that are alive. */
  get pids(): readonly number[] {
    return [...this.#workers].map((worker) => worker.pid);
  }

  /** Bytes that the workers have resident now, as they last said. */
  get resident(): number {
    return [...this.#workers].reduce((sum, one) => sum + one.resident, 0);
  }

  /** The most bytes that the workers were seen to have resident together. */
  get peak(): number {
    return this.#peak;
  }

  /**
   * Runs a task in some worker; it is made when one takes it. Rejects with the task's own error, with WorkerLost if the worker was lost, or, as soon
   * as the task has stopped, with that of an interrupted run.
   */
  run(
    makeTask: () => unknown,
    signal: AbortSignal,
    tell: (progress: unknown) => void = () => {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error('bug: the pool is closed'));
      if (signal.aborted) return reject(abortedError(signal.reason));
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(job), 1);
        reject(abortedError(signal.reason));
      };
      const job: Job = { makeTask, signal, tell, resolve, reject, leave };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(job);
      this.#assign();
    });
  }

  /** Starts workers for so many tasks that are about to come. */
  start(tasks: number): void {
    while (this.#workers.size < Math.min(tasks, this.#options.size)) this.#startWorker();
  }

  /** Ends the workers that have nothing to do; they are started again when they are needed. */
  release(): void {
    for (const worker of this.#workers)
      if (worker.isIdle || (worker.isStarting && this.#waiting.length === 0)) worker.kill();
  }

  /** Ends all workers; tasks that run or wait are rejected. Returns when no process is left. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#waiting.length > 0) this.#next().reject(abortedError());
    await Promise.all([...this.#workers].map((worker) => worker.ended()));
  }

  #assign(): void {
    for (const worker of this.#workers)
      if (worker.isIdle && this.#waiting.length > 0) worker.take(this.#next());
    const starting = [...this.#workers].filter((worker) => worker.isStarting).length;
    this.start(this.#workers.size + this.#waiting.length - starting);
  }

  /** The task that waited longest. */
  #next(): Job {
    const job = this.#waiting.shift()!;
    job.signal.removeEventListener('abort', job.leave);
    return job;
  }

  #startWorker(): void {
    const worker = new Worker(this.#options, {
      idle: () => this.#assign(),
      ended: (lost) => {
        this.#workers.delete(worker);
        if (this.#closed) return;
        // Or the next would be started, and lost, for ever.
        if (lost !== null && this.#waiting.length > 0) this.#next().reject(lost);
        this.#assign();
      },
      told: () => {
        this.#peak = Math.max(this.#peak, this.resident);
      },
    });
    this.#workers.add(worker);
  }
}

function causeOf(code: number | null, signal: string | null, heap: number): Cause {
  if (signal !== null) return { how: `was killed by ${signal}`, outOfMemory: signal === 'SIGKILL' };
  return code === fullExit
    ? { how: `held more in arrays than its heap of ${formatBytes(heap)}`, outOfMemory: true }
    : { how: `exited with code ${code}`, outOfMemory: false };
}

interface Listener {
  /** The worker is ready, or free again. */
  idle(): void;
  /** `lost` where it ended by itself before it could take a task. */
  ended(lost: WorkerLost | null): void;
  /** It said what it has resident. */
  told(): void;
}

/** One process. */
class Worker {
  readonly #child: ChildProcess;
  readonly #listener: Listener;
  readonly #silence: number;
  readonly #gone: Promise<void>;
  #job: (Job & { readonly id: number; readonly cancel: () => void }) | null = null;
  #tasks = 0;
  #resident = 0;
  #ready = false;
  #timer: NodeJS.Timeout | null = null;
  #dead = false;
  /** Why it is about to end, where that is known before it does. */
  #cause: Cause | null = null;

  constructor(options: PoolOptions, listener: Listener) {
    this.#listener = listener;
    this.#silence = options.silence ?? usualSilence;
    this.#child = fork(fileURLToPath(options.entry), {
      execArgv: [
        `--max-old-space-size=${Math.max(16, Math.floor(options.heap / 2 ** 20))}`,
        // New objects come on top of it, three times this. It is what Node 20 and 22 have; Node 24 would take four times as much.
        '--max-semi-space-size=16',
        // Functions of the user hold arrays outside of the heap: where they are too many, the garbage goes first.
        '--expose-gc',
        ...lateOptimizing,
      ],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#watchHeap(options.heap);
    this.#child.on('message', (message: FromWorker) => this.#hear(message));
    this.#child.on('error', () => {});
    this.#gone = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#end(causeOf(code, signal, options.heap));
        resolve();
      });
    });
    this.#send({ kind: 'open', setup: options.setup });
    this.#listen();
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Bytes, as it last said. */
  get resident(): number {
    return this.#resident;
  }

  get isStarting(): boolean {
    return !this.#ready && !this.#dead;
  }

  get isIdle(): boolean {
    return this.#ready && this.#job === null && !this.#dead;
  }

  take(job: Job): void {
    const id = ++this.#tasks;
    const cancel = (): void => {
      this.#send({ kind: 'cancel', id });
      this.#wait(patience, 'did not stop');
    };
    this.#job = { ...job, id, cancel };
    job.signal.addEventListener('abort', cancel, { once: true });
    this.#child.ref();
    this.#child.channel?.ref();
    this.#listen();
    this.#send({ kind: 'task', id, task: job.makeTask() });
  }

  kill(): void {
    this.#dead = true;
    this.#child.kill('SIGKILL');
  }

  /** Kills it; returns when the process is gone. */
  ended(): Promise<void> {
    this.#child.ref();
    this.kill();
    return this.#gone;
  }

  #hear(message: FromWorker): void {
    // What it said before it was killed is of no use, and must not end the wait for its end.
    if (this.#dead) return;
    if (message.kind !== 'progress') {
      this.#resident = message.resident;
      this.#listener.told();
    }
    if (message.kind === 'ready') {
      this.#ready = true;
      this.#rest();
      this.#listener.idle();
      return;
    }
    if (this.#job !== null || !this.#ready) this.#listen();
    if (message.kind === 'alive' || message.id !== this.#job?.id) return;
    if (message.kind === 'progress') {
      this.#job.tell(message.progress);
      return;
    }
    const job = this.#finish()!;
    if (job.signal.aborted) job.reject(abortedError(job.signal.reason));
    else if (message.kind === 'done') job.resolve(message.result);
    else job.reject(received(message.error));
    this.#listener.idle();
  }

  #end(cause: Cause): void {
    const wanted = this.#dead && this.#cause === null;
    this.#dead = true;
    const lost = new WorkerLost(this.#cause ?? cause, this.#resident);
    const job = this.#finish();
    if (job?.signal.aborted) job.reject(abortedError(job.signal.reason));
    else job?.reject(lost);
    this.#listener.ended(this.#ready || wanted ? null : lost);
  }

  #finish(): Job | null {
    const job = this.#job;
    this.#job = null;
    job?.signal.removeEventListener('abort', job.cancel);
    this.#rest();
    return job;
  }

  /** Only while it starts or works does a worker keep the process of its coordinator alive, and does its silence count. */
  #rest(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** What a task prints goes on to our own stderr; what V8 prints when the heap is full does not. */
  #watchHeap(heap: number): void {
    const stderr = this.#child.stderr as Socket;
    stderr.unref();
    stderr.on('data', (text: Buffer) => {
      if (text.includes('<--- Last few GCs --->'))
        this.#cause = { how: `filled its heap of ${formatBytes(heap)}`, outOfMemory: true };
      else if (this.#cause === null) process.stderr.write(text);
    });
  }

  /** From now on silence counts; who is to stop has less time than that, and talking does not help. */
  #listen(): void {
    if (this.#job?.signal.aborted !== true) this.#wait(this.#silence, 'stopped answering');
  }

  #wait(time: number, how: string): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#cause = { how, outOfMemory: false };
      this.kill();
    }, time);
  }

  #send(message: ToWorker): void {
    // What cannot be sent is no loss: the worker's end is told by its exit.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
