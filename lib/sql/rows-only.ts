import type { Scope } from './convert.js';
import type { SqlSource } from './source.js';

/** Refuses all that looks at more than one row; `where` it does not belong: 'an expression'. */
export function rowsOnly(
  source: SqlSource,
  where: string,
): Pick<Scope, 'aggregate' | 'window' | 'subquery' | 'grouping'> {
  const refuse =
    (what: string) =>
    (_: unknown, byte: number): never => {
      throw source.error(`${what} does not belong in ${where}`, byte);
    };
  return {
    aggregate: (found, byte) => refuse(`the aggregate ${found.aggregate}(...)`)(found, byte),
    window: refuse('a window function'),
    subquery: refuse('a subquery'),
    grouping: refuse('grouping()'),
  };
}
