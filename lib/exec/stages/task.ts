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
  /** For what it spills. */
  readonly folder: string;
  /** Bytes of disk that it may take, all together; null for what the disk has. */
  readonly diskLimit: number | null;
}

export type TaskOutput =
  /** A file that is not there yet, for other tasks; with `sync` it is on the disk when the task is done. */
  | { readonly kind: 'runs'; readonly path: string; readonly layout: RunLayout; readonly sync: boolean }
  /** Chunks of a dataset; no other attempt has the number. */
  | { readonly kind: 'chunks'; readonly target: DatasetTarget; readonly number: number };

export interface TaskProgress {
  /** Bytes read from sources so far. */
  readonly read: number;
}

export interface TaskResult {
  /** What became of the rows: a file, or chunks; neither where it failed. */
  readonly file: TaskFile | null;
  readonly chunks: WrittenChunks | null;
  /** What was read of a range of a text; null where none was asked for. */
  readonly range: RangeRead | null;
  /** Why it failed, where that counts only if the range did begin with a record. */
  readonly failure: SentError | null;
  /** Bytes read from sources. */
  readonly read: number;
  /** Bytes written for itself and for other tasks. */
  readonly spilled: number;
}
