/** Pages of sorted rows whose first two columns say where partitions and groups of peers begin. */
import type { Batch } from '../../arrow/batch.js';
import { bool, type DataType } from '../../arrow/types.js';
import type { Region } from '../../memory/arena.js';
import type { Context } from '../context.js';
import { type Page, Pages } from './pages.js';
import type { Marks } from './run.js';

export type Mark = keyof Marks;

/** Columns of pages before those of the slides. */
export const markTypes: readonly DataType[] = [bool, bool];
const columnOf: Readonly<Record<Mark, number>> = { partitions: 0, peers: 1 };

/** What is known of the groups of a page, in rows counted from the first of all. */
export interface Groups {
  /** The first row of the group that the page begins in. */
  readonly open: number;
  /** The first row of the page that begins a group, -1 if none does. */
  first: number;
  /** Groups that begin before the page, and in it. */
  readonly before: number;
  count: number;
}

export class MarkedPages {
  readonly pages: Pages;
  readonly #context: Context;
  readonly #region: Region;
  readonly #groups: Readonly<Record<Mark, Map<Page, Groups>>> = { partitions: new Map(), peers: new Map() };
  /** The last row that begins a group, and how many begin. */
  readonly #last = { partitions: { row: 0, count: 0 }, peers: { row: 0, count: 0 } };

  constructor(types: readonly DataType[], room: number, context: Context, owner: string) {
    this.pages = new Pages([...markTypes, ...types], room, context, owner);
    this.#context = context;
    this.#region = context.arena.region(owner);
  }

  async append(batch: Batch): Promise<void> {
    const known = this.pages.all.length - 1;
    await this.pages.append(batch);
    for (const page of this.pages.all.slice(Math.max(0, known)))
      for (const mark of ['partitions', 'peers'] as const) this.#look(page, mark);
  }

  groupsOf(page: Page, mark: Mark): Groups {
    return this.#groups[mark].get(page)!;
  }

  /** The first row of the group that is open at the end of what is known. */
  openFrom(mark: Mark): number {
    return this.#last[mark].row;
  }

  /** Bits of the page that are set where a group begins. */
  bits(page: Page, mark: Mark): number {
    return this.pages.batch(page).columns[columnOf[mark]]!.data;
  }

  /** The last row, as far as is known, of the group that the page ends in. */
  lastOf(page: Page, mark: Mark): number {
    const { all, end } = this.pages;
    for (let i = this.pages.indexOf(page.start) + 1; i < all.length; i++) {
      const { first } = this.groupsOf(all[i]!, mark);
      if (first >= 0) return first - 1;
    }
    return end - 1;
  }

  drop(row: number): void {
    const { all } = this.pages;
    for (let i = 0; i < all.length && all[i]!.end <= row && all[i]!.full; i++)
      for (const groups of Object.values(this.#groups)) groups.delete(all[i]!);
    this.pages.drop(row);
  }

  release(): void {
    this.pages.release();
    this.#region.release();
  }

  #look(page: Page, mark: Mark): void {
    const { arena, kernels } = this.#context;
    const map = this.#groups[mark];
    const last = this.#last[mark];
    let groups = map.get(page);
    if (groups === undefined) {
      groups = { open: last.row, first: -1, before: last.count, count: 0 };
      map.set(page, groups);
    }
    this.#region.reset();
    const out = this.#region.reserve(12);
    kernels.window_bit_ends(this.bits(page, mark), page.end - page.start, out);
    const [first, final, count] = new Int32Array(arena.buffer, out, 3) as unknown as [number, number, number];
    groups.count = count;
    last.count = groups.before + count;
    if (first < 0) return;
    groups.first = page.start + first;
    last.row = page.start + final;
  }
}
