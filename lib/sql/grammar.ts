/** PostgreSQL's own grammar, compiled to wasm and loaded when the first SQL text is parsed. */
import type { Node } from 'libpg-query';
import { type Rewritten, rewrite } from './dialect.js';
import { SqlSource, type Token } from './source.js';

export interface Parsed extends Rewritten {
  readonly source: SqlSource;
  /** The one statement. */
  readonly statement: Node;
}

/** `what` the text is, for messages: 'an expression', 'a query'. */
export async function parseStatement(text: string, prefix: string, what: string): Promise<Parsed> {
  const source = new SqlSource(text, prefix);
  const nul = text.indexOf('\0');
  if (nul >= 0) throw source.errorAt('a zero character is not allowed in SQL', nul);
  const grammar = await import('libpg-query');
  await grammar.loadModule();
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
    throw grammar.hasSqlDetails(error) ? syntaxError(source, error.sqlDetails!) : error;
  }
  const [first, second] = statements ?? [];
  if (second)
    throw source.error('one statement is expected, but here is a second', statementStart(source, second));
  if (!first?.stmt) throw source.errorAt(`${what} is expected, but the text is empty`, 0);
  refuseDepth(source, first.stmt);
  return { ...rewritten, source, statement: first.stmt };
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
      .map(({ start, end }) => ({ start, end, text: source.slice(start, end) }));
  } catch {
    return [{ start: 0, end: Buffer.byteLength(source.wrapped), text: '' }];
  }
}

function syntaxError(source: SqlSource, details: { message: string; cursorPosition: number }): Error {
  const character = source.characterAtCodePoint(details.cursorPosition);
  if (details.message.startsWith('memory exhausted')) return nestedTooDeeply(source, character);
  return source.errorAt(details.message + hint(source.text, character), character);
}

/** What users of other databases are likely to have meant. */
function hint(text: string, character: number): string {
  return /\bfrom\s*$/i.test(text.slice(0, character)) && text[character] === "'"
    ? `; a file is named in double quotes: from "trips.csv"`
    : '';
}

function statementStart(source: SqlSource, statement: { stmt_location?: number }): number {
  const index = source.tokenAt(statement.stmt_location ?? 0);
  return source.tokens[index]?.start ?? 0;
}
