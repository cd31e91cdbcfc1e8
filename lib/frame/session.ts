/**
 * Where options become a place to run: the arena, the kernels, the open inputs. All queries of a session share
 * its one arena. Those that run to their end by themselves take turns; results that are read in a loop are worked
 * out as they are read, as many at once as the memory lasts for.
 */
import { setMaxListeners } from 'node:events';
import { resolve } from 'node:path';
import type { SpillStore } from '../../spill/spill-store.js';
import { stopIfAborted } from '../breathe.js';
import { formatBytes, usageError } from '../errors.js';
import { type Budget, memoryFor, parseBytes, planBudget, wholeMemoryFor } from '../exec/budget.js';
import type { Context, Stream } from '../exec/context.js';
import { constantEvaluator } from '../exec/evaluate-constant.js';
import { execute } from '../exec/execute.js';
import { grantedShare, type Needs, needsOf } from '../exec/needs.js';
import { scanRequest } from '../exec/scan.js';
import { heldPart } from '../exec/share.js';
import { Sources } from '../exec/sources.js';
import type { ChooseOptions, Way } from '../exec/stages/choose.js';
import type { Job } from '../exec/stages/job.js';
import type { JobOutput } from '../exec/stages/job-identity.js';
import type { Workers } from '../exec/stages/parallel.js';
import type { Stage } from '../exec/stages/stage.js';
import { checkWorkers, planWorkers, usualWorkers, type WorkerBudget } from '../exec/stages/worker-budget.js';
import {
  freeTempBytes,
  openTempSpace,
  planTempSpace,
  sweepTempSpace,
  type TempSpace,
} from '../exec/temp-space.js';
import type { FormatOptions, Runtime } from '../formats/format.js';
import { formatNamed, formatOf } from '../formats/formats.js';
import { findFiles } from '../formats/paths.js';
import { loadKernels } from '../kernels/wasm.js';
import { Arena } from '../memory/arena.js';
import { peakResident } from '../memory/peak-resident.js';
import { estimateRows } from '../plan/estimate.js';
import type { FunctionCode } from '../plan/expr.js';
import { callCode } from '../plan/make-expr.js';
import { optimize } from '../plan/optimize.js';
import { inputsOf, type Plan, type Scan } from '../plan/plan.js';
import type { Registry } from '../plan/registry.js';
import { schemaOf } from '../plan/schema.js';
import { toExpr, typed as typedExpr } from './build.js';
import { describedScan, parseDescription } from './description.js';
import { endedBy } from './ended-by.js';
import { type Estimate, refusalOf, tooSmall } from './estimate.js';
import { DataFrame } from './frame.js';
import { checkFunctionName, type FunctionCall, type FunctionOptions, functionCode } from './functions.js';
import { mustBeText, mustBeTexts, mustKnowOptions } from './given.js';
import {
  type RunOptions,
  type ScanOptions,
  type SessionOptions,
  sessionOptions,
  type WriteOptions,
} from './options.js';
import { type ProgressEvent, Query, type Usage } from './query.js';
import { Turns } from './turns.js';
import type { SchemaDescription, TypeName } from './types.js';

/** What a plan runs as, where, and on what. */
interface Prepared {
  readonly plan: Plan;
  readonly way: Way;
  /** Those that run its stages, if it has any. */
  readonly workers: Workers | null;
  readonly context: Context;
  readonly query: Query;
  /** The one that it is, if it has a name. */
  readonly job: Job | null;
}

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
  /** The most worker processes that a query was divided among; 0 where this process did all. */
  readonly workers: number;
  readonly tasks: number;
  /** Tasks that were run again, as their worker was lost or had too little memory. */
  readonly retries: number;
  /** Why, of each: the stage, what happened, and what the worker had resident. */
  readonly retryCauses: readonly string[];
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
  readonly #budget: Budget;
  /** How many workers the caller asked for; null where it is left to us. */
  readonly #wanted: number | null;
  readonly #temp: TempSpace;
  readonly #splitBytes: number | null;
  readonly #onProgress: ((event: ProgressEvent) => void) | undefined;
  readonly #onNotice: (line: string) => void;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  readonly #sources = new Sources();
  readonly #functions = new Map<string, FunctionCode>();
  /** What closing waits for. */
  readonly #running = new Set<Promise<unknown>>();
  readonly #turns = new Turns();
  readonly #sums = { rows: 0, bytes: 0, seconds: 0, tasks: 0 };
  /** Workers of a query at most, so far. */
  #most = 0;
  #runtime: Runtime | null = null;
  #spills: SpillStore | null = null;
  #workers: Workers | null = null;

  constructor(options: SessionOptions = {}) {
    mustKnowOptions(options, sessionOptions, 'a session');
    this.#budget = planBudget(options.memory);
    this.#wanted = options.workers ?? null;
    if (this.#wanted !== null) checkWorkers(this.#budget, this.#wanted);
    this.#temp = planTempSpace(options.tempDir, options.tempLimit);
    this.#splitBytes =
      options.splitBytes === undefined ? null : parseBytes(options.splitBytes, 'a part of an input');
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
    const given = Array.isArray(paths) ? (paths as readonly string[]) : [paths as string];
    mustBeTexts(given, 'the path of an input');
    const files = await findFiles(given);
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
    mustBeText(query, 'a query');
    const { parseQuery } = await import('../sql/query.js');
    const open = (path: string): Promise<Scan> => this.#opened([path], format ?? null, own);
    // Compiling the grammar leaves this thread the time for the kernels.
    const kernels = Promise.resolve().then(() => this.runtime());
    const [plan] = await Promise.all([parseQuery(query, open, this.#functions), kernels]);
    return new DataFrame(this, plan);
  }

  /**
   * Makes a function of a module known to the SQL of this session, and gives it for expressions. For each call it is
   * given an array for each argument, with the values of many rows, and then their number; it gives an array of as many
   * results. What it gives for a row must depend on that row alone.
   *
   * ```ts
   * const tipRate = session.register('tip_rate', new URL('./rate.js', import.meta.url), {
   *   args: ['float64', 'float64'],
   *   returns: 'float64',
   * });
   * trips.withColumns((c) => ({ rate: tipRate(c.tip, c.fare) }));
   * trips.filter('tip_rate(tip, fare) > 0.2');
   * ```
   */
  register<
    const A extends readonly TypeName[],
    const R extends TypeName | `${TypeName}?`,
    const N extends 'skip' | 'pass' = 'skip',
  >(name: string, module: URL | string, options: FunctionOptions<A, R, N>): FunctionCall<A, R, N> {
    checkFunctionName(name);
    if (this.#functions.has(name)) throw usageError(`the function ${name} is registered already`);
    const code = functionCode(name, module, options);
    this.#functions.set(name, code);
    return (...args) => typedExpr(callCode(name, code, args.map(toExpr)));
  }

  /** @internal What SQL may call beside the functions that are built in. */
  get functions(): Registry {
    return this.#functions;
  }

  get stats(): SessionStats {
    const { rows, bytes, seconds, tasks } = this.#sums;
    const workers = this.#workers?.stats ?? { tasks: 0, retries: [], spilledBytes: 0, peakMemory: 0 };
    const { retries } = workers;
    return {
      rows,
      bytes,
      seconds,
      peakMemory: peakResident() + workers.peakMemory,
      spilledBytes: (this.#spills?.written ?? 0) + workers.spilledBytes,
      workers: this.#most,
      tasks: tasks + workers.tasks,
      retries: retries.length,
      retryCauses: retries.map(
        ({ stage, why, resident }) =>
          `stage ${stage}: ${why}${resident > 0 ? `, with ${formatBytes(resident)} resident` : ''}`,
      ),
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
      const arena = new Arena(this.#budget.arena);
      this.#runtime = { arena, kernels: loadKernels(arena), signal: this.#signal };
      this.#spills = openTempSpace(this.#temp, this.#runtime);
      void this.#wait(sweepTempSpace(this.#temp));
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
    const { reductionLines } = await import('../exec/join/reduce.js');
    const { share } = await this.#granted(plan, this.runtime());
    return (node) => [...reductionLines(node), ...forecastLines(node, share)];
  }

  /** @internal What explain says below an optimized plan: how worker processes run it. */
  async stagesText(plan: Plan): Promise<string> {
    const workers = this.#workerBudget();
    const way = await this.#wayOf(plan, workers, true);
    if (way.kind === 'here') return '';
    const { stagesText } = await import('../exec/stages/stages-text.js');
    return `\n\n${stagesText(way.stages, workers!.workers)}`;
  }

  /** @internal What a plan is going to need. */
  async estimate(plan: Plan): Promise<Estimate> {
    const { forecast } = await import('../exec/forecast.js');
    const optimized = this.optimized(plan);
    const { needs, share } = await this.#granted(optimized, this.runtime());
    const { leastMemory, roomyMemory, spilled } = forecast(optimized, needs, share);
    const estimate = {
      rows: estimateRows(optimized),
      memory: memoryFor(this.#budget.arena),
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
    const prepared = await this.#prepare(plan, options, null);
    try {
      yield* this.#batches(prepared);
      prepared.job?.finish();
    } finally {
      this.#end(prepared);
    }
  }

  /** `output` is null where the rows are the caller's. `#end` must be told. */
  async #prepare(plan: Plan, options: RunOptions, output: JobOutput | null): Promise<Prepared> {
    const runtime = this.#runtimeWith(options.signal);
    stopIfAborted(runtime);
    const optimized = this.optimized(plan);
    const budget = this.#workerBudget();
    const chosen = await this.#wayOf(optimized, budget, output?.format !== 'dataset');
    const used = chosen.kind === 'stages' ? budget! : this.#noWorkers();
    const job = await this.#openJob(optimized, options, output, used);
    try {
      const way: Way = job === null ? chosen : { kind: 'stages', stages: job.stages };
      return { ...(await this.#placed(optimized, way, used, runtime)), job };
    } catch (error) {
      job?.release();
      throw error;
    }
  }

  async #placed(
    optimized: Plan,
    way: Way,
    budget: WorkerBudget,
    runtime: Runtime,
  ): Promise<Omit<Prepared, 'job'>> {
    // They start while the rest is made ready.
    const workers = way.kind === 'stages' ? await this.#startWorkers(budget, way.stages) : this.#workers;
    const { needs, share } = await this.#granted(optimized, runtime);
    if (way.kind === 'here') {
      const refusal = tooSmall(memoryFor(this.#budget.arena), wholeMemoryFor(needs.leastArena));
      if (refusal !== null) throw refusal;
      // What is large has the whole budget.
      if (!way.small) this.#workers?.release();
    }
    const query = new Query(this.#onProgress, () => this.#usage());
    const context = {
      ...runtime,
      sources: this.#sources,
      spills: this.#spills!,
      share: workers?.alive ? Math.min(share, workers.budget.coordinatorArena * heldPart) : share,
      progress: query,
    };
    if (this.#onProgress !== undefined) query.totalBytes = await totalBytes(optimized, context);
    return { plan: optimized, way, workers, context, query };
  }

  async *#batches({ plan, way, workers, context, query, job }: Prepared): Stream {
    const stream = way.kind === 'here' ? execute(plan, context) : workers!.run(way.stages, context, job);
    try {
      for await (const batch of stream) {
        query.give(batch.length);
        yield batch;
        stopIfAborted(context);
      }
    } finally {
      await stream.return();
    }
  }

  #usage(): Usage {
    return {
      memory: process.memoryUsage.rss() + (this.#workers?.resident ?? 0),
      memoryBudget: this.#budget.total,
      spilledBytes: this.stats.spilledBytes,
    };
  }

  #end({ query, job }: Prepared): void {
    job?.release();
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
    const { format, signal, job, ...own } = options;
    if (path === '')
      throw usageError('the output is the empty text ""; give a path, or - for standard output');
    const name = format ?? formatOf(path, '--to');
    const target = path === '-' ? path : resolve(path);
    checkRejects(plan, target);
    const prepared = await this.#prepare(plan, options, { path: target, format: name, options: own });
    try {
      if (name === 'dataset' && prepared.way.kind === 'stages')
        return await this.#writeChunks(prepared, prepared.way.stages, target, own);
      const sink = await (await formatNamed(name)).create(target, schemaOf(plan), own, prepared.context);
      try {
        for await (const batch of this.#batches(prepared)) await sink.write(batch);
        const written = await sink.finish();
        prepared.job?.finish();
        return written;
      } catch (error) {
        await sink.abort();
        throw error;
      }
    } finally {
      this.#end(prepared);
    }
  }

  /** The job that the options name; null where they name none. */
  async #openJob(
    plan: Plan,
    { job, signal }: RunOptions,
    output: JobOutput | null,
    budget: WorkerBudget,
  ): Promise<Job | null> {
    if (job === undefined) return null;
    const { openJob } = await import('../exec/stages/job.js');
    const { name, title } = typeof job === 'string' ? { name: job, title: output?.path ?? '' } : job;
    return openJob(
      { name, title, tempDir: this.#temp.folder, plan, output, notice: this.#onNotice },
      this.#divided(budget, true, this.#runtimeWith(signal)),
    );
  }

  /** How plans are divided among the workers of a budget; where it has none, for one task at a time. */
  #divided({ workers, worker }: WorkerBudget, handsBack: boolean, runtime: Runtime): ChooseOptions {
    return {
      sources: this.#sources,
      runtime,
      workers: Math.max(1, workers),
      kind: this.#wanted !== null ? 'asked' : this.#workers?.alive ? 'running' : 'usual',
      handsBack,
      arena: worker.arena,
      splitBytes: this.#splitBytes,
    };
  }

  /** Stages without workers have this process to themselves. */
  #noWorkers(): WorkerBudget {
    return { coordinatorArena: this.#budget.arena, workers: 0, worker: this.#budget };
  }

  /** Null where this process does all itself. */
  #workerBudget(): WorkerBudget | null {
    const { peak } = this.runtime().arena;
    const wanted = this.#wanted ?? usualWorkers(this.#budget, peak);
    return planWorkers(this.#budget, wanted, peak);
  }

  async #wayOf(plan: Plan, budget: WorkerBudget | null, handsBack: boolean): Promise<Way> {
    if (budget === null) return { kind: 'here', small: false };
    const { chooseWay } = await import('../exec/stages/choose.js');
    return chooseWay(plan, this.#divided(budget, handsBack, this.runtime()));
  }

  async #startWorkers(budget: WorkerBudget, stages: readonly Stage[]): Promise<Workers> {
    const { Workers } = await import('../exec/stages/parallel.js');
    this.#workers ??= new Workers(budget);
    // This process may have more than it had: then there is less for workers.
    this.#workers.adopt(budget);
    this.#workers.start(stages);
    this.#most = Math.max(this.#most, budget.workers);
    return this.#workers;
  }

  /** Each task writes its chunks of the dataset. */
  async #writeChunks(
    { plan, workers, context, query, job }: Prepared,
    stages: readonly Stage[],
    path: string,
    options: FormatOptions,
  ): Promise<Written> {
    const { createDatasetOutput } = await import('../exec/stages/dataset-output.js');
    const output = await createDatasetOutput(path, schemaOf(plan), options, context);
    try {
      const lasting = job?.chunks ?? null;
      const target = lasting === null ? output.target : { ...output.target, folder: lasting };
      const chunks = await workers!.write(stages, target, context, job);
      if (lasting !== null) output.adopt(lasting);
      const written = output.commit(chunks);
      job?.finish();
      query.give(written.rows);
      return written;
    } finally {
      output.abort();
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
