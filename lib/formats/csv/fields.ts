/** The kernels' view of one field of every record: where it lies in the block, where its value goes in the batch. */
import { bitmapBytes } from '../../arrow/batch.js';
import type { Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';
import type { Records } from './records.js';

/** Byte offsets in the kernels' Fields. */
const layout = {
  block: 0,
  entries: 4,
  stride: 8,
  rows: 12,
  tokens: 16,
  tokenCount: 20,
  validity: 24,
  nulls: 28,
  out: 32,
  strict: 36,
  first: 40,
  second: 44,
  fault: 48,
  table: 52,
  scratch: 56,
  check: 60,
  bytes: 64,
} as const;

export class Fields {
  readonly #runtime: Runtime;
  readonly #validity: number;
  readonly #rowLimit: number;
  readonly task: number;

  /** In `home`, for batches of up to `rowLimit` rows; `tokens` is the list that `placeTokens` made. */
  constructor(runtime: Runtime, home: Region, rowLimit: number, tokens: Tokens) {
    this.#runtime = runtime;
    this.#rowLimit = rowLimit;
    this.#validity = home.reserve(bitmapBytes(rowLimit));
    this.task = home.reserveZeroed(layout.bytes);
    this.set('validity', this.#validity);
    this.set('tokens', tokens.list);
    this.set('tokenCount', tokens.count);
  }

  /** A new batch: no row is null yet. */
  begin(): void {
    this.#runtime.kernels.bitmap_fill(this.#validity, this.#rowLimit);
    this.set('nulls', 0);
  }

  /** Points at field `field` of the records; the first of them is row `base` of the batch. Returns the row after the last. */
  point(records: Records, field: number, base: number): number {
    this.set('block', records.block);
    this.set('entries', records.entries + field * 4 - base * records.stride);
    this.set('stride', records.stride);
    this.set('rows', base + records.rows);
    return base + records.rows;
  }

  /** The rows from `base` on will be read again. */
  again(base: number): void {
    this.#runtime.kernels.csv_again(this.task, base);
  }

  /** The validity bitmap, 0 where no field was null. */
  get validity(): number {
    return this.get('nulls') === 0 ? 0 : this.#validity;
  }

  get(field: keyof typeof layout): number {
    return this.#runtime.arena.view.getInt32(this.task + layout[field], true);
  }

  set(field: keyof typeof layout, value: number): void {
    this.#runtime.arena.view.setInt32(this.task + layout[field], value, true);
  }
}

/** The texts that mean null, in the arena. */
export interface Tokens {
  readonly list: number;
  readonly count: number;
}

export function placeTokens(texts: readonly string[], home: Region): Tokens {
  if (texts.length === 0) return { list: 0, count: 0 };
  const { view, bytes } = home.arena;
  const list = home.reserve(texts.length * 8);
  texts.forEach((text, i) => {
    const encoded = Buffer.from(text);
    const at = home.reserve(encoded.length);
    bytes.set(encoded, at);
    view.setInt32(list + i * 8, encoded.length, true);
    view.setInt32(list + i * 8 + 4, at, true);
  });
  return { list, count: texts.length };
}
