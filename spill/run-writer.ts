/** Batches on their way to a file of numbered runs; spill-file.ts draws what the file is. */
import type { Batch } from '../lib/arrow/batch.js';
import { encodeSchema, endOfStream } from '../lib/arrow/ipc.js';
import { sliceRows, slices } from '../lib/arrow/slice.js';
import type { DataType } from '../lib/arrow/types.js';
import { spelledBytes } from '../lib/arrow/value-bytes.js';
import type { Region } from '../lib/memory/arena.js';
import { writeError } from '../lib/write-error.js';
import { layOut, nodesOf, type StoredColumn } from './lay-out.js';
import { RunIndex, type StoredNode } from './run-index.js';
import { type Coding, isCoded, SpillCoder, type Texts } from './spill-coder.js';
import { checksumOfColumn, type Workspace } from './workspace.js';
import { writePieces } from './write-pieces.js';

/** Asked before bytes are written and told when they are given back; throws where the disk budget does not suffice. */
export interface DiskBudget {
  claim(bytes: number): void;
  free(bytes: number): void;
  /** The file is gone, or another's. */
  close(): void;
}

/** The dictionaries of a file may take so much of the memory. */
const dictionariesPart = 1 / 16;

/** And a batch, which may come as codes, when it is read. */
const batchPart = 1 / 16;

export class RunWriter {
  readonly index: RunIndex;
  /** How the columns of a batch are stored, by the number in the index. */
  readonly codings: (readonly Coding[])[] = [];
  readonly #file: number;
  readonly #path: string;
  readonly #workspace: Workspace;
  readonly #budget: DiskBudget;
  readonly #coders: readonly SpillCoder[];
  /** For the batch that is written. */
  readonly #region: Region;
  #position = 0;
  /** Entries of each dictionary that are in the current stream. */
  #sent: number[] = [];

  /**
   * Into an open file that is empty, and stays its opener's; `texts` are dictionaries that live as long, by column, where
   * there are any, or `referred` to where datasets have them. `owner` is named in errors.
   */
  constructor(
    file: number,
    path: string,
    types: readonly DataType[],
    texts: readonly (Texts | null)[] | 'referred' | null,
    owner: string,
    workspace: Workspace,
    budget: DiskBudget,
  ) {
    this.#file = file;
    this.#path = path;
    this.#workspace = workspace;
    this.#budget = budget;
    this.index = new RunIndex(types);
    this.#region = workspace.arena.region(owner);
    const textColumns = types.filter(({ kind }) => kind === 'utf8').length;
    const mostHeld = (workspace.arena.capacity * dictionariesPart) / Math.max(1, textColumns);
    this.#coders = types.map(
      (type, i) =>
        new SpillCoder(type, texts === 'referred' ? texts : (texts?.[i] ?? null), owner, workspace, mostHeld),
    );
  }

  /** Bytes in the file. */
  get bytes(): number {
    return this.#position;
  }

  /** Adds a batch of any length to a run. */
  write(run: number, batch: Batch): void {
    const { capacity, view } = this.#workspace.arena;
    const rowBytes = batch.columns.reduce((sum, column) => sum + spelledBytes(column, view), 1);
    const rows = sliceRows(capacity * batchPart, rowBytes);
    if (batch.length > 0) for (const piece of slices(batch, rows)) this.#writePiece(run, piece);
    // What was needed for one large batch is not held until the next.
    this.#region.release();
  }

  /** By column, how its last codes are stored; null where there are none. Their dictionary has those before them, too. */
  coded(): (Coding | null)[] {
    return this.#coders.map((_, i) => this.codings.map((columns) => columns[i]!).findLast(isCoded) ?? null);
  }

  /** Adds bytes that are no batch. */
  append(pieces: readonly Uint8Array[]): void {
    const end = this.#position + pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#budget.claim(end - this.#position);
    try {
      writePieces(this.#file, pieces, this.#position, (bytes) => {
        this.#position += bytes;
      });
    } catch (error) {
      // What was claimed for the bytes that did not get there.
      this.#budget.free(end - this.#position);
      throw writeError(error, this.#path);
    }
  }

  /** Gives back memory; what is read with dictionaries is read before. */
  release(): void {
    for (const coder of this.#coders) coder.release();
    this.#region.release();
  }

  #writePiece(run: number, batch: Batch): void {
    const region = this.#region;
    region.reset();
    const { length } = batch;
    const columns = batch.columns.map((column, i) => this.#coders[i]!.prepare(column, region));
    this.#describe();
    const stored = columns.map((column, i) => this.#coders[i]!.store(column, region));
    const fields = this.#coders.map((coder, i) => coder.field(i));
    const { metadata, pieces, body } = layOut(length, fields, stored, null, this.#workspace.arena);
    const offset = this.#position + metadata.length;
    this.append([metadata, ...pieces]);
    const nodes = stored.flatMap(nodesOf).map((node) => this.#node(node));
    this.index.add(run, length, offset, body, this.codings.length - 1, nodes);
  }

  /** Tells readers of the file how the next batch is stored, where that is news. */
  #describe(): void {
    const codings = this.#coders.map((coder) => coder.coding);
    const before = this.codings.at(-1);
    if (before === undefined || codings.some((coding, i) => coding !== before[i])) {
      const start = before === undefined ? [] : [endOfStream];
      const position = this.#position + (start[0]?.length ?? 0);
      this.append([
        ...start,
        encodeSchema(
          this.#coders.map((coder, i) => coder.field(i)),
          position,
        ),
      ]);
      this.codings.push(codings);
      this.#sent = codings.map(() => 0);
    }
    this.#coders.forEach((coder, i) => {
      const { length } = coder.dictionary() ?? { length: 0 };
      const sent = this.#sent[i]!;
      if (length === sent) return;
      const entries = coder.entries(sent, this.#region);
      const field = coder.field(i);
      const { metadata, pieces } = layOut(
        length - sent,
        [field],
        [entries],
        i,
        this.#workspace.arena,
        sent > 0,
      );
      this.append([metadata, ...pieces]);
      this.#sent[i] = length;
    });
  }

  #node(column: StoredColumn): StoredNode {
    const { nulls, dataBytes, child } = column;
    const checksum = checksumOfColumn(column, this.#workspace);
    return { nulls, size: child?.rows ?? dataBytes, checksum };
  }
}
