/** What a kind of join gives out, told of the side that is held and the side that streams by. */
import type { DataType } from '../../arrow/types.js';
import { bindPredicate } from '../../plan/bind.js';
import { bindJoinKey } from '../../plan/bind-join-key.js';
import type { Bound } from '../../plan/bound.js';
import type { Join, JoinKind } from '../../plan/plan.js';
import { schemaOf, scopeOf } from '../../plan/schema.js';

/** Rows that come out for themselves: those with a match, those without, or none. */
export type Alone = 'matched' | 'unmatched' | null;

export interface Shape {
  /** Is the left input the build side, which is held? */
  readonly buildsLeft: boolean;
  /** Does each pair of matching rows come out? */
  readonly pairs: boolean;
  readonly build: Alone;
  readonly probe: Alone;
  readonly condition: Bound | null;
  readonly nullsEqual: boolean;
}

/** One input: the columns that come out, and behind them the keys that are not among these. */
export interface Side {
  readonly keys: readonly Bound[];
  /** Of the columns that come out. */
  readonly width: number;
  /** Of all columns. */
  readonly types: readonly DataType[];
  /** Which of the columns are the keys. */
  readonly keyColumns: readonly number[];
}

const alone: Readonly<
  Record<JoinKind, { readonly pairs: boolean; readonly left: Alone; readonly right: Alone }>
> = {
  inner: { pairs: true, left: null, right: null },
  cross: { pairs: true, left: null, right: null },
  left: { pairs: true, left: 'unmatched', right: null },
  right: { pairs: true, left: null, right: 'unmatched' },
  full: { pairs: true, left: 'unmatched', right: 'unmatched' },
  semi: { pairs: false, left: 'matched', right: null },
  anti: { pairs: false, left: 'unmatched', right: null },
};

export function shapeOf(node: Join, buildsLeft: boolean): Shape {
  const { pairs, left, right } = alone[node.kind];
  const { condition, nullsEqual } = node;
  return {
    buildsLeft,
    pairs,
    build: buildsLeft ? left : right,
    probe: buildsLeft ? right : left,
    condition: condition && bindPredicate(condition, scopeOf(node), 'the join condition'),
    nullsEqual,
  };
}

/** The left or the right input. */
export function sideOf(node: Pick<Join, 'left' | 'right' | 'on'>, isLeft: boolean): Side {
  const schema = schemaOf(isLeft ? node.left : node.right);
  const types = schema.fields.map((field) => field.type);
  const bound = node.on.map((key) => bindJoinKey(key, schemaOf(node.left), schemaOf(node.right)));
  const keys: Bound[] = [];
  const keyColumns = bound.map((key) => {
    const own = isLeft ? key.left : key.right;
    if (own.op === 'column') return own.index;
    return types.length + keys.push(own) - 1;
  });
  return { keys, width: types.length, types: [...types, ...keys.map((key) => key.type)], keyColumns };
}
