/**
 * Rows that are looked at more than once, in any place, and forgotten from the front on.
 *
 *   append ─▶ page being filled ─▶ full pages in memory ─(too many)─▶ files of 64 pages ─▶ read again when asked for
 *
 * Memory: `room` bytes; where that is less than four pages, four pages. A page is a small part of `room`, but at least a row.
 */
import type { SpillFile } from '../../../spill/spill-file.js';
import { type Batch, batchRows } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import { rowBytes } from '../../arrow/value-bytes.js';
import { BatchBuffer } from '../../kernels/batch-buffer.js';
import { sliceBatch } from '../../kernels/slice.js';
import { blockBytes, type Region } from '../../memory/arena.js';
import type { Context } from '../context.js';

/** Rows [start, end), counted from the first of all. Only the last page grows. */
export interface Page {
  readonly start: number;
  readonly end: number;
  /** No row will be added. */
  readonly full: boolean;
}

/** A page takes about so much of the room. */
const pageShare = 1 / 16;

const pagesOfFile = 64;

/** Pages that were asked for last and stay in memory: who works on a page may look at two others. */
const kept = 3;

interface Slot {
  start: number;
  end: number;
  full: boolean;
  /** While it was not written. */
  buffer: BatchBuffer | null;
  stored: { readonly file: SpillFile; readonly run: number } | null;
  /** As it was read. */
  read: { readonly region: Region; readonly batch: Batch } | null;
}

export class Pages {
  readonly types: readonly DataType[];
  readonly #room: number;
  readonly #context: Context;
  readonly #owner: string;
  #slots: Slot[] = [];
  readonly #files = new Set<SpillFile>();
  /** The file that is written to, and how many pages it has. */
  #file: SpillFile | null = null;
  #filed = 0;
  /** Bytes of the full pages that were not written. */
  #buffered = 0;
  /** Those that were read, in the order in which they were asked for. */
  #recent: Slot[] = [];
  #end = 0;

  constructor(types: readonly DataType[], room: number, context: Context, owner: string) {
    this.types = types;
    this.#room = room;
    this.#context = context;
    this.#owner = owner;
  }

  /** How many rows were appended. */
  get end(): number {
    return this.#end;
  }

  /** The first row that is still there. */
  get start(): number {
    return this.#slots[0]?.start ?? this.#end;
  }

  get all(): readonly Page[] {
    return this.#slots;
  }

  async append(batch: Batch): Promise<void> {
    const { arena, kernels } = this.#context;
    const { view } = arena;
    const most = Math.max(blockBytes, this.#room * pageShare);
    const rows = Math.max(1, Math.min(batchRows, Math.floor(most / rowBytes(batch.columns, view))));
    const region = arena.region(this.#owner);
    try {
      for (let from = 0; from < batch.length; ) {
        region.reset();
        const slot = this.#open();
        const buffer = slot.buffer!;
        const length = Math.min(batch.length - from, Math.max(1, rows - buffer.length));
        buffer.append(length === batch.length ? batch : sliceBatch(batch, from, length, region, kernels));
        from += length;
        this.#end += length;
        slot.end = this.#end;
        slot.full = buffer.length >= rows;
        if (slot.full) {
          this.#buffered += heldBy(buffer);
          if (this.#buffered > this.#room / 2) await this.#write();
        }
      }
    } finally {
      region.release();
    }
  }

  pageOf(row: number): Page {
    return this.#slots[this.indexOf(row)]!;
  }

  /** Where in `all` the page of a row is. */
  indexOf(row: number): number {
    const slots = this.#slots;
    let low = 0;
    for (let high = slots.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (slots[middle]!.end <= row) low = middle + 1;
      else high = middle;
    }
    if (low === slots.length || row < slots[low]!.start)
      throw new Error(`bug: row ${row} is not among those held`);
    return low;
  }

  /** The rows of a page, for as long as no more than two others are asked for and nothing is appended. */
  batch(page: Page): Batch {
    const slot = page as Slot;
    if (slot.buffer !== null) return slot.buffer.batch();
    const { read } = slot;
    if (read !== null) {
      const at = this.#recent.indexOf(slot);
      if (at < this.#recent.length - 1) this.#recent.push(...this.#recent.splice(at, 1));
      return read.batch;
    }
    this.#forgetOld();
    const region = this.#context.arena.region(this.#owner);
    try {
      const { file, run } = slot.stored!;
      const batch = file.open(run)(region)!;
      slot.read = { region, batch };
    } catch (error) {
      region.release();
      throw error;
    }
    this.#recent.push(slot);
    return slot.read.batch;
  }

  /** Pages with no row from `row` on are forgotten. */
  drop(row: number): void {
    let count = 0;
    while (count < this.#slots.length && this.#slots[count]!.end <= row && this.#slots[count]!.full) count++;
    if (count === 0) return;
    for (const slot of this.#slots.splice(0, count)) {
      if (slot.buffer !== null) this.#buffered -= heldBy(slot.buffer);
      this.#releaseSlot(slot);
    }
    const used = new Set(this.#slots.map(({ stored }) => stored?.file));
    for (const file of this.#files) {
      if (used.has(file) || (file === this.#file && this.#filed < pagesOfFile)) continue;
      file.release();
      this.#files.delete(file);
      if (file === this.#file) this.#file = null;
    }
  }

  release(): void {
    for (const slot of this.#slots) this.#releaseSlot(slot);
    for (const file of this.#files) file.release();
    this.#slots = [];
    this.#files.clear();
  }

  #open(): Slot {
    const last = this.#slots.at(-1);
    if (last !== undefined && !last.full) return last;
    const { arena, kernels } = this.#context;
    const buffer = new BatchBuffer(this.types, arena, kernels, this.#owner);
    const slot = { start: this.#end, end: this.#end, full: false, buffer, stored: null, read: null };
    this.#slots.push(slot);
    return slot;
  }

  /** Puts all full pages to disk. */
  async #write(): Promise<void> {
    for (const slot of this.#slots) {
      if (slot.buffer === null || !slot.full) continue;
      if (this.#file === null || this.#filed === pagesOfFile) {
        this.#file = await this.#context.spills.create(this.types, this.#owner);
        this.#files.add(this.#file);
        this.#filed = 0;
      }
      const run = this.#filed++;
      this.#file.write(run, slot.buffer.batch());
      slot.stored = { file: this.#file, run };
      slot.buffer.release();
      slot.buffer = null;
    }
    this.#buffered = 0;
  }

  #forgetOld(): void {
    const { length } = this.#recent;
    let held = this.#recent.reduce((sum, { read }) => sum + read!.region.held, 0);
    let count = 0;
    for (; count < length - kept + 1 && held > this.#room / 2; count++)
      held -= this.#recent[count]!.read!.region.held;
    for (const slot of this.#recent.splice(0, count)) {
      slot.read!.region.release();
      slot.read = null;
    }
  }

  #releaseSlot(slot: Slot): void {
    slot.buffer?.release();
    slot.read?.region.release();
    if (slot.read !== null) this.#recent = this.#recent.filter((each) => each !== slot);
  }
}

/** Small columns share a block. */
const heldBy = (buffer: BatchBuffer): number => buffer.held + blockBytes;
