/**
 * Where options become a place to run: the arena, the kernels, the open inputs. All queries of a session share
 * its one arena. Those that run to their end by themselves take turns; results that are read in a loop are worked
 * out as they are read, as many at once as the memory lasts for.
 */
import { setMaxListeners } from 'node:events';
import { resolve } from 'node:path';
import type { SpillStore } from '../../spill/spill-store.js';
import { stopIfAborted } from '../breathe.js';
import { usageError } from '../errors.js';
import { memoryFor, wholeMemoryFor } from '../exec/budget.js';
import type { Context, Stream } from '../exec/context.js';
import { constantEvaluator } from '../exec/evaluate-constant.js';
import { execute } from '../exec/execute.js';
import { grantedShare, type Needs, needsOf } from '../exec/needs.js';
import { scanRequest } from '../exec/scan.js';
import { Sources } from '../exec/sources.js';
import type { Job } from '../exec/stages/job.js';
import type { JobOutput } from '../exec/stages/job-identity.js';
import type { Workers } from '../exec/stages/parallel.js';
import type { Stage } from '../exec/stages/stage.js';
import { planWorkers, type WorkerBudget } from '../exec/stages/worker-budget.js';
import { freeTempBytes, openTempSpace, planTempSpace, type TempSpace } from '../exec/temp-space.js';
import type { FormatOptions, Runtime } from '../formats/format.js';
import { formatNamed, formatOf } from '../formats/formats.js';
import { findFiles } from '../formats/paths.js';
import { loadKernels } from '../kernels/wasm.js';
import { Arena } from '../memory/arena.js';
import { estimateRows } from '../plan/estimate.js';
import { optimize } from '../plan/optimize.js';
import { inputsOf, type Plan, type Scan } from '../plan/plan.js';
import { schemaOf } from '../plan/schema.js';
import { describedScan, parseDescription } from './description.js';
import { endedBy } from './ended-by.js';
import { type Estimate, refusalOf, tooSmall } from './estimate.js';
import { DataFrame } from './frame.js';
import type { RunOptions, ScanOptions, SessionOptions, WriteOptions } from './options.js';
import { type ProgressEvent, Query } from './query.js';
import { Turns } from './turns.js';
import type { SchemaDescription } from './types.js';

export interface Written {
  readonly rows: number;
  readonly bytes: number;
}

/** Sums over the queries of a session. */
export interface SessionStats {
  /** Rows that came out. */
  readonly rows: number;
  /** Bytes read. */
  readonly bytes: number;
  readonly seconds: number;
  /** The most memory the process and its workers have had resident, in bytes. */
  readonly peakMemory: number;
  readonly spilledBytes: number;
  readonly tasks: number;
  readonly retries: number;
}

/**
 * A place where queries run within a memory budget. Close it when done, or declare it with `await using`.
 *
 * ```ts
 * const session = new Session({ memory: '512MB' });
 * const trips = await session.scan('trips.csv');
 * console.log(await trips.count());
 * await session.close();
 * ```
 */
export class Session {
  readonly #budget: WorkerBudget;
  readonly #temp: TempSpace;
  readonly #onProgress: ((event: ProgressEvent) => void) | undefined;
  readonly #onNotice: (line: string) => void;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  readonly #sources = new Sources();
  /** What closing waits for. */
  readonly #running = new Set<Promise<unknown>>();
  readonly #turns = new Turns();
  readonly #sums = { rows: 0, bytes: 0, seconds: 0, tasks: 0 };
  #runtime: Runtime | null = null;
  #spills: SpillStore | null = null;
  #workers: Workers | null = null;

  constructor(options: SessionOptions = {}) {
    this.#budget = planWorkers(options.memory, options.workers);
    this.#temp = planTempSpace(options.tempDir, options.tempLimit);
    this.#onProgress = options.onProgress;
    this.#onNotice = options.onNotice ?? ((line) => process.emitWarning(line));
    this.#signal = either(this.#closing.signal, options.signal);
    // As many as there are results being read; each takes its listener away.
    setMaxListeners(0, this.#signal);
  }

  /**
   * Opens files of one format, one after another, or a dataset folder. Reads as little as tells the columns.
   * Paths may hold `*` and `?`; `-` is standard input. With `schema` the compiler knows the columns, and the
   * file is checked to have them.
   *
   * ```ts
   * const trips = await session.scan('trips.csv', { schema: { vendor: 'utf8?', fare: 'float64?' } });
   * ```
   */
  scan<const D extends SchemaDescription>(
    paths: string | readonly string[],
    options: ScanOptions & { readonly schema: D },
  ): Promise<DataFrame<{ -readonly [K in keyof D]: D[K] }>>;
  scan(
    paths: string | readonly string[],
    options?: ScanOptions & { readonly schema?: never },
  ): Promise<DataFrame>;
  async scan(paths: string | readonly string[], options: ScanOptions = {}): Promise<DataFrame> {
    const {
      format = null,
      schema,
      ...own
    } = options as ScanOptions & { readonly schema?: SchemaDescription };
    const files = await findFiles(typeof paths === 'string' ? [paths] : paths);
    const described = schema && parseDescription(schema);
    // Text has no types: those described are the ones to read it as.
    const typed =
      schema && (format ?? formatOf(files[0]!)) === 'csv' ? { ...own, types: typesOf(schema) } : own;
    const scan = await this.#opened(files, format, typed);
    return new DataFrame(this, described ? describedScan(scan, described) : scan);
  }

  /**
   * A query in SQL; a file is named in double quotes. `options` are those of `scan`, for its files.
   *
   * ```ts
   * const longest = await session.sql('select * from "trips.csv" order by fare desc limit 5');
   * ```
   */
  async sql(query: string, { format, ...own }: ScanOptions = {}): Promise<DataFrame> {
    const { parseQuery } = await import('../sql/query.js');
    const plan = await parseQuery(query, (path) => this.#opened([path], format ?? null, own));
    return new DataFrame(this, plan);
  }

  get stats(): SessionStats {
    return {
      ...this.#sums,
      peakMemory: process.resourceUsage().maxRSS * 1024 + (this.#workers?.stats.peakMemory ?? 0),
      tasks: this.#sums.tasks + (this.#workers?.stats.tasks ?? 0),
      spilledBytes: (this.#spills?.written ?? 0) + (this.#workers?.stats.spilledBytes ?? 0),
      retries: this.#workers?.stats.retries ?? 0,
    };
  }

  /**
   * Ends queries that still run, with an error of code `aborted`, waits until they have tidied up, closes the
   * inputs and gives the memory back. May be called again.
   */
  async close(): Promise<void> {
    this.#closing.abort(usageError('the session is closed'));
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    await this.#workers?.close();
    await this.#sources.close();
    await this.#spills?.release();
    this.#runtime = null;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal What results are made on; the arena is made when it is first needed. */
  runtime(): Runtime {
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason;
    if (this.#runtime === null) {
      const arena = new Arena(this.#budget.coordinator.arena);
      this.#runtime = { arena, kernels: loadKernels(arena), signal: this.#signal };
      this.#spills = openTempSpace(this.#temp, this.#runtime);
    }
    return this.#runtime;
  }

  /** @internal The plan as it runs. */
  optimized(plan: Plan): Plan {
    return optimize(plan, { evaluateConstant: constantEvaluator(this.runtime()) });
  }

  /** @internal What explain says below the operators of an optimized plan. */
  async notes(plan: Plan): Promise<(node: Plan) => readonly string[]> {
    const { forecastLines } = await import('../exec/forecast.js');
    const { share } = await this.#granted(plan, this.runtime());
    return (node) => forecastLines(node, share);
  }

  /** @internal What explain says below an optimized plan: how worker processes run it. */
  async stagesText(plan: Plan): Promise<string> {
    const stages = await this.#stagesOf(plan);
    if (stages === null) return '';
    const { stagesText } = await import('../exec/stages/stages-text.js');
    return `\n\n${stagesText(stages, this.#budget.workers)}`;
  }

  /** @internal What a plan is going to need. */
  async estimate(plan: Plan): Promise<Estimate> {
    const { forecast } = await import('../exec/forecast.js');
    const optimized = this.optimized(plan);
    const { needs, share } = await this.#granted(optimized, this.runtime());
    const { leastMemory, roomyMemory, spilled } = forecast(optimized, needs, share);
    const estimate = {
      rows: estimateRows(optimized),
      memory: memoryFor(this.#budget.coordinator.arena),
      leastMemory,
      roomyMemory,
      spilledBytes: spilled,
      freeDisk: freeTempBytes(this.#temp),
    };
    return { ...estimate, refusal: refusalOf(estimate, this.#temp.folder) };
  }

  /** What an optimized plan needs, and what each of its operators gets. */
  async #granted(plan: Plan, runtime: Runtime): Promise<{ readonly needs: Needs; readonly share: number }> {
    const needs = await needsOf(plan, this.#sources, runtime);
    return { needs, share: grantedShare(plan, needs, runtime.arena) };
  }

  /** @internal Runs a plan; each batch is valid until the next is asked for. */
  async *run(plan: Plan, options: RunOptions = {}): Stream {
    const job = await this.#openJob(plan, options, null, null);
    try {
      yield* this.#rows(plan, options.signal, job);
      job?.finish();
    } finally {
      job?.release();
    }
  }

  async *#rows(plan: Plan, signal: AbortSignal | undefined, job: Job | null): Stream {
    const { optimized, stages, context, query } = await this.#prepare(plan, signal, job);
    const stream =
      stages === null ? execute(optimized, context) : (await this.#startWorkers()).run(stages, context, job);
    try {
      for await (const batch of stream) {
        query.give(batch.length);
        yield batch;
        stopIfAborted(context);
      }
    } finally {
      await stream.return();
      this.#end(query);
    }
  }

  /** What a plan runs as, and on. `#end` must be told of the query. */
  async #prepare(plan: Plan, signal: AbortSignal | undefined, job: Job | null) {
    const runtime = this.#runtimeWith(signal);
    stopIfAborted(runtime);
    const optimized = this.optimized(plan);
    const stages = job === null ? await this.#stagesOf(optimized) : job.stages;
    const { needs, share } = await this.#granted(optimized, runtime);
    if (stages === null) {
      const refusal = tooSmall(memoryFor(this.#budget.coordinator.arena), wholeMemoryFor(needs.leastArena));
      if (refusal !== null) throw refusal;
    }
    const query = new Query(this.#onProgress);
    const context = {
      ...runtime,
      sources: this.#sources,
      spills: this.#spills!,
      share,
      progress: query,
    };
    if (this.#onProgress !== undefined) query.totalBytes = await totalBytes(optimized, context);
    return { optimized, stages, context, query };
  }

  #end(query: Query): void {
    this.#sums.rows += query.rows;
    this.#sums.bytes += query.bytes;
    this.#sums.seconds += query.seconds;
    this.#sums.tasks++;
    query.end();
  }

  /** @internal A result whose reader takes it at its own pace; the signals end it wherever the reader stopped. */
  atReadersPace<T>(
    stream: AsyncGenerator<T, unknown, void>,
    { signal }: RunOptions,
  ): AsyncGenerator<T, void, void> {
    return endedBy(stream, this.#turns, (ended) => {
      const runtime = this.#runtimeWith(signal);
      this.#wait(ended);
      return runtime.signal;
    });
  }

  /** @internal A result that is worked out without its reader, when those asked for before are. */
  async inTurn<T>({ signal }: RunOptions, work: () => Promise<T>): Promise<T> {
    const { signal: either } = this.#runtimeWith(signal);
    return this.#wait(this.#turns.take(either, work));
  }

  /** @internal Runs a plan into a file. */
  async write(plan: Plan, path: string, options: WriteOptions = {}): Promise<Written> {
    return this.inTurn(options, () => this.#writing(plan, path, options));
  }

  async #writing(plan: Plan, path: string, options: WriteOptions): Promise<Written> {
    const { format, signal, job: named, ...own } = options;
    if (path === '')
      throw usageError('the output is the empty text ""; give a path, or - for standard output');
    const name = format ?? formatOf(path, '--to');
    const target = path === '-' ? path : resolve(path);
    checkRejects(plan, target);
    const runtime = this.#runtimeWith(signal);
    if (name === 'dataset' && (named !== undefined || (await this.#stagesOf(this.optimized(plan))) !== null))
      return this.#writingByTasks(plan, target, own, options);
    const sink = await (await formatNamed(name)).create(target, schemaOf(plan), own, runtime);
    let job: Job | null = null;
    try {
      job = await this.#openJob(plan, options, { path: target, format: name, options: own }, null);
      for await (const batch of this.#rows(plan, signal, job)) await sink.write(batch);
      const written = await sink.finish();
      job?.finish();
      return written;
    } catch (error) {
      await sink.abort();
      throw error;
    } finally {
      job?.release();
    }
  }

  /** The job that the options name; null where they name none. */
  async #openJob(
    plan: Plan,
    { job, signal }: RunOptions,
    output: JobOutput | null,
    chunks: string | null,
  ): Promise<Job | null> {
    if (job === undefined) return null;
    const { openJob } = await import('../exec/stages/job.js');
    const runtime = this.#runtimeWith(signal);
    stopIfAborted(runtime);
    const optimized = this.optimized(plan);
    const { name, title } = typeof job === 'string' ? { name: job, title: output?.path ?? '' } : job;
    const { workers, worker } = this.#budget;
    return openJob(
      { name, title, tempDir: this.#temp.folder, plan: optimized, output, chunks, notice: this.#onNotice },
      { sources: this.#sources, runtime, workers, arena: worker.arena },
    );
  }

  /** How worker processes run the plan; null where this process does. */
  async #stagesOf(plan: Plan): Promise<readonly Stage[] | null> {
    if (this.#budget.workers === 0) return null;
    const { chooseStages } = await import('../exec/stages/choose.js');
    const { workers, worker } = this.#budget;
    const runtime = this.runtime();
    return chooseStages(plan, { sources: this.#sources, runtime, workers, arena: worker.arena });
  }

  async #startWorkers(): Promise<Workers> {
    const { Workers } = await import('../exec/stages/parallel.js');
    this.#workers ??= new Workers(this.#budget);
    return this.#workers;
  }

  /** Each task writes its chunks of the dataset. */
  async #writingByTasks(
    plan: Plan,
    path: string,
    options: FormatOptions,
    running: RunOptions,
  ): Promise<Written> {
    const { createDatasetOutput } = await import('../exec/stages/dataset-output.js');
    const { signal } = running;
    const output = await createDatasetOutput(path, schemaOf(plan), options, this.#runtimeWith(signal));
    let job: Job | null = null;
    try {
      job = await this.#openJob(plan, running, { path, format: 'dataset', options }, output.lasting);
      const { stages, context, query } = await this.#prepare(plan, signal, job);
      try {
        const own = job?.chunks ?? null;
        const target = own === null ? output.target : { ...output.target, folder: own };
        const chunks = await (await this.#startWorkers()).write(stages!, target, context, job);
        if (own !== null) output.adopt(own);
        const written = output.commit(chunks);
        job?.finish();
        query.give(written.rows);
        return written;
      } finally {
        this.#end(query);
      }
    } finally {
      output.abort();
      job?.release();
    }
  }

  #runtimeWith(signal: AbortSignal | undefined): Runtime {
    const runtime = this.runtime();
    return signal ? { ...runtime, signal: either(this.#signal, signal) } : runtime;
  }

  async #opened(paths: readonly string[], format: string | null, options: FormatOptions): Promise<Scan> {
    const runtime = this.runtime();
    stopIfAborted(runtime);
    return this.#wait(this.#sources.scan(paths, format, options, runtime));
  }

  /** Closing waits for it. */
  #wait<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    const done = (): boolean => this.#running.delete(work);
    work.then(done, done);
    return work;
  }
}

let shared: Session | undefined;

/**
 * As `session.scan`, in a session that all callers share, with the default memory budget.
 *
 * ```ts
 * const trips = await scan('trips.csv');
 * ```
 */
export const scan: Session['scan'] = (...args: Parameters<Session['scan']>) => {
  shared ??= new Session();
  return shared.scan(...args);
};

/** What was refused must not be lost under the result. */
function checkRejects(plan: Plan, target: string): void {
  if (plan.op !== 'scan') {
    for (const input of inputsOf(plan)) checkRejects(input, target);
    return;
  }
  const { rejects } = plan.source.options;
  if (typeof rejects === 'string' && resolve(rejects) === target)
    throw usageError(`the output and the file of rejects are both ${rejects}`, { file: rejects });
}

/** What the scans of a plan are going to read at most; null where one of them cannot tell. */
async function totalBytes(plan: Plan, context: Context): Promise<number | null> {
  if (plan.op === 'scan') {
    const source = await context.sources.open(plan, context);
    return source.bytesOf?.(scanRequest(plan), context) ?? source.bytes;
  }
  let sum: number | null = 0;
  for (const input of inputsOf(plan)) {
    const bytes = await totalBytes(input, context);
    sum = sum === null || bytes === null ? null : sum + bytes;
  }
  return sum;
}

function either(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  if (other === undefined) return one;
  if (!(other instanceof AbortSignal)) throw usageError('the signal must be an AbortSignal');
  return AbortSignal.any([one, other]);
}

function typesOf(description: SchemaDescription): Record<string, string> {
  return Object.fromEntries(
    Object.entries(description).map(([name, type]) => [name, type.replace(/\?$/, '')]),
  );
}
