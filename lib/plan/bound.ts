/**
 * An expression after names and types are resolved: columns by index, every implicit conversion an explicit
 * cast, every call's argument types exactly those its kernel takes. Only `bind.ts` makes these.
 */
import type { DataType } from '../arrow/types.js';
import type { FunctionCode, LiteralExpr } from './expr.js';

export type Bound = BoundColumn | BoundLiteral | BoundCall | BoundCast | BoundCase;

interface Typed {
  readonly type: DataType;
  readonly nullable: boolean;
}

export interface BoundColumn extends Typed {
  readonly op: 'column';
  readonly index: number;
}

export interface BoundLiteral extends Typed {
  readonly op: 'literal';
  readonly value: LiteralExpr['value'];
}

export interface BoundCall extends Typed {
  readonly op: 'call';
  /** Name of the row in the function table, or of a function of the user. */
  readonly name: string;
  readonly args: readonly Bound[];
  /** Where it is a function of the user, what the name stands for. */
  readonly code?: FunctionCode;
}

export interface BoundCast extends Typed {
  readonly op: 'cast';
  readonly input: Bound;
  readonly try: boolean;
}

export interface BoundCase extends Typed {
  readonly op: 'case';
  readonly branches: readonly { readonly when: Bound; readonly then: Bound }[];
  readonly otherwise: Bound;
}
