/** DuckDB as a rival: one instance, its threads and memory set. */
import { DuckDBInstance } from '@duckdb/node-api';

export interface Duck {
  /** Runs statements for their effect. */
  run(sql: string): Promise<void>;
  /** The first row, its values as numbers. */
  numbers(sql: string): Promise<number[]>;
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
    async text(sql) {
      return String((await connection.runAndReadAll(sql)).getRows()[0]?.[0]);
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
