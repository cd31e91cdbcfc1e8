import type { Batch } from '../arrow/batch.js';
import type { Runtime } from '../formats/format.js';
import type { Sources } from './sources.js';
import type { TempSpace } from './temp-space.js';

/** Batches, each valid until the next is asked for. Who stops early calls `return`. */
export type Stream = AsyncGenerator<Batch, void, void>;

/** What one run of a plan shares; operators take it, never a global. */
export interface Context extends Runtime {
  readonly sources: Sources;
  readonly temp: TempSpace;
  readonly progress: Progress;
}

export interface Progress {
  /** Bytes a source read. */
  read(bytes: number): void;
}
