/**
 * A dictionary for each text column, for rows that lie in several places at once: those that are held, and files of
 * those that left memory. Dictionaries only grow, so codes hold for as long as they live. Once all together take what they
 * may, a column whose dictionary still grows is held as plain text from then on.
 */
import type { Vector } from '../arrow/batch.js';
import { isMemoryError } from '../errors.js';
import type { Region } from '../memory/arena.js';
import { Interner } from './interner.js';
import type { Machine } from './machine.js';

export class Dictionaries {
  readonly #machine: Machine;
  readonly #owner: string;
  readonly #most: number;
  /** By column; null where nothing came coded so far. */
  readonly #interners: (Interner | null)[];
  /** Columns that are plain by now; what was coded before still needs their dictionaries. */
  readonly #plain: boolean[];

  /** For so many columns; all together take about `most` bytes at most. */
  constructor(columns: number, most: number, machine: Machine, owner: string) {
    this.#machine = machine;
    this.#owner = owner;
    this.#most = most;
    this.#interners = new Array<Interner | null>(columns).fill(null);
    this.#plain = new Array<boolean>(columns).fill(false);
  }

  /** Bytes of the arena. */
  get held(): number {
    return this.#interners.reduce((sum, interner) => sum + (interner?.held ?? 0), 0);
  }

  /** By column, what its codes are of; null where there are none. */
  get all(): readonly (Interner | null)[] {
    return this.#interners;
  }

  /** Is all text of the column that came so far coded? */
  isWhole(column: number): boolean {
    return this.#interners[column] !== null && !this.#plain[column];
  }

  /** Text over the column's own dictionary, its codes in `region`; null where it is held plain. What begins plain stays so. */
  coded(text: Vector, column: number, region: Region): Vector | null {
    if (text.dictionary === null && this.#interners[column] === null) this.#plain[column] = true;
    if (this.#plain[column]) return null;
    const { arena, kernels } = this.#machine;
    try {
      const interner = this.#interners[column] ?? new Interner(arena, kernels, this.#owner, 'late');
      this.#interners[column] = interner;
      const before = interner.held;
      const coded = interner.intern(text, region);
      if (interner.held === before || this.held <= this.#most) return coded;
    } catch (error) {
      if (!isMemoryError(error)) throw error;
    }
    this.#plain[column] = true;
    return null;
  }

  release(): void {
    for (const interner of this.#interners) interner?.release();
    this.#interners.fill(null);
    this.#plain.fill(false);
  }
}
