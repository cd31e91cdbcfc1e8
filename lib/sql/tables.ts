/** Opens all tables that a statement names, before it is planned: planning itself waits for nothing. */
import type { CommonTableExpr, RangeVar, SelectStmt } from 'libpg-query';
import { SpillwayError } from '../errors.js';
import type { Plan } from '../plan/plan.js';
import type { Parsed } from './grammar.js';
import { writtenName } from './names.js';

/** Opens what is named after FROM, at that character of the text. */
export type OpenTable = (name: string, position: number) => Promise<Plan>;

/** Of a table that is named twice, the second name means the same plan. */
export async function openTables(parsed: Parsed, openTable: OpenTable): Promise<ReadonlyMap<string, Plan>> {
  const opened = new Map<string, Plan>();
  for (const range of tablesOf(parsed.statement, new Set())) {
    const name = tableName(parsed, range);
    if (!opened.has(name)) opened.set(name, await openedAt(name, range.location ?? 0, parsed, openTable));
  }
  return opened;
}

/** What is wrong with a file is told with the place where the statement names it. */
async function openedAt(name: string, byte: number, { source }: Parsed, openTable: OpenTable): Promise<Plan> {
  const character = source.characterAt(byte);
  try {
    return await openTable(name, character);
  } catch (error) {
    if (!(error instanceof SpillwayError) || error.code !== 'data') throw error;
    const place = { sql: source.text, character, ...error.place };
    throw new SpillwayError(error.code, error.message, place, { cause: error.cause });
  }
}

/** As it is written; a name with a dot is refused. */
export function tableName(
  { source }: Parsed,
  { relname = '', schemaname, location = 0, inh }: RangeVar,
): string {
  if (schemaname !== undefined) {
    throw source.error(`a file is named in double quotes: from "${schemaname}.${relname}"`, location);
  }
  if (!inh) throw source.unsupported('from only', location);
  return writtenName(source.tokens[source.tokenAt(location)]?.text, relname);
}

/** In the order of the text; names of common table expressions are no tables. */
function tablesOf(node: unknown, named: ReadonlySet<string>): RangeVar[] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap((item) => tablesOf(item, named));
  if ('RangeVar' in node) {
    const range = node.RangeVar as RangeVar;
    return range.schemaname === undefined && named.has((range.relname ?? '').toLowerCase()) ? [] : [range];
  }
  const { withClause, ...rest } = node as SelectStmt;
  if (withClause === undefined) return Object.values(rest).flatMap((part) => tablesOf(part, named));
  const ctes = (withClause.ctes ?? []).map(
    (item) => (item as { CommonTableExpr: CommonTableExpr }).CommonTableExpr,
  );
  const nameOf = ({ ctename = '' }: CommonTableExpr): string => ctename.toLowerCase();
  // Recursive ones may name themselves, which planning refuses.
  const known = new Set([...named, ...(withClause.recursive ? ctes.map(nameOf) : [])]);
  const tables: RangeVar[] = [];
  for (const cte of ctes) {
    tables.push(...tablesOf(cte.ctequery, known));
    known.add(nameOf(cte));
  }
  return [...tables, ...Object.values(rest).flatMap((part) => tablesOf(part, known))];
}
