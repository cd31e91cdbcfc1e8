/** What computations on columns that spill run on. */
import { breathe } from '../breathe.js';
import type { SpillingMachine } from '../kernels/runs.js';
import type { Context } from './context.js';

export function spillingMachine(context: Context): SpillingMachine {
  const { arena, kernels, spills } = context;
  return { arena, kernels, spills, pause: () => breathe(context) };
}
