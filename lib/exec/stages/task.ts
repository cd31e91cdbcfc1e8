/** What a worker is asked to do, and what it answers: plain data. */
import type { WrittenChunks } from '../../../spill/chunks-writer.js';
import type { RangeRead } from '../../formats/format.js';
import type { Plan } from '../../plan/plan.js';
import type { SentError } from '../workers/protocol.js';
import type { DatasetTarget } from './dataset-output.js';
import type { RunLayout } from './output.js';
import type { TaskFile } from './tasks.js';

export interface Task {
  readonly plan: Plan;
  readonly output: TaskOutput;
  /** For what it spills: nobody else's, made when it is needed. */
  readonly folder: string;
}

/** Bytes of disk that a task may take, all together. */
export interface DiskLimit {
  readonly bytes: number;
  /** What the user allowed for all. */
  readonly whole: number;
}

/** A task as it goes to a worker. */
export interface SentTask extends Task {
  /** Null for what the disk has. */
  readonly disk: DiskLimit | null;
}

export type TaskOutput =
  /** A file that is not there yet, for other tasks; with `sync` it is on the disk when the task is done. */
  | { readonly kind: 'runs'; readonly path: string; readonly layout: RunLayout; readonly sync: boolean }
  /** Chunks of a dataset; no other attempt has the number. */
  | { readonly kind: 'chunks'; readonly target: DatasetTarget; readonly number: number };

export interface TaskProgress {
  /** Bytes read so far: from sources, and of what other stages wrote. */
  readonly read: number;
  readonly exchanged: number;
  /** Rows that came out. */
  readonly rows: number;
  /** Bytes written, for itself and for other tasks. */
  readonly spilled: number;
}

export interface TaskResult {
  /** What became of the rows: a file, or chunks; neither where it failed. */
  readonly file: TaskFile | null;
  readonly chunks: WrittenChunks | null;
  /** What was read of a range of a text; null where none was asked for. */
  readonly range: RangeRead | null;
  /** Why it failed, where that counts only if the range did begin with a record. */
  readonly failure: SentError | null;
  /** At its end. */
  readonly progress: TaskProgress;
}
