/**
 * What an engine of the benches is. It runs in a process of its own (child.ts, child.py), which says what it did in lines
 * of JSON, so that the bench need not know its language.
 */

/** How it is to run. */
export interface Setting {
  readonly threads: number;
  /** In bytes, for the whole process; a control group enforces it where there is one. */
  readonly memory: number;
  /** For temporary files. */
  readonly scratch: string;
}

/** What it is to do. */
export interface Ask {
  readonly task: string;
  readonly kind: 'load' | 'query';
  /** Paths of the tables. */
  readonly inputs: Readonly<Record<string, string>>;
  /** With the names of the tables in braces. */
  readonly sql: string;
  readonly checks: readonly string[] | null;
  /** Where a long answer goes, or what is loaded; without an ending. Null for an answer in memory. */
  readonly output: string | null;
}

/** Rows and sums of the answer, or the file that holds it. */
export type Answer = { readonly sums: readonly number[] } | { readonly file: string };

/** An engine that was started, its tables open. */
export interface Started {
  /** Does the task, which is timed; what it returns tells the answer, which is not. */
  run(): Promise<() => Promise<Answer>>;
  stop(): Promise<void>;
  /** Bytes that went to temporary files, if it counts them. */
  spilled?(): number;
}

export interface Engine {
  readonly version: string;
  /** The tasks it does; null for everything that can be said in SQL. */
  readonly tasks: readonly string[] | null;
  start(ask: Ask, setting: Setting): Promise<Started>;
}

/** The query with what the engine calls its tables. */
export function filled({ sql, inputs }: Ask, table: (path: string, name: string) => string): string {
  return sql.replace(/\{(\w+)\}/g, (_, name: string) => table(inputs[name]!, name));
}

/** Of columns of an answer: how many rows, then of each the sum of its numbers. */
export function sumsOf(rows: number, columns: readonly Iterable<unknown>[]): number[] {
  const sum = (column: Iterable<unknown>): number => {
    let total = 0;
    for (const value of column) total += Number(value);
    return total;
  };
  return [rows, ...columns.map(sum)];
}
