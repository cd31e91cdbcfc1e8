/**
 * Rows of one width, in pieces of 2^shift rows, so that more of them take more pieces and none is moved.
 *
 *   | piece 0 | piece 1 | ... | last |      table: the address of each piece, for kernels
 *
 * Only the first piece, which may be all there is, begins small and doubles.
 */
import { memoryError } from '../errors.js';
import { type Arena, blockBytes, Growable, type Region } from '../memory/arena.js';

/** Rows of a piece at most, and bytes where rows are not wide. */
const mostShift = 16;
const mostBytes = 2 ** 22;

/** Rows that the first piece begins with, at most. */
const firstRows = 1024;

/** Adjacent rows. */
export interface Span {
  readonly address: number;
  readonly from: number;
  readonly length: number;
}

export class RowPieces {
  readonly #arena: Arena;
  readonly #owner: string;
  readonly #pieces: Growable[] = [];
  readonly shift: number;
  /** Address of the uint32 addresses of the pieces; it does not change. */
  readonly table: number;
  #stride: number;

  /** Rows of `stride` bytes that may become as wide as `widest`. `home` outlives the rows. */
  constructor(stride: number, widest: number, home: Region, arena: Arena, owner: string) {
    this.#arena = arena;
    this.#owner = owner;
    this.#stride = stride;
    this.shift = Math.max(0, Math.min(mostShift, Math.floor(Math.log2(mostBytes / widest))));
    this.table = home.reserveZeroed((arena.capacity / (2 ** this.shift * stride) + 2) * 4);
  }

  /** Bytes of a row; changes in `widen`. */
  get stride(): number {
    return this.#stride;
  }

  /** Bytes of the arena that the rows take. */
  get held(): number {
    return this.#pieces.reduce((sum, { capacity }) => sum + capacity, 0);
  }

  /** Rows that there is room for. */
  get room(): number {
    const [first] = this.#pieces;
    if (first === undefined) return 0;
    if (this.#pieces.length > 1) return this.#pieces.length << this.shift;
    return Math.min(2 ** this.shift, Math.floor(first.capacity / this.#stride));
  }

  /** How many rows there will be room for when there is for so many. */
  roomFor(count: number): number {
    const piece = 2 ** this.shift;
    if (count > piece) return Math.ceil(count / piece) * piece;
    return Math.min(piece, Math.max(firstRows, 2 ** Math.ceil(Math.log2(count))));
  }

  /** Bytes that `count` rows of `stride` bytes take, at most, while room is made for them. */
  bytesFor(count: number, stride = this.#stride): number {
    const rows = this.roomFor(count);
    const piece = Math.min(rows, 2 ** this.shift);
    const bytes = Math.ceil((piece * stride) / blockBytes) * blockBytes;
    // The first piece is moved as it doubles.
    return rows === piece && rows > firstRows ? 1.5 * bytes : (rows / piece) * bytes;
  }

  /** Makes room for `count` rows; false if the budget does not suffice. New rows are not cleared. */
  tryReserve(count: number): boolean {
    if (count <= this.room) return true;
    const rows = this.roomFor(count);
    for (let from = 0; from < rows; from += 2 ** this.shift) {
      const piece = from >> this.shift;
      const held = this.#pieces[piece] ?? new Growable(this.#arena, this.#owner);
      if (!held.tryEnsure(Math.min(2 ** this.shift, rows - from) * this.#stride, 1)) return false;
      this.#put(piece, held);
    }
    return true;
  }

  /** As `tryReserve`, but a budget that does not suffice is a memory error. */
  reserve(count: number): void {
    if (this.tryReserve(count)) return;
    const { reserved, capacity } = this.#arena;
    throw memoryError(this.#owner, (count - this.room) * this.#stride, reserved, capacity);
  }

  addressOf(row: number): number {
    const piece = row >> this.shift;
    return this.#pieces[piece]!.address + (row - piece * 2 ** this.shift) * this.#stride;
  }

  /** Rows from this one to the end of its piece. */
  rowsFrom(row: number): number {
    return 2 ** this.shift - (row & (2 ** this.shift - 1));
  }

  /** Rows [from, from + length). */
  *spans(from: number, length: number): Generator<Span, void, void> {
    const end = from + length;
    for (let at = from; at < end; ) {
      const rows = Math.min(end - at, this.rowsFrom(at));
      yield { address: this.addressOf(at), from: at, length: rows };
      at += rows;
    }
  }

  /**
   * Makes the rows, of which the first `count` are in use, `stride` bytes wide. `move` is told for each piece where its
   * rows are, where they go and how many they are. Beside the rows, one piece is held.
   */
  widen(stride: number, count: number, move: (from: number, to: number, rows: number) => void): void {
    const old = this.#pieces.splice(0);
    this.#stride = stride;
    try {
      for (let piece = 0; piece < old.length && piece * 2 ** this.shift < count; piece++) {
        const from = old[piece]!;
        const rows = Math.min(2 ** this.shift, count - piece * 2 ** this.shift);
        const to = new Growable(this.#arena, this.#owner);
        this.#pieces.push(to);
        to.ensure((old.length > 1 ? 2 ** this.shift : rows) * stride);
        move(from.address, to.address, rows);
        this.#put(piece, to);
        from.release();
      }
    } finally {
      for (const piece of old) piece.release();
    }
  }

  release(): void {
    for (const piece of this.#pieces) piece.release();
    this.#pieces.length = 0;
  }

  #put(piece: number, rows: Growable): void {
    this.#pieces[piece] = rows;
    this.#arena.view.setUint32(this.table + piece * 4, rows.address, true);
  }
}
