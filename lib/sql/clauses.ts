/** The clauses of a statement, refused by name where they do not belong. */
import type { SelectStmt } from 'libpg-query';
import type { Parsed } from './grammar.js';
import { startOf } from './start-of.js';

type Clause = keyof SelectStmt;

/** The word a clause begins with, in the order of the query. */
const words: Partial<Record<Clause, string>> = {
  withClause: 'with',
  distinctClause: 'distinct',
  intoClause: 'into',
  fromClause: 'from',
  whereClause: 'where',
  groupClause: 'group',
  havingClause: 'having',
  windowClause: 'window',
  sortClause: 'order',
  limitOffset: 'offset',
  limitCount: 'limit',
  lockingClause: 'for',
};

/** Only a query is taken. */
export function refuseOtherStatements({ source, statement }: Parsed): void {
  const kind = Object.keys(statement)[0]!;
  if (kind === 'SelectStmt') return;
  const verb = kind.replace(/Stmt$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
  throw source.error(
    `${verb.toLowerCase()} is not supported; a query reads and begins with select`,
    source.tokens[0]?.start,
  );
}

/** The statement as a single SELECT: what a fragment is wrapped into. */
export function selectOf(parsed: Parsed): SelectStmt {
  const { source } = parsed;
  refuseOtherStatements(parsed);
  const body = (parsed.statement as { SelectStmt: SelectStmt }).SelectStmt;
  if (body.valuesLists)
    throw source.unsupported('values (...)', wordBefore(parsed, 'values', startOf(body.valuesLists)));
  if (body.op && body.op !== 'SETOP_NONE') {
    const word = body.op.replace('SETOP_', '').toLowerCase();
    throw source.unsupported(word, wordBefore(parsed, word, startOf(body.rarg)));
  }
  return body;
}

/** Refuses all clauses but `allowed`. Fragments say what they are: 'an expression'. */
export function refuseClauses(
  parsed: Parsed,
  select: SelectStmt,
  allowed: readonly Clause[],
  what: string | null = null,
): void {
  for (const [clause, word] of Object.entries(words) as [Clause, string][]) {
    if (select[clause] === undefined || allowed.includes(clause)) continue;
    const byte = wordBefore(parsed, word, startOf(select[clause]));
    throw what === null
      ? parsed.source.unsupported(word === 'with' ? 'a common table expression (with ...)' : word, byte)
      : parsed.source.error(`${word} does not belong in ${what}`, byte);
  }
}

/** The last token `word` before `byte`, or the first at all; `byte` itself if there is none. */
export function wordBefore(parsed: Parsed, word: string, byte: number | undefined): number | undefined {
  const { tokens } = parsed.source;
  const isWord = (token: { text: string }): boolean => token.text.toLowerCase() === word;
  const before = tokens.findLast((token) => token.start < (byte ?? Infinity) && isWord(token));
  return (before ?? tokens.find(isWord))?.start ?? byte;
}
