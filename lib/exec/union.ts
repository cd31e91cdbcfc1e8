/** Inputs one after the other; each is begun when those before it have ended. Memory: that of one input. */
import type { Plan } from '../plan/plan.js';
import type { Stream } from './context.js';

export async function* union(inputs: readonly Plan[], open: (input: Plan) => Stream): Stream {
  for (const input of inputs) yield* open(input);
}
