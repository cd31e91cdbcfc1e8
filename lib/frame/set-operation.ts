/** Frames whose rows go together: what union, intersect and except take, and the columns they lead to. */
import { usageError } from '../errors.js';
import { columnNames } from '../plan/build/names-apart.js';
import type { Plan } from '../plan/plan.js';
import type { Dynamic, IsDynamic, OrNull, SameFamily, Simplify, Unified } from './types.js';

/** Nothing where the columns of `T` go with those of `S`, else a member that no frame has. */
export type Alike<S, T> =
  IsDynamic<S> extends true
    ? unknown
    : IsDynamic<T> extends true
      ? unknown
      : [keyof S, keyof T] extends [keyof T, keyof S]
        ? { [K in keyof S & keyof T]: SameFamily<S[K], T[K]> }[keyof S & keyof T] extends true
          ? unknown
          : { readonly typesDoNotGoTogether: never }
        : { readonly columnsDiffer: never };

/** As `Alike`, for columns of the same name only. */
export type AlikeByName<S, T> = Alike<Pick<S, keyof S & keyof T>, Pick<T, keyof S & keyof T>>;

/** The columns of all: each of the type that holds the values of all. `O` are the columns of the others. */
export type United<S, O extends readonly unknown[]> =
  AnyDynamic<[S, ...O]> extends true
    ? Dynamic
    : Simplify<{ -readonly [K in keyof S]: Unified<S[K] | TypeIn<O[number], K>> }>;

/** As `United`, with null where one of them does not have the column. */
export type UnitedByName<S, O extends readonly unknown[]> =
  AnyDynamic<[S, ...O]> extends true
    ? Dynamic
    : Simplify<{
        -readonly [K in KeysIn<S | O[number]>]: InAll<[S, ...O], K> extends true
          ? Unified<TypeIn<S | O[number], K>>
          : OrNull<Unified<TypeIn<S | O[number], K>>>;
      }>;

type KeysIn<T> = T extends unknown ? keyof T : never;
type TypeIn<T, K> = T extends unknown ? (K extends keyof T ? T[K] : never) : never;

type InAll<O extends readonly unknown[], K> = O extends readonly [infer First, ...infer Rest]
  ? K extends keyof First
    ? InAll<Rest, K>
    : false
  : true;

type AnyDynamic<O extends readonly unknown[]> = O extends readonly [infer First, ...infer Rest]
  ? IsDynamic<First> extends true
    ? true
    : AnyDynamic<Rest>
  : false;

/** Columns go by position, so the same names in another order are as good as always a mistake. */
export function checkOrder(inputs: readonly Plan[], verb: string): void {
  const [first, ...others] = inputs.map(columnNames) as [readonly string[], ...(readonly string[])[]];
  for (const names of others) {
    const same = names.length === first.length && names.every((name) => first.includes(name));
    if (same && names.some((name, i) => name !== first[i]))
      throw usageError(
        `${verb} goes by the position of columns, which are ${first.join(', ')} here and ${names.join(', ')} there; select them in one order`,
      );
  }
}
