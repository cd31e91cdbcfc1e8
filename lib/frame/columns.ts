/** The accessor `c` that callbacks take: `c.fare` is the column fare. */
import { usageError } from '../errors.js';
import type { Aggregate } from './aggregates.js';
import { col } from './build.js';
import type { ExprOf, Operand, TypeOf } from './expr.js';
import type { IsDynamic, Simplify } from './types.js';

/**
 * An expression per column. Where the schema is not known any name may be asked for, which only `any` says to
 * the compiler: an index signature would make every column possibly undefined.
 */
export type Columns<S> =
  // biome-ignore lint/suspicious/noExplicitAny: see above
  IsDynamic<S> extends true ? any : { readonly [K in keyof S]: ExprOf<S[K]> };

/** What a callback gives to `select`, `withColumns` and `groupBy`. */
export type Selection = Readonly<Record<string, Operand>>;

/** The columns of a selection. */
export type Selected<R> = Simplify<{ -readonly [K in keyof R]: TypeOf<R[K]> }>;

/** The columns that `withColumns` leads to. */
export type Extended<S, R> =
  IsDynamic<S> extends true
    ? S
    : {
        -readonly [K in keyof S | keyof R]: K extends keyof R
          ? TypeOf<R[K]>
          : K extends keyof S
            ? S[K]
            : never;
      };

/** The columns that `agg` leads to. */
export type Aggregated<Keys, R> = Simplify<
  Keys & { -readonly [K in keyof R]: R[K] extends Aggregate<infer T> ? T : never }
>;

/**
 * `names` are listed where somebody spreads `c`; null where they are not known before the query is parsed. `as` gives
 * the name that a column has in expressions, if it is another.
 */
export function columns<S>(
  names: readonly string[] | null,
  as: (name: string) => string = (name) => name,
): Columns<S> {
  const known = new Set(names);
  return new Proxy(Object.create(null) as object, {
    get: (_, name) => (typeof name === 'string' ? col(as(name)) : undefined),
    has: (_, name) => typeof name === 'string' && (names === null || known.has(name)),
    ownKeys: () => {
      if (names !== null) return [...names];
      throw usageError('the columns are not known after SQL text, so they cannot be listed; name them');
    },
    getOwnPropertyDescriptor: (_, name) =>
      typeof name === 'string' && known.has(name)
        ? { value: col(as(name)), enumerable: true, configurable: true, writable: false }
        : undefined,
  }) as Columns<S>;
}
