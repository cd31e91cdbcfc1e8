/**
 * The values that each group has seen, for distinct aggregates.
 *
 *   group, value ─▶ table ─┬▶ new to it: they count
 *                          └▶ the table is full and does not have them ─▶ partitions on disk ─▶ each the same way
 *
 * Memory: a key row for each distinct value of each group, as long as they fit the share.
 */
import type { Batch, Vector } from '../arrow/batch.js';
import { type DataType, int32 } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import { GroupTable } from './group-table.js';
import type { Machine } from './machine.js';
import { Overflow } from './overflow.js';
import type { Spilling } from './runs.js';
import { take, takeBatch } from './take.js';

/** Is handed values that are new to their groups; awaited where it has more to do. */
type Tell = (groups: number, values: Vector, count: number, region: Region) => Promise<void> | null;

export class SeenValues {
  readonly #machine: Machine;
  readonly #owner: string;
  readonly #types: readonly DataType[];
  readonly #spilling: Spilling | null;
  readonly #overflow: Overflow | null;
  readonly table: GroupTable;

  /** Without `spilling` everything is held. `used`: by how many bits of their hash these values were partitioned. */
  constructor(type: DataType, machine: Machine, owner: string, spilling: Spilling | null, used = 0) {
    this.#machine = machine;
    this.#owner = owner;
    this.#types = [int32, type];
    this.#spilling = spilling;
    if (spilling === null) {
      this.#overflow = null;
      this.table = new GroupTable(this.#types, machine.arena, machine.kernels, owner);
      return;
    }
    const { share } = spilling;
    const overflow = new Overflow(this.#types, [0, 1], used, share, spilling.machine, owner);
    this.#overflow = overflow;
    this.table = new GroupTable(
      this.#types,
      machine.arena,
      machine.kernels,
      owner,
      (_, bytes) => this.table.held + bytes <= overflow.left,
    );
  }

  /** Is it time to call `spill`? */
  get full(): boolean {
    return this.#overflow?.full ?? false;
  }

  /** The rows, of a group and a value each, that are new; others may be later. */
  add(
    columns: readonly Vector[],
    length: number,
    region: Region,
  ): { readonly fresh: number; readonly freshCount: number } {
    const { fresh, freshCount, knownCount, unknown } = this.table.assign(columns, length, region);
    if (knownCount < length)
      this.#overflow!.add(
        takeBatch({ length, columns }, unknown, length - knownCount, region, this.#machine),
      );
    return { fresh, freshCount };
  }

  async spill(): Promise<void> {
    await this.#overflow!.flush();
  }

  /** After the last row: tells of the values that wait on disk and are new. */
  async drain(tell: Tell): Promise<void> {
    const spilling = this.#spilling;
    if (spilling === null) return;
    const fitting = this.table.count;
    this.table.release();
    for await (const part of this.#overflow!.parts(fitting)) {
      const seen = new SeenValues(this.#types[1]!, this.#machine, this.#owner, spilling, part.used);
      try {
        await seen.#take(part.batches, tell);
        await seen.drain(tell);
      } finally {
        seen.release();
      }
    }
  }

  release(): void {
    this.table.release();
    this.#overflow?.release();
  }

  async #take(part: AsyncGenerator<Batch, void, void>, tell: Tell): Promise<void> {
    const region = this.#machine.arena.region(this.#owner);
    try {
      for await (const { columns, length } of part) {
        region.reset();
        const { fresh, freshCount } = this.add(columns, length, region);
        if (this.full) await this.spill();
        if (freshCount === 0) continue;
        const [groups, values] = columns.map((column) =>
          take(column, fresh, freshCount, region, this.#machine),
        ) as [Vector, Vector];
        const told = tell(groups.data, values, freshCount, region);
        if (told !== null) await told;
      }
    } finally {
      region.release();
    }
  }
}
