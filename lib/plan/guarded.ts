import type { Bound } from './bound.js';
import { boundMayFail } from './bound-may-fail.js';

/** What may fail is only evaluated where the filter is true: `sum(a // b) filter (where b <> 0)`. */
export function guarded(arg: Bound, filter: Bound | null): Bound {
  if (filter === null || !boundMayFail(arg)) return arg;
  const { type } = arg;
  const otherwise = { op: 'literal', type, nullable: true, value: null } as const;
  return { op: 'case', branches: [{ when: filter, then: arg }], otherwise, type, nullable: true };
}
