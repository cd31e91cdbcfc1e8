import type { Batch } from '../arrow/batch.js';
import type { Runtime } from '../formats/format.js';

/** Batches, each valid until the next is asked for. */
export type Stream = AsyncGenerator<Batch, void, void>;

/** What one run of a plan shares; operators take it, never a global. */
export interface Context extends Runtime {
  readonly progress: Progress;
}

export interface Progress {
  /** Bytes a source read. */
  read(bytes: number): void;
}
