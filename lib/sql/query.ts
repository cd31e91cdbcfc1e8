/** A query as a plan. */

import type { Plan } from '../plan/plan.js';
import { noFunctions, type Registry } from '../plan/registry.js';
import { schemaOf } from '../plan/schema.js';
import { refuseOtherStatements } from './clauses.js';
import { parseStatement } from './grammar.js';
import { planQuery } from './plan-query.js';
import type { Planning } from './planning.js';
import { type OpenTable, openTables } from './tables.js';

export type { OpenTable } from './tables.js';

export async function parseQuery(
  sql: string,
  openTable: OpenTable,
  functions: Registry = noFunctions,
): Promise<Plan> {
  const parsed = await parseStatement(sql, '', 'a query', functions);
  refuseOtherStatements(parsed);
  const planning: Planning = {
    parsed,
    places: new WeakMap(),
    opened: await openTables(parsed, openTable),
  };
  const plan = planQuery(planning, parsed.statement, new Map(), null);
  schemaOf(plan);
  return plan;
}
