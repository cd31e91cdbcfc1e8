/**
 * A plan into a better one that gives the same rows. What holds for every rule:
 * - Names and types of what comes out stay; nullability may only become stricter.
 * - No error is added: an expression that may fail never runs on a row that it did not run on before. Errors
 *   may vanish, where a row or a column that raised one turns out not to be needed.
 * - A rule that changes nothing returns the very same plan.
 */

import type { Plan } from './plan.js';
import { answerFromStatistics } from './rules/answer-from-statistics.js';
import { filterJoin } from './rules/filter-join.js';
import { fold } from './rules/fold.js';
import { joinCondition } from './rules/join-condition.js';
import { mergeProjects } from './rules/merge-projects.js';
import { pruneChunks } from './rules/prune-chunks.js';
import { pushColumns } from './rules/push-columns.js';
import { pushFilter } from './rules/push-filter.js';
import { pushLimit } from './rules/push-limit.js';
import { removeProjects } from './rules/remove-projects.js';
import type { Rule, RuleTools } from './rules/rule.js';
import { shareSorts } from './rules/share-sorts.js';
import { top } from './rules/top.js';
import { topPerPartition } from './rules/top-per-partition.js';
import { typeLiterals } from './rules/type-literals.js';

/** In the order in which they are tried. */
export const rules: readonly Rule[] = [
  typeLiterals,
  fold,
  pushFilter,
  filterJoin,
  joinCondition,
  pruneChunks,
  answerFromStatistics,
  mergeProjects,
  pushLimit,
  top,
  shareSorts,
  topPerPartition,
  pushColumns,
  removeProjects,
];

export interface OptimizeOptions extends RuleTools {
  /** Names of rules that are left out. */
  readonly without?: readonly string[];
}

/** Rounds of all rules until none finds anything. */
export function optimize(plan: Plan, options: OptimizeOptions = {}): Plan {
  const chosen = rules.filter((rule) => !options.without?.includes(rule.name));
  let best = plan;
  for (let round = 0; round < 20; round++) {
    const better = chosen.reduce((current, rule) => rule.apply(current, options), best);
    if (better === best) return best;
    best = better;
  }
  throw new Error('bug: the optimizer does not come to rest');
}
