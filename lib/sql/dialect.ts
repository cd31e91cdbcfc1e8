/**
 * What we understand and PostgreSQL's grammar does not. Tokens are replaced by others of the same length that the
 * grammar knows, and where that was done is remembered, so positions stay true:
 * - `try_cast(x as t)` is parsed as `    cast(x as t)`;
 * - `a // b` is parsed as `a /  b`, since an unknown operator would bind looser than + and -.
 */
import type { SqlSource } from './source.js';

export interface Rewritten {
  readonly sql: string;
  /** Bytes where a `cast` was a `try_cast`. */
  readonly tryCasts: ReadonlySet<number>;
  /** Bytes where a `/` was a `//`. */
  readonly wholeDivisions: ReadonlySet<number>;
}

export function rewrite(source: SqlSource): Rewritten {
  const tryCasts = new Set<number>();
  const wholeDivisions = new Set<number>();
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
    } else if (text.toLowerCase() === 'try_cast' && source.tokens[i + 1]?.text === '(') {
      replace(start, end, '    cast');
      tryCasts.add(start + 4);
    }
  });
  replace(Buffer.byteLength(source.wrapped), 0, '');
  return { sql, tryCasts, wholeDivisions };
}
