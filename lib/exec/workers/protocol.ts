/** What the coordinator and its worker processes say to each other. All of it is plain data. */
import type { ErrorCode, ErrorPlace } from '../../errors.js';

/** The exit code of a worker that ends itself as functions of the user hold too much. */
export const fullExit = 99;

export type ToWorker =
  | { readonly kind: 'open'; readonly setup: unknown }
  | { readonly kind: 'task'; readonly id: number; readonly task: unknown }
  | { readonly kind: 'cancel'; readonly id: number };

export type FromWorker =
  /** Sent once, when it can take tasks. */
  | { readonly kind: 'ready'; readonly resident: number }
  /** Sent every second or so, by a worker that can still hear; bytes resident. */
  | { readonly kind: 'alive'; readonly resident: number }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown; readonly resident: number }
  | { readonly kind: 'failed'; readonly id: number; readonly error: SentError; readonly resident: number };

/** An error on its way between processes. */
export interface SentError {
  /** Null for what is a bug of ours. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly place: ErrorPlace;
  /** Of what is a bug of ours; else of what caused the error, where that was thrown by code of the user. */
  readonly stack: string;
}

export type OpenRunner<Setup, Task, Result> = (setup: Setup) => Promise<TaskRunner<Task, Result>>;

export interface TaskRunner<Task = unknown, Result = unknown> {
  /** What it returns, and what it tells, is plain data. After it ends nothing of the task is held but its result. */
  run(task: Task, signal: AbortSignal, tell: (progress: unknown) => void): Promise<Result>;
}
