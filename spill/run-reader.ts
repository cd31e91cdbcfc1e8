/** Reads batches of runs back into the arena, and verifies what it read. */
import { readSync } from 'node:fs';
import { type Batch, bitmapBytes, type Dictionary, type Vector } from '../lib/arrow/batch.js';
import { type DataType, physicalOf } from '../lib/arrow/types.js';
import { diskError } from '../lib/errors.js';
import type { Region } from '../lib/memory/arena.js';
import { systemCode } from '../lib/write-error.js';
import { padded } from './chunk-index.js';
import { decodeColumn } from './decode-column.js';
import { nodesOf, type StoredColumn } from './lay-out.js';
import { nodesOfType, type RunIndex, type StoredNode } from './run-index.js';
import type { Coding } from './spill-coder.js';
import { checksumOfColumn, type Workspace } from './workspace.js';

/** Gives the next batch of a run in `region`; null behind the last. */
export type NextBatch = (region: Region) => Batch | null;

/** A column of a batch: where it lies in the body, and what should be there. */
interface Located {
  readonly column: number;
  readonly coding: Coding;
  readonly stored: StoredColumn;
  readonly start: number;
  readonly end: number;
  readonly nodes: readonly StoredNode[];
}

export class RunReader {
  readonly #file: number;
  readonly #path: string;
  readonly #types: readonly DataType[];
  readonly #index: RunIndex;
  readonly #codings: readonly (readonly Coding[])[];
  readonly #owner: string;
  readonly #workspace: Workspace;
  #bytesRead = 0;

  /** Of a file that stays its opener's; `owner` is named in errors. */
  constructor(
    file: number,
    path: string,
    types: readonly DataType[],
    index: RunIndex,
    codings: readonly (readonly Coding[])[],
    owner: string,
    workspace: Workspace,
  ) {
    this.#file = file;
    this.#path = path;
    this.#types = types;
    this.#index = index;
    this.#codings = codings;
    this.#owner = owner;
    this.#workspace = workspace;
  }

  /** Bytes of batches read so far. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** The batches of a run, those that are yet to be written too, in that order, each valid until the next is asked for. */
  *read(run: number, columns: readonly number[] | null = null): Generator<Batch, void, void> {
    const region = this.#workspace.arena.region(this.#owner);
    const next = this.open(run, columns);
    try {
      for (let batch = next(region); batch !== null; batch = next(region)) {
        yield batch;
        region.reset();
      }
    } finally {
      region.release();
    }
  }

  /** Reads a run, too, each batch into a region of the caller's. */
  open(run: number, columns: readonly number[] | null = null): NextBatch {
    let last = -1;
    return (region) => {
      // Looked up late: the run may have grown meanwhile.
      const batch = last < 0 ? this.#index.run(run).first : this.#index.next(last);
      if (batch < 0) return null;
      last = batch;
      return this.readBatch(batch, region, columns);
    };
  }

  /** One batch by its number in the index, or these columns of it in this order; of no columns the rows alone. */
  readBatch(batch: number, region: Region, columns: readonly number[] | null = null): Batch {
    const all = this.#locate(batch);
    const wanted = columns === null ? all : all.filter(({ column }) => columns.includes(column));
    const read: Vector[] = [];
    // Columns that lie side by side are read at once.
    for (let from = 0; from < wanted.length; ) {
      let to = from + 1;
      while (to < wanted.length && wanted[to]!.start === wanted[to - 1]!.end) to++;
      const beside = wanted.slice(from, to);
      const { start } = beside[0]!;
      const bytes = beside.at(-1)!.end - start;
      const address = region.reserve(bytes);
      const target = this.#workspace.arena.bytes.subarray(address, address + bytes);
      readFully(this.#file, this.#path, this.#index.offset(batch) + start, target);
      this.#bytesRead += bytes;
      for (const one of beside) read[one.column] = this.#decoded(one, address - start, region);
      from = to;
    }
    return {
      length: this.#index.rows(batch),
      columns: (columns ?? all.map(({ column }) => column)).map((column) => read[column]!),
    };
  }

  #decoded({ column, coding, stored, nodes }: Located, by: number, region: Region): Vector {
    const placed = moved(stored, by);
    nodesOf(placed).forEach((node, i) => {
      if (checksumOfColumn(node, this.#workspace) !== nodes[i]!.checksum)
        throw damaged(this.#path, 'the checksum of a batch is not what it was');
    });
    const dictionary: Dictionary | null = coding.texts?.dictionary() ?? null;
    return decodeColumn(placed, this.#types[column]!, coding.type, dictionary, region, this.#workspace);
  }

  #locate(batch: number): Located[] {
    const rows = this.#index.rows(batch);
    const codings = this.#codings[this.#index.coding(batch)]!;
    let body = 0;
    let first = 0;
    return this.#types.map((type, column) => {
      const coding = codings[column]!;
      const start = body;
      const count = nodesOfType(type);
      const nodes = Array.from({ length: count }, (_, i) => this.#index.node(batch, first + i));
      first += count;
      const place = (of: DataType, length: number, depth: number, plainText: boolean): StoredColumn => {
        const { nulls, size } = nodes[depth]!;
        const isList = of.kind === 'list';
        const validityBytes = nulls > 0 && of.kind !== 'null' ? bitmapBytes(length) : 0;
        const offsetsBytes = plainText || isList ? (length + 1) * 4 : 0;
        const dataBytes = isList ? 0 : size;
        const validity = body;
        const offsets = validity + padded(validityBytes);
        const data = offsets + padded(offsetsBytes);
        body = data + padded(dataBytes);
        const own = { rows: length, nulls, validity, validityBytes, offsets, offsetsBytes, data, dataBytes };
        if (!isList) return own;
        return { ...own, child: place(of.element, size, depth + 1, physicalOf(of.element) === 'text') };
      };
      const stored = place(type, rows, 0, coding.plainText);
      return { column, coding, stored, start, end: body, nodes };
    });
  }
}

/** Fills `target` from a temporary file. */
export function readFully(file: number, path: string, offset: number, target: Uint8Array): void {
  try {
    for (let done = 0; done < target.length; ) {
      const got = readSync(file, target, done, target.length - done, offset + done);
      if (got === 0) throw damaged(path, 'it was cut short');
      done += got;
    }
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || code === 'disk') throw error;
    throw diskError(`the temporary file ${path} cannot be read: ${code}`, { file: path }, { cause: error });
  }
}

export function damaged(path: string, what: string): Error {
  return diskError(
    `the temporary file ${path} is damaged: ${what}; the disk or who else writes there is at fault`,
    { file: path },
  );
}

function moved(column: StoredColumn, by: number): StoredColumn {
  const { validity, offsets, data, child } = column;
  const own = { ...column, validity: validity + by, offsets: offsets + by, data: data + by };
  return child === undefined ? own : { ...own, child: moved(child, by) };
}
