/** Types of columns from a sample of their texts. */
import { bool, type DataType, date, float64, int64, timestamp, uint64, utf8 } from '../../arrow/types.js';
import type { Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';
import { Fields, placeTokens } from './fields.js';
import type { Records } from './records.js';

/** One bit for each kind of value; see csv-classify.ts. */
const kinds = {
  integer: 1,
  negative: 2,
  wide: 4,
  rounded: 8,
  decimal: 16,
  scientific: 32,
  codeLike: 64,
  special: 128,
  date: 256,
  timestamp: 512,
  zoned: 1024,
  boolean: 2048,
  text: 4096,
} as const;

export class Sample {
  readonly #runtime: Runtime;
  readonly #home: Region;
  readonly #fields: Fields;
  readonly #kinds: number[];

  constructor(runtime: Runtime, columns: number, nulls: readonly string[]) {
    this.#runtime = runtime;
    this.#home = runtime.arena.region('reading CSV');
    this.#fields = new Fields(runtime, this.#home, 0, placeTokens(nulls, this.#home));
    this.#kinds = new Array<number>(columns).fill(0);
  }

  /** Looks at the records. */
  add(records: Records): void {
    this.#kinds.forEach((seen, column) => {
      if ((seen & kinds.text) !== 0) return;
      this.#fields.point(records, column, 0);
      this.#kinds[column]! |= this.#runtime.kernels.csv_classify(this.#fields.task);
    });
  }

  types(): DataType[] {
    return this.#kinds.map(typeOf);
  }

  release(): void {
    this.#home.release();
  }
}

/**
 * The type that holds every value of the sample and gives it back unchanged; text where there is none, where the
 * values are of several kinds, and where nothing is known.
 */
function typeOf(seen: number): DataType {
  const has = (kind: keyof typeof kinds): boolean => (seen & kinds[kind]) !== 0;
  const { date: day, timestamp: local, zoned, boolean } = kinds;
  if (seen === day) return date;
  if (seen === local) return timestamp();
  if (seen === zoned) return timestamp('UTC');
  if (seen === boolean) return bool;
  if (seen === 0 || (seen & (day | local | zoned | boolean | kinds.text)) !== 0) return utf8;
  if (has('decimal') || has('scientific')) {
    // 12e4 among numbers is a number only if another one shows what the e means.
    if (has('codeLike') && !has('scientific')) return utf8;
    return has('rounded') ? utf8 : float64;
  }
  if (has('codeLike') || has('special')) return utf8;
  if (!has('wide')) return int64;
  return has('negative') ? utf8 : uint64;
}
