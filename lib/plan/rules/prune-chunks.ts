/** Chunks of a source whose statistics show that no row of theirs matches are not read. */
import { bindPredicate } from '../bind.js';
import { mayMatch } from '../may-match.js';
import type { Plan } from '../plan.js';
import { mapPlan } from '../walk-plan.js';
import type { Rule } from './rule.js';

export const pruneChunks: Rule = { name: 'prune-chunks', apply: (plan) => mapPlan(plan, prune) };

function prune(plan: Plan): Plan {
  if (plan.op !== 'scan' || plan.predicate === null || plan.source.statistics === null) return plan;
  const { chunks } = plan.source.statistics;
  const predicate = bindPredicate(plan.predicate, plan.schema, 'the filter');
  const all = plan.chunks ?? chunks.map((_, position) => position);
  const kept = all.filter((position) => mayMatch(predicate, chunks[position]!));
  return kept.length === all.length ? plan : Object.freeze({ ...plan, chunks: Object.freeze(kept) });
}
