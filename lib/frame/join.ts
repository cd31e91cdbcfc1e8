/** What joins take, the columns they lead to, and the plans they make. */
import type { DataType } from '../arrow/types.js';
import { usageError } from '../errors.js';
import { commonType } from '../kernels/signature.js';
import { asofInputs, joinInputs, ofRight } from '../plan/build/join-inputs.js';
import { columnNames } from '../plan/build/names-apart.js';
import { conjunction } from '../plan/conjuncts.js';
import type { Expr } from '../plan/expr.js';
import { call, column } from '../plan/make-expr.js';
import type { AsofJoin, Plan } from '../plan/plan.js';
import { schemaOf } from '../plan/schema.js';
import { shown, toExpr } from './build.js';
import { type Columns, columns } from './columns.js';
import { toTolerance } from './duration.js';
import type { BoolOperand } from './expr.js';
import type { ColumnName, Dynamic, IsDynamic, OrNull, SameFamily, Simplify, Unified } from './types.js';

export type JoinHow = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti';

/** A condition over the columns of both sides. */
export type JoinCondition<S, T> = (left: Columns<S>, right: Columns<T>) => BoolOperand;

/** Columns that both sides have, with values that can be compared. */
export type SharedColumn<S, T> =
  IsDynamic<S> extends true
    ? ColumnName<T>
    : IsDynamic<T> extends true
      ? ColumnName<S>
      : { [K in keyof S & keyof T & string]: SameFamily<S[K], T[K]> extends true ? K : never }[keyof S &
          keyof T &
          string];

/** A column of each side, with values that can be compared. */
export type ColumnPair<S, T> =
  IsDynamic<S> extends true
    ? { readonly left: string; readonly right: ColumnName<T> }
    : { [K in keyof S & string]: { readonly left: K; readonly right: ComparedTo<S[K], T> } }[keyof S &
        string];

type ComparedTo<A, T> =
  IsDynamic<T> extends true
    ? string
    : { [K in keyof T & string]: SameFamily<A, T[K]> extends true ? K : never }[keyof T & string];

/** What a join compares: columns that both have, by name, and pairs of columns. */
export type JoinKeys<S, T> = SharedColumn<S, T> | readonly (SharedColumn<S, T> | ColumnPair<S, T>)[];

export interface JoinOptions<S, T, K, H, X> {
  readonly on: K;
  /** `inner` if not given. */
  readonly how?: H;
  /** Added to names of the right side that the left one has too; `_right` if not given. */
  readonly suffix?: X;
  /** What must be true besides. */
  readonly condition?: JoinCondition<S, T>;
}

/** Columns that come out once. */
export type KeysOf<K> = K extends string
  ? K
  : K extends readonly (infer E)[]
    ? E extends string
      ? E
      : E extends { readonly left: infer L; readonly right: infer R }
        ? L extends R
          ? L & string
          : never
        : never
    : never;

/** The columns of a join on the keys `K`, where `X` is added to names that both sides have. */
export type Joined<S, T, H, K, X extends string> = H extends 'semi' | 'anti'
  ? S
  : IsDynamic<S> extends true
    ? Dynamic
    : IsDynamic<T> extends true
      ? Dynamic
      : Simplify<
          {
            -readonly [C in keyof S]: C extends K
              ? KeyType<S[C], C extends keyof T ? T[C] : never, H>
              : H extends 'right' | 'full'
                ? OrNull<S[C]>
                : S[C];
          } & {
            -readonly [C in Exclude<keyof T, K> as C extends keyof S ? `${C & string}${X}` : C]: H extends
              | 'left'
              | 'full'
              ? OrNull<T[C]>
              : T[C];
          }
        >;

type KeyType<A, B, H> = H extends 'right' ? B : H extends 'full' ? OrNull<Unified<A | B>> : A;

const hows: readonly string[] = ['inner', 'left', 'right', 'full', 'semi', 'anti'];

export function checkHow(how: string): void {
  if (!hows.includes(how)) throw usageError(`a join is ${hows.join(', ')}, not ${how}`);
}

export const usualSuffix = '_right';

export function joined<S, T>(
  {
    on,
    how = 'inner',
    suffix = usualSuffix,
    condition,
  }: JoinOptions<S, T, JoinKeys<S, T> | JoinCondition<S, T>, JoinHow, string>,
  left: Plan,
  right: Plan,
): Plan {
  checkHow(how);
  const keys = typeof on === 'function' ? [] : keysOf(on);
  const using = keys.flatMap((key) => (typeof key === 'string' ? [key] : []));
  const conditions: Expr[] = keys.flatMap((key) =>
    typeof key === 'string' ? [] : [call('eq', column(key.left), column(ofRight(key.right)))],
  );
  for (const make of [on, condition]) {
    if (typeof make === 'function')
      conditions.push(toExpr(make(columns(columnNames(left)), columns(columnNames(right), ofRight))));
  }
  if (using.length === 0 && conditions.length === 0)
    throw usageError('a join takes `on`: columns or a condition; all pairs of rows are a crossJoin');
  return joinInputs(left, right, {
    kind: how,
    using,
    condition: conditions.length === 0 ? null : conjunction(conditions),
    suffix,
  });
}

export function crossJoined(suffix: string, left: Plan, right: Plan): Plan {
  return joinInputs(left, right, { kind: 'cross', using: [], condition: null, suffix });
}

export interface AsofOptions {
  readonly on: unknown;
  readonly by?: unknown;
  readonly direction?: AsofJoin['direction'];
  readonly allowEqual?: boolean;
  readonly tolerance?: number | bigint | string;
  readonly how?: string;
  readonly suffix?: string;
}

const directions: readonly string[] = ['backward', 'forward', 'nearest'];

export function asofJoined(options: AsofOptions, left: Plan, right: Plan): Plan {
  const { on, by, direction = 'backward', allowEqual = true, tolerance, how = 'left', suffix } = options;
  if (how !== 'inner' && how !== 'left') throw usageError(`an asof join is inner or left, not ${how}`);
  if (!directions.includes(direction))
    throw usageError(`the direction of an asof join is ${directions.join(', ')}, not ${direction}`);
  const [near, second] = keysOf(on);
  if (near === undefined || second !== undefined)
    throw usageError(
      'an asof join takes one column `on` which rows are near; those that are equal go to `by`',
    );
  const nearest = typeof near === 'string' ? { left: near, right: near } : near;
  const using = keysOf(by).map((key) => {
    if (typeof key === 'string') return key;
    throw usageError('`by` of an asof join takes names of columns that both sides have');
  });
  return asofInputs(left, right, {
    kind: how,
    using,
    nearest,
    direction,
    allowEqual,
    tolerance:
      tolerance === undefined
        ? null
        : toTolerance(tolerance, typeInCommon(left, right, nearest), nearest.left),
    suffix: suffix ?? usualSuffix,
  });
}

/** Null where a column is not there, or they do not go together: the plan refuses it. */
function typeInCommon(left: Plan, right: Plan, near: { left: string; right: string }): DataType | null {
  const typeIn = (plan: Plan, name: string): DataType | undefined =>
    schemaOf(plan).fields.find((field) => field.name === name)?.type;
  const types = [typeIn(left, near.left), typeIn(right, near.right)].filter((type) => type !== undefined);
  return types.length === 2 ? commonType(types) : null;
}

type Key = string | { readonly left: string; readonly right: string };

function keysOf(on: unknown): Key[] {
  if (on === undefined) return [];
  const list: readonly unknown[] = Array.isArray(on) ? on : [on];
  return list.map((key): Key => {
    if (typeof key === 'string') return key;
    const pair = key as Partial<Record<'left' | 'right', unknown>> | null;
    if (typeof pair !== 'object' || typeof pair?.left !== 'string' || typeof pair.right !== 'string')
      throw usageError(`a join compares columns by name or as { left, right }, not ${shown(key)}`);
    const { left, right } = pair;
    return left === right ? left : { left, right };
  });
}
