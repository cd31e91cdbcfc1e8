/**
 * What we understand and PostgreSQL's grammar does not. Tokens are replaced by others of the same length that the
 * grammar knows, and where that was done is remembered, so positions stay true:
 * - `try_cast(x as t)` is parsed as `    cast(x as t)`;
 * - `a // b` is parsed as `a /  b`, since an unknown operator would bind looser than + and -;
 * - `a ** b` is parsed as `a ^  b` for the same reason;
 * - `group by all` is parsed as `group by '*'`, and so is `order by all`;
 * - `lag(x) ignore nulls over w` is parsed as `lag(x)              over w`.
 */
import type { SqlSource } from './source.js';

export interface Rewritten {
  readonly sql: string;
  /** Bytes where a `cast` was a `try_cast`. */
  readonly tryCasts: ReadonlySet<number>;
  /** Bytes where a `/` was a `//`. */
  readonly wholeDivisions: ReadonlySet<number>;
  /** Bytes where a `'*'` was an `all`. */
  readonly alls: ReadonlySet<number>;
  /** Bytes after an `over` where nulls are passed over. */
  readonly ignoreNulls: ReadonlySet<number>;
}

export function rewrite(source: SqlSource): Rewritten {
  const tryCasts = new Set<number>();
  const wholeDivisions = new Set<number>();
  const alls = new Set<number>();
  const ignoreNulls = new Set<number>();
  let sql = '';
  let done = 0;
  const replace = (start: number, end: number, by: string): void => {
    sql += source.slice(done, start) + by;
    done = end;
  };
  source.tokens.forEach(({ start, end, text }, i) => {
    if (text === '//') {
      replace(start, end, '/ ');
      wholeDivisions.add(start);
    } else if (text === '**') {
      replace(start, end, '^ ');
    } else if (isAllColumns(source, i)) {
      replace(start, end, "'*'");
      alls.add(start);
    } else if (nullsTreatment(source, i) !== null) {
      const nulls = source.tokens[i + 1]!;
      replace(start, nulls.end, ' '.repeat(nulls.end - start));
      if (nullsTreatment(source, i) === 'ignore') ignoreNulls.add(source.tokens[i + 3]!.start);
    } else if (text.toLowerCase() === 'try_cast' && source.tokens[i + 1]?.text === '(') {
      replace(start, end, '    cast');
      tryCasts.add(start + 4);
    }
  });
  replace(Buffer.byteLength(source.wrapped), 0, '');
  return { sql, tryCasts, wholeDivisions, alls, ignoreNulls };
}

/** What may come after `group by all`; elsewhere `all` is the grammar's own, or a mistake that it tells of. */
const afterAll: ReadonlySet<string> = new Set([
  ...[')', ';', 'having', 'window', 'order', 'limit', 'offset', 'fetch', 'for'],
  ...['union', 'intersect', 'except', 'asc', 'desc', 'nulls'],
]);

function isAllColumns({ tokens }: SqlSource, index: number): boolean {
  const wordAt = (i: number): string | undefined => tokens[i]?.text.toLowerCase();
  if (wordAt(index) !== 'all' || wordAt(index - 1) !== 'by') return false;
  const next = wordAt(index + 1);
  return /^(group|order)$/.test(wordAt(index - 2) ?? '') && (next === undefined || afterAll.has(next));
}

/** Of `) ignore nulls over` and `) respect nulls over`; null for any other token. */
function nullsTreatment({ tokens }: SqlSource, index: number): 'ignore' | 'respect' | null {
  const word = tokens[index]?.text.toLowerCase();
  if (word !== 'ignore' && word !== 'respect') return null;
  const [nulls, over, after] = tokens.slice(index + 1, index + 4).map(({ text }) => text.toLowerCase());
  return tokens[index - 1]?.text === ')' && nulls === 'nulls' && over === 'over' && after !== undefined
    ? word
    : null;
}
