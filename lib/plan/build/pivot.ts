/** Rows become columns: an aggregate with a filter for each value. */

import type { Expr, LiteralExpr, Named, NamedAggregate } from '../expr.js';
import { call } from '../make-expr.js';
import { aggregate } from '../make-plan.js';
import type { Plan } from '../plan.js';
import { literalText } from './literal-text.js';

export interface PivotOptions {
  /** One row comes out for each combination of these. */
  readonly keys: readonly Named[];
  /** What is compared with the values. */
  readonly on: Expr;
  /** One column comes out for each of these, and for each aggregate; they are given, since types are known before running. */
  readonly values: readonly LiteralExpr[];
  readonly aggregates: readonly NamedAggregate[];
}

/** Columns are named `value`, or `value_aggregate` where there are several aggregates. */
export function pivot(input: Plan, { keys, on, values, aggregates }: PivotOptions): Plan {
  const cells = values.flatMap((value) =>
    aggregates.map((one): NamedAggregate => {
      const here = call('is_not_distinct_from', on, value);
      const name = literalText(value);
      return {
        ...one,
        name: aggregates.length === 1 ? name : `${name}_${one.name}`,
        filter: one.filter === null ? here : call('and', one.filter, here),
      };
    }),
  );
  return aggregate(input, keys, cells);
}
