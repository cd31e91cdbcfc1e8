/** Sort keys of the typed API. */
import type { SortKey } from '../plan/expr.js';
import type { Typed } from './expr.js';
import type { ColumnName } from './types.js';

/** A column by name, or an expression and its direction. */
export type SortBy<S> = ColumnName<S> | SortOrder | Typed<unknown>;

/** A sort key: an expression and its direction. Nulls come last unless `nullsFirst`. */
export class SortOrder {
  readonly key: SortKey;

  constructor(key: SortKey) {
    this.key = key;
  }

  nullsFirst(): SortOrder {
    return new SortOrder({ ...this.key, nullsFirst: true });
  }
}
