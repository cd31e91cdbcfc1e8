/** Columns in the arena as the message of a record batch: its metadata and the pieces of its body. */
import { encodeBatch, type IpcField } from '../lib/arrow/ipc.js';
import type { Arena } from '../lib/memory/arena.js';
import { padded } from './chunk-index.js';

/** A column's buffers in the arena, ready for a file; no bytes where a buffer has no part. */
export interface StoredColumn {
  readonly nulls: number;
  readonly validity: number;
  readonly validityBytes: number;
  readonly offsets: number;
  readonly offsetsBytes: number;
  readonly data: number;
  readonly dataBytes: number;
}

export interface LaidOut {
  readonly metadata: Uint8Array;
  /** The body's bytes in order, padding included. */
  readonly pieces: readonly Uint8Array[];
  readonly body: number;
  /** Where each column begins in the body. */
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
  const starts = columns.map((column, i) => {
    const start = body;
    nodes.push({ rows, nulls: column.nulls });
    // A column of nulls only has no buffers at all.
    if (fields[i]!.type.kind === 'null') return start;
    add(column.validity, column.validityBytes);
    if (column.offsetsBytes > 0) add(column.offsets, column.offsetsBytes);
    add(column.data, column.dataBytes);
    return start;
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
