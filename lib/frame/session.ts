/**
 * Where options become a place to run: the arena, the kernels, the open inputs. All queries of a session share
 * its one arena, so they may run at the same time as long as the memory lasts.
 */
import { resolve } from 'node:path';
import { abortedError, usageError } from '../errors.js';
import { planBudget } from '../exec/budget.js';
import type { Stream } from '../exec/context.js';
import { constantEvaluator } from '../exec/evaluate-constant.js';
import { execute } from '../exec/execute.js';
import { Sources } from '../exec/sources.js';
import type { Runtime } from '../formats/format.js';
import { formatNamed, formatOf } from '../formats/formats.js';
import { findFiles } from '../formats/paths.js';
import { loadKernels } from '../kernels/wasm.js';
import { Arena } from '../memory/arena.js';
import { optimize } from '../plan/optimize.js';
import { inputsOf, type Plan } from '../plan/plan.js';
import { schemaOf } from '../plan/schema.js';
import { describedScan, parseDescription } from './description.js';
import { DataFrame } from './frame.js';
import type { RunOptions, ScanOptions, SessionOptions, WriteOptions } from './options.js';
import { type ProgressEvent, Query } from './query.js';
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
  /** The most memory the process has had resident, in bytes. */
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
  readonly #budget: number;
  readonly #onProgress: (event: ProgressEvent) => void;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  readonly #sources = new Sources();
  readonly #open = new Set<AsyncGenerator>();
  readonly #sums = { rows: 0, bytes: 0, seconds: 0, tasks: 0 };
  #runtime: Runtime | null = null;

  constructor(options: SessionOptions = {}) {
    this.#budget = planBudget(options.memory).arena;
    this.#onProgress = options.onProgress ?? (() => undefined);
    this.#signal = options.signal
      ? AbortSignal.any([this.#closing.signal, options.signal])
      : this.#closing.signal;
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
    const files = findFiles(typeof paths === 'string' ? [paths] : paths);
    const described = schema && parseDescription(schema);
    // Text has no types: those described are the ones to read it as.
    const typed =
      schema && (format ?? formatOf(files[0]!)) === 'csv' ? { ...own, types: typesOf(schema) } : own;
    const scan = await this.#sources.scan(files, format, typed, this.runtime());
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
    const plan = await parseQuery(query, (path) =>
      this.#sources.scan([path], format ?? null, own, this.runtime()),
    );
    return new DataFrame(this, plan);
  }

  get stats(): SessionStats {
    return {
      ...this.#sums,
      peakMemory: process.resourceUsage().maxRSS * 1024,
      spilledBytes: 0,
      retries: 0,
    };
  }

  /** Ends queries that still run, closes the inputs and gives the memory back. */
  async close(): Promise<void> {
    this.#closing.abort();
    // A result that somebody stopped reading half way is ended here.
    await Promise.allSettled([...this.#open].map((stream) => stream.return(undefined)));
    await this.#sources.close();
    this.#runtime = null;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal What results are made on; the arena is made when it is first needed. */
  runtime(): Runtime {
    if (this.#closing.signal.aborted) throw usageError('the session is closed');
    if (this.#runtime === null) {
      const arena = new Arena(this.#budget);
      this.#runtime = { arena, kernels: loadKernels(arena), signal: this.#signal };
    }
    return this.#runtime;
  }

  /** @internal The plan as it runs. */
  optimized(plan: Plan): Plan {
    return optimize(plan, { evaluateConstant: constantEvaluator(this.runtime()) });
  }

  /** @internal Runs a plan; each batch is valid until the next is asked for. */
  async *run(plan: Plan, { signal }: RunOptions = {}): Stream {
    const runtime = this.#runtimeWith(signal);
    const query = new Query(totalBytes(plan), this.#onProgress);
    const stream = execute(this.optimized(plan), { ...runtime, sources: this.#sources, progress: query });
    try {
      checkSignal(runtime.signal);
      for await (const batch of stream) {
        query.give(batch.length);
        yield batch;
        checkSignal(runtime.signal);
      }
    } finally {
      await stream.return();
      query.end();
      this.#sums.rows += query.rows;
      this.#sums.bytes += query.bytes;
      this.#sums.seconds += query.seconds;
      this.#sums.tasks++;
    }
  }

  /** @internal A result that closing the session ends, wherever its reader stopped. */
  async *ended<T, R>(stream: AsyncGenerator<T, R, void>): AsyncGenerator<T, R, void> {
    this.#open.add(stream);
    try {
      return yield* stream;
    } finally {
      this.#open.delete(stream);
    }
  }

  /** @internal Runs a plan into a file. */
  async write(plan: Plan, path: string, options: WriteOptions = {}): Promise<Written> {
    const { format, signal, ...own } = options;
    if (path === '')
      throw usageError('the output is the empty text ""; give a path, or - for standard output');
    const name = format ?? formatOf(path, '--to');
    const target = path === '-' ? path : resolve(path);
    checkRejects(plan, target);
    const runtime = this.#runtimeWith(signal);
    const sink = await (await formatNamed(name)).create(target, schemaOf(plan), own, runtime);
    try {
      for await (const batch of this.run(plan, options)) await sink.write(batch);
      return await sink.finish();
    } catch (error) {
      await sink.abort();
      throw error;
    }
  }

  #runtimeWith(signal: AbortSignal | undefined): Runtime {
    const runtime = this.runtime();
    return signal ? { ...runtime, signal: AbortSignal.any([this.#signal, signal]) } : runtime;
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

function checkSignal(signal: AbortSignal): void {
  if (signal.aborted) throw abortedError(signal.reason);
}

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

function totalBytes(plan: Plan): number | null {
  if (plan.op === 'scan') return plan.source.bytes;
  return inputsOf(plan).reduce<number | null>((sum, input) => {
    const bytes = totalBytes(input);
    return sum === null || bytes === null ? null : sum + bytes;
  }, 0);
}

function typesOf(description: SchemaDescription): Record<string, string> {
  return Object.fromEntries(
    Object.entries(description).map(([name, type]) => [name, type.replace(/\?$/, '')]),
  );
}
