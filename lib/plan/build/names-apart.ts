/** The two sides of a join share no name: what is on both is renamed on the right. */
import { column, named } from '../make-expr.js';
import { project } from '../make-plan.js';
import type { Plan } from '../plan.js';
import { schemaOf } from '../schema.js';

export interface Renamed {
  readonly plan: Plan;
  /** What each column is called now, by what it was called. */
  readonly names: ReadonlyMap<string, string>;
}

/** Renames the columns of `right` that are `taken`; `rename` gives a name that is not, or one that is refused later. */
export function namesApart(
  taken: ReadonlySet<string>,
  right: Plan,
  rename: (name: string) => string,
): Renamed {
  const own = columnNames(right);
  const names = new Map(own.map((name) => [name, taken.has(name) ? rename(name) : name]));
  if (own.every((name) => names.get(name) === name)) return { plan: right, names };
  return {
    plan: project(
      right,
      own.map((name) => named(names.get(name)!, column(name))),
    ),
    names,
  };
}

export function columnNames(plan: Plan): readonly string[] {
  return schemaOf(plan).fields.map((field) => field.name);
}
