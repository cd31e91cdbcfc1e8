/** The shape of the function table: what every function says about itself. */
import type { DataType } from '../../arrow/types.js';
import type { Param, Rule } from '../signature.js';

export interface FunctionRow {
  readonly name: string;
  /** Other names and operators that SQL knows it by. */
  readonly aliases: readonly string[];
  readonly params: readonly Param[];
  readonly result: DataType | Rule;
  /** A literal argument takes the type of the others where its value fits exactly: `int8 > 60` stays int8. */
  readonly adapts: boolean;
  /** `strict`: null if any argument is; the evaluator sees to it. `own`: the function looks at the nulls. */
  readonly nulls: 'strict' | 'own';
  /** Can the result be null, given which arguments can be? */
  readonly nullable: (args: readonly boolean[]) => boolean;
  /** Can it raise an error for some values? Such calls are made only for rows that need them. */
  readonly fails: boolean;
  /** Name in Spark SQL; null where Spark has no such function. */
  readonly spark: string | null;
  /** One line for the manual. */
  readonly doc: string;
}

type Given = Pick<FunctionRow, 'name' | 'params' | 'result' | 'doc'> & Partial<FunctionRow>;

/** A row with what most functions have in common filled in: strict, cannot fail, Spark's name the same. */
export function row(given: Given): FunctionRow {
  return {
    aliases: [],
    adapts: false,
    nulls: 'strict',
    nullable: anyOf,
    fails: false,
    spark: given.name,
    ...given,
  };
}

export const anyOf = (args: readonly boolean[]): boolean => args.includes(true);
export const allOf = (args: readonly boolean[]): boolean => !args.includes(false);
export const never = (): boolean => false;
export const always = (): boolean => true;
