/** Sort keys of the typed API. */
import type { SortKey } from '../plan/expr.js';

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
