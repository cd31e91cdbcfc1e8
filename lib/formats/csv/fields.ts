/** The kernels' view of one field of every record in a batch. */
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
  readonly task: number;

  /** In `home`, for as long as that lives; `tokens` are the texts that mean null. */
  constructor(runtime: Runtime, home: Region, tokens: readonly string[]) {
    this.#runtime = runtime;
    this.task = home.reserveZeroed(layout.bytes);
    if (tokens.length === 0) return;
    const { view, bytes } = runtime.arena;
    const list = home.reserve(tokens.length * 8);
    tokens.forEach((token, i) => {
      const encoded = Buffer.from(token);
      const at = home.reserve(encoded.length);
      bytes.set(encoded, at);
      view.setInt32(list + i * 8, encoded.length, true);
      view.setInt32(list + i * 8 + 4, at, true);
    });
    this.set('tokens', list);
    this.set('tokenCount', tokens.length);
  }

  /** Points at field `field` of the batch; no field is null yet. */
  begin(records: Records, field: number, region: Region): void {
    const validity = region.reserve(bitmapBytes(records.rows));
    this.#runtime.kernels.bitmap_fill(validity, records.rows);
    this.set('block', records.block);
    this.set('entries', records.entries + field * 4);
    this.set('stride', records.stride);
    this.set('rows', records.rows);
    this.set('validity', validity);
    this.set('nulls', 0);
  }

  /** The validity bitmap, 0 where no field was null. */
  get validity(): number {
    return this.get('nulls') === 0 ? 0 : this.get('validity');
  }

  get(field: keyof typeof layout): number {
    return this.#runtime.arena.view.getInt32(this.task + layout[field], true);
  }

  set(field: keyof typeof layout, value: number): void {
    this.#runtime.arena.view.setInt32(this.task + layout[field], value, true);
  }
}
