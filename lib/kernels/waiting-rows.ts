/**
 * Rows of groups that a full table has no room for: they wait on disk until the table is done.
 *
 *   rows without a group ─┬▶ the table's dictionaries have their texts: codes in the place of texts ─▶ partitions
 *                         └▶ they do not, and are full: texts                                       ─▶ partitions
 *
 * Whether a dictionary has a text does not change once it is full, so all rows of a group go the same way. Codes are
 * short on disk, and tables of what is read back need no dictionaries of their own.
 *
 * Memory: what Overflow takes, once for each way, and what is added to the table when it is full.
 */
import { type Batch, codedVector, fixedVector, type Vector } from '../arrow/batch.js';
import { type DataType, int32, physicalOf, utf8 } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import type { Assigned, GroupTable } from './group-table.js';
import type { Interner } from './interner.js';
import { Overflow, type Part } from './overflow.js';
import type { SpillingMachine } from './runs.js';
import { takeBatch } from './take.js';

/** Keys as a table is to have them. */
export interface KeyForm {
  readonly types: readonly DataType[];
  /** Of keys that are codes, the dictionaries; they outlive the rows. */
  readonly texts: readonly (Interner | null)[];
}

/** Rows that a table of their own is to take. */
export interface WaitingPart {
  readonly keys: KeyForm;
  readonly part: Part;
  /** Bytes of the share that dictionaries take meanwhile. */
  readonly held: number;
}

/** What a full table may take of the share beside what it had, and what rows take whose texts it does not have. */
const fullShare = 1 / 16;

export class WaitingRows {
  readonly #keys: KeyForm;
  readonly #others: readonly DataType[];
  readonly #used: number;
  readonly #share: number;
  readonly #machine: SpillingMachine;
  readonly #owner: string;
  readonly #coded: Overflow;
  #plain: Overflow | null = null;

  /** Rows are keys, then columns of the types `others`. `used`: by how many bits of their
   * hash they were partitioned. */
  constructor(
    keys: KeyForm,
    others: readonly DataType[],
    used: number,
    share: number,
    machine: SpillingMachine,
    owner: string,
  ) {
    this.#keys = keys;
    this.#others = others;
    this.#used = used;
    this.#share = share;
    this.#machine = machine;
    this.#owner = owner;
    this.#coded = this.#overflow(keys.types.map((type) => (isText(type) ? int32 : type)));
  }

  /** What the table may take. */
  get left(): number {
    const plain = this.#keys.types.some(isText) ? this.forFull : 0;
    return this.#coded.left - this.forFull - plain;
  }

  /** How much more it may take when it is full: for texts, and to tell rows that it does not have. */
  get forFull(): number {
    return fullShare * this.#share;
  }

  /** Is it time to call `flush`? */
  get full(): boolean {
    return this.#coded.full || (this.#plain?.full ?? false);
  }

  /** Takes the rows that `table` has no group for; gives the others. */
  divide(
    table: GroupTable,
    found: Assigned,
    batch: Batch,
    region: Region,
  ): { readonly groups: number; readonly known: Batch } {
    if (found.knownCount === batch.length) return { groups: found.groups, known: batch };
    const width = this.#keys.types.length;
    const codes = found.keys.map(
      (key, k): Vector =>
        isText(this.#keys.types[k]!) ? fixedVector(int32, batch.length, key.data, key.validity) : key,
    );
    const coded = [...codes, ...batch.columns.slice(width)];
    const missing = table.texts.flatMap((texts, k) => (texts?.frozen ? [k] : []));
    if (missing.length === 0) {
      const { groups, known, rest } = table.divide(found, { length: batch.length, columns: coded }, region);
      if (rest !== null) this.#coded.add(rest);
      return { groups, known };
    }
    const all = { length: batch.length, columns: [...coded, ...batch.columns.slice(0, width)] };
    const { groups, known, rest } = table.divide(found, all, region);
    if (rest !== null) this.#addEither(rest, missing, region);
    return { groups, known: { length: known.length, columns: known.columns.slice(0, coded.length) } };
  }

  async flush(): Promise<void> {
    if (this.#coded.full) await this.#coded.flush();
    if (this.#plain?.full) await this.#plain.flush();
  }

  /** After the last row, when `table` has given back all but its texts: the rows part by part. */
  async *parts(table: GroupTable, fitting: number): AsyncGenerator<WaitingPart, void, void> {
    const { types, texts } = this.#keys;
    const keys: KeyForm = {
      types: types.map((type) => (isText(type) ? int32 : type)),
      texts: table.texts.map((own, k) => own ?? texts[k]!),
    };
    const held = table.texts.reduce((sum, own) => sum + (own?.held ?? 0), 0);
    for await (const part of this.#coded.parts(fitting)) yield { keys, part, held };
    table.release();
    if (this.#plain === null) return;
    for await (const part of this.#plain.parts(fitting)) yield { keys: this.#keys, part, held: 0 };
  }

  release(): void {
    this.#coded.release();
    this.#plain?.release();
  }

  /** Rows of codes, then other columns, then the keys as they came; dictionaries of the keys `missing` lack some texts. */
  #addEither(rows: Batch, missing: readonly number[], region: Region): void {
    const width = this.#keys.types.length;
    const end = rows.columns.length - width;
    let coded = rows;
    for (const k of missing) {
      const { length } = coded;
      const known = region.reserve(length * 4);
      const unknown = region.reserve(length * 4);
      const count = this.#machine.kernels.group_split(coded.columns[k]!.data, length, known, unknown);
      if (count === length) continue;
      const plain = takeBatch(coded, unknown, length - count, region, this.#machine).columns;
      this.#plain ??= this.#overflow(this.#keys.types);
      this.#plain.add({ length: length - count, columns: [...plain.slice(end), ...plain.slice(width, end)] });
      coded = takeBatch(coded, known, count, region, this.#machine);
    }
    this.#coded.add({ length: coded.length, columns: coded.columns.slice(0, end) });
  }

  #overflow(types: readonly DataType[]): Overflow {
    const all = [...types, ...this.#others];
    const keys = types.map((_, k) => k);
    return new Overflow(all, keys, this.#used, this.#share, this.#machine, this.#owner);
  }
}

/** Keys, of which those that are codes become texts. */
export function spelledKeys(columns: readonly Vector[], { texts }: KeyForm): Vector[] {
  return columns.map((column, k) => {
    const own = texts[k] ?? null;
    if (own === null) return column;
    return codedVector(utf8, column.length, column.data, own.dictionary(), column.validity);
  });
}

const isText = (type: DataType): boolean => physicalOf(type) === 'text';
