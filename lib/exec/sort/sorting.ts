/** How rows are sorted, and what is known of their texts, for as long as there are runs of them. */
import type { DataType } from '../../arrow/types.js';
import { breathe } from '../../breathe.js';
import { Dictionaries } from '../../kernels/dictionaries.js';
import { Ranks } from '../../kernels/ranks.js';
import type { SortColumn } from '../../kernels/row-order.js';
import type { Context } from '../context.js';

/** Of the share, for dictionaries. */
const dictionaryPart = 1 / 4;

export class Sorting {
  /** Of columns; none are lists. */
  readonly types: readonly DataType[];
  readonly keys: readonly SortColumn[];
  /** Rows that are wanted at most, the first. */
  readonly limit: number | null;
  readonly dictionaries: Dictionaries;
  readonly ranks: Ranks;
  /** Named in errors. */
  readonly owner: string;

  /** `release` must be called. */
  constructor(
    types: readonly DataType[],
    keys: readonly SortColumn[],
    limit: number | null,
    context: Context,
    owner: string,
  ) {
    this.types = types;
    this.keys = keys;
    this.limit = limit;
    this.owner = owner;
    this.dictionaries = new Dictionaries(types.length, context.share * dictionaryPart, context, owner);
    this.ranks = new Ranks(context, owner, () => breathe(context));
  }

  release(): void {
    this.ranks.release();
    this.dictionaries.release();
  }
}
