import type { Node, SelectStmt } from 'libpg-query';
import { allRows, limit } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { wordBefore } from './clauses.js';
import { constantNumber } from './constant-number.js';
import type { Parsed } from './grammar.js';
import { startOf } from './start-of.js';

/** LIMIT, OFFSET and FETCH FIRST. */
export function limited(plan: Plan, select: SelectStmt, parsed: Parsed): Plan {
  const { limitCount, limitOffset, limitOption } = select;
  if (limitOption === 'LIMIT_OPTION_WITH_TIES') {
    throw parsed.source.unsupported('with ties', wordBefore(parsed, 'ties', undefined));
  }
  const count = wholeNumber(limitCount, 'limit', parsed) ?? allRows;
  const offset = wholeNumber(limitOffset, 'offset', parsed) ?? 0;
  return count === allRows && offset === 0 ? plan : limit(plan, count, offset);
}

/** Null where nothing is given, and for `limit all`. */
function wholeNumber(node: Node | undefined, word: string, { source }: Parsed): number | null {
  if (node === undefined || ('A_Const' in node && node.A_Const.isnull)) return null;
  const value = constantNumber(node);
  if (value !== null && Number.isSafeInteger(value) && value >= 0) return value;
  throw source.error(`${word} takes a whole number that is not negative`, startOf(node));
}
