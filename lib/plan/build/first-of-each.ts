/** DISTINCT ON: of the rows with the same keys the first in an order. */
import type { Expr, SortKey } from '../expr.js';
import { call, column, integer, named } from '../make-expr.js';
import { filter, project, window } from '../make-plan.js';
import type { Plan } from '../plan.js';
import { freeName } from './free-name.js';
import { columnNames } from './names-apart.js';

/** All columns come out; without an order it is any one row. */
export function firstOfEach(input: Plan, keys: readonly Expr[], orderBy: readonly SortKey[]): Plan {
  const names = columnNames(input);
  const name = freeName('number', new Set(names));
  const numbered = window(input, keys, orderBy, [
    { name, function: 'row_number', args: [], filter: null, ignoreNulls: false, frame: null },
  ]);
  return project(
    filter(numbered, call('eq', column(name), integer(1))),
    names.map((each) => named(each, column(each))),
  );
}
