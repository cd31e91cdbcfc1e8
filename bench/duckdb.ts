/** DuckDB as a rival: one instance, its threads and memory set. */
import { DuckDBInstance } from '@duckdb/node-api';

export interface Duck {
  /** Runs statements for their effect. */
  run(sql: string): Promise<void>;
  /** The first row, its values as numbers. */
  numbers(sql: string): Promise<number[]>;
  /** Names and types of a query's columns. */
  columns(sql: string): Promise<[name: string, type: string][]>;
  /** The first value as text. */
  text(sql: string): Promise<string>;
  close(): void;
}

export async function openDuck(file: string, settings: Record<string, string>): Promise<Duck> {
  const instance = await DuckDBInstance.create(file, settings);
  const connection = await instance.connect();
  return {
    async run(sql) {
      await connection.run(sql);
    },
    async numbers(sql) {
      const reader = await connection.runAndReadAll(sql);
      return (reader.getRows()[0] ?? []).map((value) => Number(value));
    },
    async columns(sql) {
      const rows = (await connection.runAndReadAll(`describe ${sql}`)).getRows();
      return rows.map(([name, type]) => [String(name), String(type)]);
    },
    async text(sql) {
      return String((await connection.runAndReadAll(sql)).getRows()[0]?.[0]);
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** What to sum of each column, told its name and type: its numbers, or how many values it has. */
export function columnChecks(columns: readonly (readonly [name: string, type: string])[]): string[] {
  return columns.map(([name, type]) =>
    /INT|DECIMAL|DOUBLE|FLOAT/.test(type) ? `"${name}"` : `case when "${name}" is null then 0 else 1 end`,
  );
}
