/** Columns in the arena as the message of a record batch: its metadata and the pieces of its body. */
import { encodeBatch, type IpcField } from '../lib/arrow/ipc.js';
import type { DataType } from '../lib/arrow/types.js';
import type { Arena } from '../lib/memory/arena.js';
import { padded } from './chunk-index.js';

/** A column's buffers in the arena, ready for a file; no bytes where a buffer has no part. */
export interface StoredColumn {
  readonly rows: number;
  readonly nulls: number;
  readonly validity: number;
  readonly validityBytes: number;
  readonly offsets: number;
  readonly offsetsBytes: number;
  readonly data: number;
  readonly dataBytes: number;
  /** The elements of lists. */
  readonly child?: StoredColumn;
}

/** A column of a file takes several places there where it holds lists: it, and then its elements. */
export function nodesOf(column: StoredColumn): readonly StoredColumn[] {
  return column.child === undefined ? [column] : [column, ...nodesOf(column.child)];
}

export interface LaidOut {
  readonly metadata: Uint8Array;
  /** The body's bytes in order, padding included. */
  readonly pieces: readonly Uint8Array[];
  readonly body: number;
  /** Where each column, and the elements of each, begin in the body. */
  readonly starts: readonly number[];
}

const zeros = new Uint8Array(64);

/** With `dictionary` the one column is the entries of that dictionary; with `delta` those after the ones sent before. */
export function layOut(
  rows: number,
  fields: readonly IpcField[],
  columns: readonly StoredColumn[],
  dictionary: number | null,
  arena: Arena,
  delta = false,
): LaidOut {
  const nodes: { rows: number; nulls: number }[] = [];
  const buffers: { offset: number; bytes: number }[] = [];
  const pieces: Uint8Array[] = [];
  let body = 0;
  const add = (address: number, bytes: number): void => {
    buffers.push({ offset: body, bytes });
    if (bytes === 0) return;
    pieces.push(arena.bytes.subarray(address, address + bytes));
    if (bytes % 64 !== 0) pieces.push(zeros.subarray(bytes % 64));
    body += padded(bytes);
  };
  const starts: number[] = [];
  const place = (column: StoredColumn, type: DataType): void => {
    starts.push(body);
    nodes.push({ rows: column.rows, nulls: column.nulls });
    // A column of nulls only has no buffers at all.
    if (type.kind === 'null') return;
    add(column.validity, column.validityBytes);
    if (column.offsetsBytes > 0) add(column.offsets, column.offsetsBytes);
    if (type.kind === 'list') place(column.child!, type.element);
    else add(column.data, column.dataBytes);
  };
  columns.forEach((column, i) => {
    place(column, fields[i]!.type);
  });
  const metadata = encodeBatch({
    rows,
    body,
    nodes,
    buffers,
    dictionary: dictionary === null ? null : { id: dictionary, delta },
  });
  return { metadata, pieces, body, starts };
}
