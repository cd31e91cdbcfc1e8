/** Limits move below projects, into scans and into the inputs of unions; limits that meet become one. */
import { allRows, limit } from '../make-plan.js';
import type { Limit, Plan } from '../plan.js';
import { mapList } from '../walk-expr.js';
import { mapInputs, withInput, withInputs } from '../walk-plan.js';
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
    case 'union': {
      if (count === allRows) return plan;
      const inputs = mapList(input.inputs, (one) => atMost(one, offset + count));
      return inputs === input.inputs ? plan : limit(withInputs(input, inputs), count, offset);
    }
    default:
      return plan;
  }
}

/** No more than the first `rows`, if that is not so already. */
function atMost(plan: Plan, rows: number): Plan {
  return mostRows(plan) <= rows ? plan : limit(plan, rows);
}

function mostRows(plan: Plan): number {
  switch (plan.op) {
    case 'limit':
      return plan.count;
    case 'scan':
    case 'sort':
      return plan.limit ?? allRows;
    case 'sample':
      return plan.count ?? allRows;
    case 'project':
    case 'filter':
    case 'distinct':
      return mostRows(plan.input);
    case 'union':
      return plan.inputs.reduce((sum, input) => sum + mostRows(input), 0);
    default:
      return allRows;
  }
}
