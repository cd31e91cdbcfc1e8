import type { Batch, Vector } from '../arrow/batch.js';
import type { Machine } from '../kernels/machine.js';
import type { Region } from '../memory/arena.js';
import type { Bound } from '../plan/bound.js';

/** Columns only: the branch of expressions brings the rest. */
export function evaluate(bound: Bound, batch: Batch, _region: Region, _machine: Machine): Vector {
  if (bound.op !== 'column') throw new Error(`bug: cannot evaluate ${bound.op} yet`);
  return batch.columns[bound.index]!;
}
