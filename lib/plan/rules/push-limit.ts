/** Limits move below projects and into scans; limits that meet become one. */
import { allRows, limit } from '../make-plan.js';
import type { Limit, Plan } from '../plan.js';
import { mapInputs, withInput } from '../walk-plan.js';
import type { Rule } from './rule.js';

export const pushLimit: Rule = { name: 'push-limit', apply: visit };

function visit(plan: Plan): Plan {
  const pushed = plan.op === 'limit' ? push(plan) : plan;
  return pushed === plan ? mapInputs(plan, visit) : visit(pushed);
}

function push(plan: Limit): Plan {
  const { input, count, offset } = plan;
  if (count === allRows && offset === 0) return input;
  switch (input.op) {
    case 'project':
      return withInput(input, limit(input.input, count, offset));
    case 'limit': {
      const left = input.count === allRows ? allRows : Math.max(0, input.count - offset);
      return limit(input.input, Math.min(count, left), input.offset + offset);
    }
    case 'scan': {
      const rows = count === allRows ? allRows : offset + count;
      if (input.predicate !== null || rows >= (input.limit ?? allRows)) return plan;
      const scan = Object.freeze({ ...input, limit: rows });
      return offset === 0 ? scan : limit(scan, count, offset);
    }
    default:
      return plan;
  }
}
