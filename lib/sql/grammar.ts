/** PostgreSQL's own grammar, compiled to wasm and loaded when the first SQL text is parsed. */
import type { Node } from 'libpg-query';
import type { Registry } from '../plan/registry.js';
import { type Rewritten, rewrite } from './dialect.js';
import { loadGrammar } from './load-grammar.js';
import { SqlSource, type Token } from './source.js';

export interface Parsed extends Rewritten {
  readonly source: SqlSource;
  /** What may be called beside the functions that are built in. */
  readonly functions: Registry;
  /** The one statement. */
  readonly statement: Node;
}

/** `what` the text is, for messages: 'an expression', 'a query'. */
export async function parseStatement(
  text: string,
  prefix: string,
  what: string,
  functions: Registry,
): Promise<Parsed> {
  const source = new SqlSource(text, prefix);
  const nul = text.indexOf('\0');
  if (nul >= 0) throw source.errorAt('a zero character is not allowed in SQL', nul);
  const grammar = await loadGrammar();
  source.tokens = scan(source, grammar.scanSync);
  if (source.tokens.every((token) => source.characterAt(token.end) === 0)) {
    throw source.errorAt(`${what} is expected, but the text is empty`, 0);
  }
  const rewritten = rewrite(source);
  let statements: ReturnType<typeof grammar.parseSync>['stmts'];
  try {
    statements = grammar.parseSync(rewritten.sql).stmts;
  } catch (error) {
    if (error instanceof RangeError) throw nestedTooDeeply(source, 0);
    throw grammar.hasSqlDetails(error) ? syntaxError(source, error.sqlDetails!, what) : error;
  }
  const [first, second] = statements ?? [];
  if (second)
    throw source.error('one statement is expected, but here is a second', statementStart(source, second));
  if (!first?.stmt) throw source.errorAt(`${what} is expected, but the text is empty`, 0);
  refuseDepth(source, first.stmt);
  return { ...rewritten, source, functions, statement: first.stmt };
}

/** Levels of the grammar's tree, two or three for one of an expression: what all walks can recurse into. */
const deepest = 1500;

function refuseDepth(source: SqlSource, statement: Node): void {
  let level: readonly object[] = [statement];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) throw nestedTooDeeply(source, 0);
    level = level.flatMap((node) => Object.values(node).filter((part) => typeof part === 'object'));
  }
}

function nestedTooDeeply(source: SqlSource, character: number): Error {
  return source.errorAt('this is nested too deeply', character);
}

/** Tokens without comments; none where the text has no tokens, which parsing then reports. */
function scan(source: SqlSource, scanner: typeof import('libpg-query').scanSync): readonly Token[] {
  try {
    // The scanner's own JSON does not escape control characters; positions are all we need of it.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
    const { tokens } = scanner(source.wrapped.replace(/[\x01-\x09\x0b\x0c\x0e-\x1f]/g, ' '));
    return tokens
      .filter((token) => token.tokenName !== 'SQL_COMMENT' && token.tokenName !== 'C_COMMENT')
      .map(({ start, end, keywordName }) => ({
        start,
        end,
        text: source.slice(start, end),
        reserved: keywordName === 'RESERVED_KEYWORD',
      }));
  } catch {
    return [{ start: 0, end: Buffer.byteLength(source.wrapped), text: '', reserved: false }];
  }
}

function syntaxError(
  source: SqlSource,
  details: { message: string; cursorPosition: number },
  what: string,
): Error {
  const character = source.characterAtCodePoint(details.cursorPosition);
  if (details.message.startsWith('memory exhausted')) return nestedTooDeeply(source, character);
  // A fragment's prefix has tokens too; all of them end where the user's text begins.
  const index = source.tokens.findIndex(
    ({ start, end }) => source.characterAt(start) >= character && source.characterAt(end) > character,
  );
  const before = source.tokens[index - 1];
  const word = source.tokens[index]?.text.toLowerCase() ?? '';
  if (before?.text === '*' && afterStar.has(word))
    return source.unsupported(`* ${word}`, source.tokens[index]!.start);
  const [star, except] = source.tokens.slice(Math.max(index - 3, 0), index);
  if (star?.text === '*' && except?.text.toLowerCase() === 'except' && before?.text === '(')
    return source.unsupported('* except (...)', except.start);
  if (word === 'asof') return source.error(noAsofJoin, source.tokens[index]!.start);
  if (before?.text.toLowerCase() === 'qualify') return source.unsupported('qualify', before.start);
  return source.errorAt(details.message + hint(source, index, what), character);
}

export const noAsofJoin = 'asof join is not in this SQL; use df.joinAsof, or spillway join --asof';

/** What other databases have after a star. */
const afterStar: ReadonlySet<string> = new Set(['exclude', 'replace', 'rename', 'ilike', 'like']);

/** Words of the query itself: somebody who writes one where it does not belong means no column. */
const clauses: ReadonlySet<string> = new Set([
  ...['select', 'distinct', 'from', 'where', 'group', 'having', 'window', 'union', 'intersect', 'except'],
  ...[
    'order',
    'limit',
    'offset',
    'fetch',
    'for',
    'into',
    'with',
    'as',
    'and',
    'or',
    'not',
    'in',
    'on',
    'then',
    'all',
  ],
]);

/** What users of other databases are likely to have meant. */
function hint(source: SqlSource, index: number, what: string): string {
  const token = source.tokens[index];
  if (token === undefined) return '';
  if (source.tokens[index - 1]?.text.toLowerCase() === 'from' && token.text.startsWith("'"))
    return `; a file is named in double quotes: from "trips.csv"`;
  if (index === 0 && what === 'a query') return '; a query begins with select';
  if (token.reserved && !clauses.has(token.text.toLowerCase()))
    return `; ${token.text} is a word of SQL, a column of that name is written "${token.text}"`;
  return '';
}

function statementStart(source: SqlSource, statement: { stmt_location?: number }): number {
  const index = source.tokenAt(statement.stmt_location ?? 0);
  return source.tokens[index]?.start ?? 0;
}
