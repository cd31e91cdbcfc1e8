import type { SpillStore } from '../../spill/spill-store.js';
import type { Batch } from '../arrow/batch.js';
import type { RangeRead, Runtime } from '../formats/format.js';
import type { KeySet } from '../kernels/key-set.js';
import type { Plan } from '../plan/plan.js';
import type { BufferLimit } from './functions/held-buffers.js';
import type { Sources } from './sources.js';
import type { StageCounts } from './stages/stage-counts.js';

/** Batches, each valid until the next is asked for. Who stops early calls `return`. */
export type Stream = AsyncGenerator<Batch, void, void>;

/** What one run of a plan shares; operators take it, never a global. */
export interface Context extends Runtime {
  readonly sources: Sources;
  /** Where an operator puts what its share does not hold. */
  readonly spills: SpillStore;
  /** Bytes of the arena that each operator that holds rows may take (share.ts); the rest is for batches on their way. */
  readonly share: number;
  readonly progress: Progress;
  /** What functions of the user may hold in array buffers; not bounded if not given. */
  readonly bufferLimit?: BufferLimit;
  /** Rows of these nodes are of no interest to a join above unless they pass. */
  readonly keyTests?: ReadonlyMap<Plan, readonly KeyTest[]>;
}

/** Is a column's value a key of a join's build side? */
export interface KeyTest {
  readonly column: number;
  readonly set: KeySet;
}

export interface Progress {
  /** Bytes a source read. */
  read(bytes: number): void;
  /** Bytes read of what another stage wrote. */
  exchanged?(bytes: number): void;
  /** The stages that the run consists of. */
  stages?(stages: readonly StageCounts[]): void;
  /** What a source read of the range that was asked of it. */
  range?(read: RangeRead): void;
}
