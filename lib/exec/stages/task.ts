/** What a worker is asked to do, and what it answers: plain data. */
import type { Plan } from '../../plan/plan.js';
import type { Output } from './stage.js';
import type { TaskFile } from './tasks.js';

export interface Task {
  readonly plan: Plan;
  /** The file that its rows go to, which is not there yet, and how they are put down. */
  readonly path: string;
  readonly output: Output;
  /** For what it spills. */
  readonly folder: string;
  /** Bytes of disk that it may take, both together; null for what the disk has. */
  readonly diskLimit: number | null;
}

export interface TaskProgress {
  /** Bytes read from sources so far. */
  readonly read: number;
}

export interface TaskResult {
  /** Rows that came out. */
  readonly rows: number;
  readonly file: TaskFile;
  /** Where the part of a text really began and ended; null where none was read. */
  readonly range: RangeRead | null;
  /** Bytes read from sources. */
  readonly read: number;
  readonly spilled: number;
}

/** What was read of a part of a text. */
export interface RangeRead {
  /** Byte where the first record began, and where the one after the last does. */
  readonly from: number;
  readonly to: number;
  readonly records: number;
  readonly lines: number;
}
