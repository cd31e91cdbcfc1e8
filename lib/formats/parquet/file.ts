/** A Parquet file opened for reading at any place. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { type FileMetaData, parquetMetadataAsync, parquetSchema, type SchemaTree } from 'hyparquet';
import { dataError, usageError } from '../../errors.js';
import { footerOf } from './footers.js';
import { exactParsers } from './statistics.js';

export interface ParquetFile {
  readonly path: string;
  readonly bytes: number;
  readonly metadata: FileMetaData;
  readonly tree: SchemaTree;
  /** Bytes [start, end) in a buffer of their own. */
  read(start: number, end: number): Uint8Array<ArrayBuffer>;
  /** The bytes from `start` on that fill `target`. */
  readInto(target: Uint8Array, start: number): void;
  close(): void;
}

export async function openParquetFile(path: string): Promise<ParquetFile> {
  const fd = openFile(path);
  try {
    const status = fstatSync(fd, { bigint: true });
    const bytes = Number(status.size);
    const readInto = (target: Uint8Array, start: number): void => fill(target, fd, path, start);
    const read = (start: number, end: number): Uint8Array<ArrayBuffer> => {
      if (!(start >= 0 && end >= start)) throw damaged(path, `it points at bytes ${start} to ${end}`);
      const target = new Uint8Array(end - start);
      readInto(target, start);
      return target;
    };
    if (bytes === 0) throw damaged(path, 'it is empty');
    const { metadata, tree } = await footerOf(status, async () => {
      const metadata = await parquetMetadataAsync(
        { byteLength: bytes, slice: (start, end = bytes) => read(start, end).buffer },
        { geoparquet: false, parsers: exactParsers },
      ).catch((error: unknown) => {
        throw damaged(path, error);
      });
      return { metadata, tree: treeOf(metadata, path) };
    });
    return {
      path,
      bytes,
      metadata,
      tree,
      read,
      readInto,
      close: () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function treeOf(metadata: FileMetaData, path: string): SchemaTree {
  try {
    return parquetSchema(metadata);
  } catch (error) {
    throw damaged(path, error);
  }
}

/** The error of a file that is not what its own words say. */
export function damaged(path: string, cause: unknown, column?: string): Error {
  // hyparquet trips over what is not there: its words would tell nothing.
  const lost = cause instanceof TypeError || cause instanceof RangeError;
  const reason = lost ? 'its parts do not fit' : cause instanceof Error ? cause.message : String(cause);
  const where = column === undefined ? '' : ` in column "${column}"`;
  const place = column === undefined ? { file: path } : { file: path, column };
  return dataError(`${path} is damaged or no Parquet file${where}: ${reason}`, place, { cause });
}

function openFile(path: string): number {
  if (path === '-')
    throw usageError('parquet is read from its end, so it cannot come from standard input; give a file');
  // Opening a pipe would wait for its writer.
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO() === true)
    throw usageError(`parquet is read from its end, so it cannot come from ${path}, a pipe; give a file`, {
      file: path,
    });
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw usageError(`cannot read ${path}: ${(error as Error).message}`, { file: path });
  }
}

function fill(target: Uint8Array, fd: number, path: string, start: number): void {
  for (let done = 0; done < target.length; ) {
    const count = readSync(fd, target, done, target.length - done, start + done);
    if (count === 0) throw damaged(path, `it ends at byte ${start + done}, but more should follow`);
    done += count;
  }
}
