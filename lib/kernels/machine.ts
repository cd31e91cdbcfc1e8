import type { Arena } from '../memory/arena.js';
import type { Kernels } from './wasm.js';

/** What a computation on columns runs on; a Runtime is one. */
export interface Machine {
  readonly arena: Arena;
  readonly kernels: Kernels;
}
