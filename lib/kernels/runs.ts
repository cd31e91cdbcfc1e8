/** Where rows go that memory does not hold, as what computes on columns sees it; spill/ has what serves it. */
import type { Batch } from '../arrow/batch.js';
import type { DataType } from '../arrow/types.js';
import type { Machine } from './machine.js';

/** Numbered lists of batches on disk. */
export interface Runs {
  /** One more than the highest number written to. */
  readonly runs: number;
  rowsOf(run: number): number;
  /** As they are on disk. */
  bytesOf(run: number): number;
  write(run: number, batch: Batch): void;
  /** The batches of a run as they were written, each valid until the next is asked for. */
  read(run: number): Generator<Batch, void, void>;
  release(): void;
}

export interface RunStore {
  /** `owner` is named in errors. */
  create(types: readonly DataType[], owner: string): Promise<Runs>;
}

/** What a computation that spills runs on. */
export interface SpillingMachine extends Machine {
  readonly spills: RunStore;
  /** Awaited once a batch in long loops: lets timers and signals have their turn, and throws where the run was aborted. */
  pause(): Promise<void>;
}

/** What a state that grows with its rows may take of memory, in bytes, and where it puts the rest. */
export interface Spilling {
  readonly machine: SpillingMachine;
  readonly share: number;
}
