/**
 * INTERSECT and EXCEPT as joins in which null equals null. With `all` rows are numbered among their equals first, and
 * only rows of the same number match, so that two of a row take away two.
 */
import { column, named } from '../make-expr.js';
import { distinct, join, project, window } from '../make-plan.js';
import type { Plan } from '../plan.js';
import { freeName } from './free-name.js';
import { columnNames } from './names-apart.js';
import { alignedByPosition } from './union.js';

/** The rows of the left input that the right one has too. Columns go by position; the names are the left ones. */
export function intersect(left: Plan, right: Plan, all = false): Plan {
  return matched(left, right, 'semi', all);
}

/** The rows of the left input that the right one has not. */
export function except(left: Plan, right: Plan, all = false): Plan {
  return matched(left, right, 'anti', all);
}

function matched(left: Plan, right: Plan, kind: 'semi' | 'anti', all: boolean): Plan {
  const [a, b] = alignedByPosition([left, right], kind === 'semi' ? 'intersect' : 'except') as [Plan, Plan];
  const names = columnNames(a);
  if (!all) return onAllColumns(distinct(a), b, kind);
  const number = freeName('number', new Set(names));
  const found = onAllColumns(numbered(a, number), numbered(b, number), kind);
  return project(
    found,
    names.map((name) => named(name, column(name))),
  );
}

function onAllColumns(left: Plan, right: Plan, kind: 'semi' | 'anti'): Plan {
  const names = columnNames(left);
  const taken = new Set(names);
  const others = new Map<string, string>();
  for (const name of names) {
    const other = freeName(`${name}_right`, taken);
    taken.add(other);
    others.set(name, other);
  }
  const renamed = project(
    right,
    names.map((name) => named(others.get(name)!, column(name))),
  );
  const on = names.map((name) => ({ left: column(name), right: column(others.get(name)!) }));
  return join(left, renamed, kind, on, null, true);
}

function numbered(input: Plan, name: string): Plan {
  return window(
    input,
    columnNames(input).map((each) => column(each)),
    [],
    [{ name, function: 'row_number', args: [], filter: null, ignoreNulls: false, frame: null }],
  );
}
