/** The shape of the function table: what every function says about itself. */
import type { Vector } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import type { Region } from '../../memory/arena.js';
import type { Constant, Datum } from '../datum.js';
import type { Machine } from '../machine.js';
import type { Param, Rule } from '../signature.js';

/** One evaluation of a function over the rows of a batch. */
export interface Call {
  readonly name: string;
  /** Of exactly the types that the typing said; at least one is a column. Text columns are plain, not coded. */
  readonly args: readonly Datum[];
  /** Of the result. */
  readonly type: DataType;
  readonly length: number;
  /** Strict functions: the rows where every argument has a value, 0 for all. No constant is null then. */
  readonly validity: number;
  readonly region: Region;
  readonly machine: Machine;
}

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
  /** Refuses constants that the function cannot take, before any row is read; null stands for an argument that is none. */
  readonly check: ((args: readonly (Constant | null)[]) => void) | null;
  /** Null for the forms that the evaluator has to know, since they do not evaluate all arguments for all rows. */
  readonly run: ((call: Call) => Vector) | null;
  /** Name in Spark SQL; null where Spark has no such function. */
  readonly spark: string | null;
  /** One line for the manual. */
  readonly doc: string;
}

type Given = Pick<FunctionRow, 'name' | 'params' | 'result' | 'run' | 'doc'> & Partial<FunctionRow>;

/** A row with what most functions have in common filled in: strict, cannot fail, Spark's name the same. */
export function row(given: Given): FunctionRow {
  return {
    aliases: [],
    adapts: false,
    nulls: 'strict',
    nullable: anyOf,
    fails: false,
    check: null,
    spark: given.name,
    ...given,
  };
}

export const anyOf = (args: readonly boolean[]): boolean => args.includes(true);
export const allOf = (args: readonly boolean[]): boolean => !args.includes(false);
export const never = (): boolean => false;
export const always = (): boolean => true;
