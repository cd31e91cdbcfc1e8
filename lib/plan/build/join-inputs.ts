/** Joins of two inputs as verbs and commands ask for them: names may be on both sides, and come out once each. */
import { fieldIndex, type Schema } from '../../arrow/schema.js';
import { queryError } from '../../errors.js';
import { bindPredicate, unknownColumn } from '../bind.js';
import { conjuncts } from '../conjuncts.js';
import type { Expr, Named } from '../expr.js';
import { isIdentity } from '../is-identity.js';
import { call, column, named } from '../make-expr.js';
import { asofJoin, project } from '../make-plan.js';
import type { AsofJoin, JoinKind, Plan } from '../plan.js';
import { schemaOf } from '../schema.js';
import { substitute } from '../walk-expr.js';
import { freeName } from './free-name.js';
import { joinOn, mergedKey } from './join.js';
import { columnNames, namesApart } from './names-apart.js';

/** No column of a file begins with it. */
const rightMark = '\u0000right\u0000';

/** The name by which an expression over both inputs names a column of the right one. */
export const ofRight = (name: string): string => rightMark + name;

export interface JoinWish {
  readonly kind: JoinKind;
  /** Columns that both have: rows match where they are equal, and they come out once. */
  readonly using: readonly string[];
  /** Over the columns of the left input and, `ofRight`, of the right one. */
  readonly condition: Expr | null;
  /** Added to the names of right columns that the left input has too. */
  readonly suffix: string;
}

/**
 * The columns of the left input, then those of the right one without `using`, of which each has the value of the side
 * that always has a row; in a full join that of the first side that has one.
 */
export function joinInputs(left: Plan, right: Plan, { kind, using, condition, suffix }: JoinWish): Plan {
  const leftOnly = kind === 'semi' || kind === 'anti';
  const sides = sidesOf(left, right, using, leftOnly ? null : suffix);
  const equal = using.map((name) => call('eq', column(name), column(sides.names.get(name)!)));
  const parts = condition === null ? [] : sides.parts(condition);
  const joined = joinOn(left, sides.right, kind, [...equal, ...parts]);
  return leftOnly ? joined : chosen(joined, left, sides, using, kind);
}

export interface AsofWish
  extends Pick<AsofJoin, 'kind' | 'direction' | 'allowEqual' | 'tolerance'>,
    Pick<JoinWish, 'using' | 'suffix'> {
  /** What is near; where both names are the same, the column comes out once, as the left side has it. */
  readonly nearest: { readonly left: string; readonly right: string };
}

/** As `joinInputs`, each left row with the one right row that is nearest. */
export function asofInputs(left: Plan, right: Plan, { using, suffix, nearest, ...wish }: AsofWish): Plan {
  const shared = nearest.left === nearest.right ? [nearest.left, ...using] : using;
  const sides = sidesOf(left, right, shared, suffix);
  const joined = asofJoin(left, sides.right, {
    ...wish,
    on: using.map((name) => ({ left: column(name), right: column(sides.names.get(name)!) })),
    nearest: {
      left: sides.translated(column(nearest.left)),
      right: sides.translated(column(ofRight(nearest.right))),
    },
  });
  return chosen(joined, left, sides, shared, 'left');
}

interface Sides {
  /** The right input under names that the left one does not have. */
  readonly right: Plan;
  /** Those names, by the right input's own. */
  readonly names: ReadonlyMap<string, string>;
  /** An expression over both, by the names in the join. */
  translated(expr: Expr): Expr;
  /** What must be true for a condition over both to be. */
  parts(condition: Expr): readonly Expr[];
}

/** Without a suffix right names are only kept apart: they do not come out. */
function sidesOf(left: Plan, right: Plan, shared: readonly string[], suffix: string | null): Sides {
  const schemas = [schemaOf(left), schemaOf(right)] as const;
  for (const name of shared) for (const schema of schemas) mustHave(schema, name);
  const taken = new Set(columnNames(left));
  const all = new Set([...taken, ...columnNames(right)]);
  const { plan, names } = namesApart(taken, right, (name) => {
    const renamed = suffix === null || shared.includes(name) ? freeName(`${name}_right`, all) : name + suffix;
    if (all.has(renamed))
      throw queryError(
        `the column "${name}" is on both sides, and so is "${renamed}"; choose another suffix or rename one`,
        { column: name },
      );
    all.add(renamed);
    return renamed;
  });
  const translated = (expr: Expr): Expr =>
    substitute(expr, (name) => {
      const isRight = name.startsWith(rightMark);
      const own = isRight ? name.slice(rightMark.length) : name;
      mustHave(schemas[isRight ? 1 : 0], own);
      return column(isRight ? names.get(own)! : own);
    });
  return {
    right: plan,
    names,
    translated,
    parts(condition) {
      const whole = translated(condition);
      const both = { fields: [...schemas[0].fields, ...schemaOf(plan).fields] };
      bindPredicate(whole, both, 'the join condition');
      return conjuncts(whole);
    },
  };
}

function mustHave(schema: Schema, name: string): void {
  if (fieldIndex(schema, name) < 0) throw unknownColumn(name, schema);
}

/** What comes out of the join, with columns that both sides have made one. */
function chosen(
  joined: Plan,
  left: Plan,
  { right, names }: Sides,
  shared: readonly string[],
  kind: JoinKind,
): Plan {
  const hidden = new Map(shared.map((name) => [names.get(name)!, name]));
  const columns = [
    ...columnNames(left).map((name): Named => {
      const once = shared.includes(name);
      return named(name, once ? mergedKey(kind, column(name), column(names.get(name)!)) : column(name));
    }),
    ...columnNames(right)
      .filter((name) => !hidden.has(name))
      .map((name) => named(name, column(name))),
  ];
  return isIdentity(columns, schemaOf(joined)) ? joined : project(joined, columns);
}
