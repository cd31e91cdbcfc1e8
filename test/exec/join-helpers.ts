/** Joins over plain rows, and a slow and plain join that says what comes out. */
import type { DataType } from '../../lib/arrow/types.js';
import type { Context } from '../../lib/exec/context.js';
import { join } from '../../lib/exec/join.js';
import type { Expr } from '../../lib/plan/expr.js';
import { column } from '../../lib/plan/make-expr.js';
import { join as makeJoin, scan } from '../../lib/plan/make-plan.js';
import type { JoinKey, JoinKind, Plan } from '../../lib/plan/plan.js';
import type { Cell } from '../helpers.js';
import { columnsOf, type Input, inputOf, type Row, streamOf } from '../stream-helpers.js';

export interface Case {
  readonly kind: JoinKind;
  readonly left: Input;
  readonly right: Input;
  /** By position, left and right. */
  readonly on: readonly (readonly [number, number])[];
  readonly nullsEqual?: boolean;
  readonly condition?: { readonly expr: Expr; readonly holds: (left: Row, right: Row) => boolean };
  /** The side with fewer rows is held, unless this says otherwise. */
  readonly holds?: 'left' | 'right';
  readonly batchRows?: number;
}

export const kinds: readonly JoinKind[] = ['inner', 'left', 'right', 'full', 'semi', 'anti'];

/** Fields named after their side: l0, l1, ... */
export function sideOf(name: 'l' | 'r', types: readonly DataType[], rows: readonly Row[]): Input {
  return inputOf(Object.fromEntries(types.map((type, i) => [`${name}${i}`, type])), rows);
}

export function planOf({ kind, left, right, on, nullsEqual, condition, holds }: Case): {
  readonly plan: ReturnType<typeof makeJoin>;
  readonly inputs: ReadonlyMap<Plan, Input>;
} {
  const scanOf = (input: Input, isHeld: boolean): Plan => {
    const rows = holds === undefined ? input.rows.length : isHeld ? 1 : 1000;
    const source = { format: 'test', paths: [], options: {}, rows, bytes: null, statistics: null };
    return scan(source, input.schema);
  };
  const plans = [scanOf(left, holds === 'left'), scanOf(right, holds === 'right')] as const;
  const keys = on.map(([l, r]): JoinKey => ({ left: column(`l${l}`), right: column(`r${r}`) }));
  return {
    plan: makeJoin(plans[0], plans[1], kind, keys, condition?.expr ?? null, nullsEqual ?? false),
    inputs: new Map([
      [plans[0], left],
      [plans[1], right],
    ]),
  };
}

/** The rows that come out, as texts in order. */
export async function joined(given: Case, context: Context): Promise<string[]> {
  const { plan, inputs } = planOf(given);
  const open = (input: Plan) => streamOf(inputs.get(input)!, given.batchRows ?? 50, context);
  const alone = given.kind === 'semi' || given.kind === 'anti';
  const width = given.left.schema.fields.length + (alone ? 0 : given.right.schema.fields.length);
  const columns = await columnsOf(join(plan, open, context), width, context);
  return sorted(Array.from({ length: columns[0]!.length }, (_, i) => columns.map((cells) => cells[i]!)));
}

export function expected({ kind, left, right, on, nullsEqual, condition }: Case): string[] {
  const keyOf = (row: Row, side: 0 | 1): string | null => {
    const cells = on.map((pair) => row[pair[side]]!);
    if (nullsEqual !== true && cells.some((cell) => cell === null)) return null;
    return JSON.stringify(cells.map(told));
  };
  const byKey = new Map<string, number[]>();
  right.rows.forEach((row, i) => {
    const key = keyOf(row, 1);
    if (key === null) return;
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [i]);
    else same.push(i);
  });
  const out: Row[] = [];
  const matchedRight = new Set<number>();
  const nothing = (input: Input): Row => input.schema.fields.map(() => null);
  for (const row of left.rows) {
    const key = keyOf(row, 0);
    const matches = ((key === null ? undefined : byKey.get(key)) ?? []).filter(
      (i) => condition?.holds(row, right.rows[i]!) ?? true,
    );
    for (const i of matches) matchedRight.add(i);
    if (kind === 'semi' || kind === 'anti') {
      if (matches.length > 0 === (kind === 'semi')) out.push(row);
      continue;
    }
    for (const i of matches) out.push([...row, ...right.rows[i]!]);
    if (matches.length === 0 && (kind === 'left' || kind === 'full')) out.push([...row, ...nothing(right)]);
  }
  if (kind === 'right' || kind === 'full')
    right.rows.forEach((row, i) => {
      if (!matchedRight.has(i)) out.push([...nothing(left), ...row]);
    });
  return sorted(out);
}

function sorted(rows: readonly Row[]): string[] {
  return rows.map((row) => row.map(told).join('|')).sort();
}

/** Cells that are equal are told alike: -0 is 0. */
const told = (cell: Cell): string =>
  typeof cell === 'string' ? `"${cell.length > 100 ? cell.length : cell}"` : String(cell);
