/** The one table of functions. Operators are functions too. It drives typing, evaluation, SQL and the typed API. */
import { arithmeticRows } from './functions/arithmetic.js';
import { compareRows } from './functions/compare.js';
import { listRows } from './functions/lists.js';
import { logicRows } from './functions/logic.js';
import { mathRows } from './functions/math.js';
import type { FunctionRow } from './functions/row.js';
import { textRows } from './functions/text.js';
import { timeRows } from './functions/time.js';

export type { FunctionRow } from './functions/row.js';

export const functions: readonly FunctionRow[] = [
  ...compareRows,
  ...logicRows,
  ...arithmeticRows,
  ...mathRows,
  ...textRows,
  ...timeRows,
  ...listRows,
];

const byName = new Map<string, FunctionRow>();
for (const row of functions) for (const name of [row.name, ...row.aliases]) byName.set(name, row);

/** The row of that name or alias, upper and lower case alike. */
export function findFunction(name: string): FunctionRow | null {
  return byName.get(name.toLowerCase()) ?? null;
}

/** Names and aliases made of letters, for help with a mistyped one. */
export const functionNames: readonly string[] = [...byName.keys()].filter((name) => /^\w+$/.test(name));
