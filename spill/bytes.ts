/** Bytes of a file by position: through reads of the system, or through a mapped window (mapped.ts). */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dataError, diskError } from '../lib/errors.js';

export interface ByteSource {
  /** For messages. */
  readonly path: string;
  readonly size: number;
  /** Fills `target` with the bytes from `offset` on; a range past the end is a data error. */
  read(offset: number, target: Uint8Array): void;
  close(): void;
}

/** Opens a regular file for positioned reads straight into their target. */
export function openBytes(path: string): ByteSource {
  const file = openForReading(path);
  const size = fstatSync(file).size;
  return {
    path,
    size,
    read(offset, target) {
      checkRange(path, size, offset, target.length);
      let done = 0;
      while (done < target.length) {
        const got = readAt(file, path, target.subarray(done), offset + done);
        if (got === 0) throw cutShort(path, offset + target.length, offset + done);
        done += got;
      }
    },
    close() {
      closeSync(file);
    },
  };
}

function readAt(file: number, path: string, target: Uint8Array, offset: number): number {
  try {
    return readSync(file, target, 0, target.length, offset);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw diskError(`${path} cannot be read: ${code}`, { file: path }, { cause: error });
  }
}

export function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw dataError(`${path} is missing`, { file: path }, { cause: error });
    throw diskError(`${path} cannot be opened: ${code}`, { file: path }, { cause: error });
  }
}

export function checkRange(path: string, size: number, offset: number, bytes: number): void {
  if (offset < 0 || offset + bytes > size) throw cutShort(path, offset + bytes, size);
}

function cutShort(path: string, needed: number, size: number): Error {
  return dataError(`${path} is damaged: ${needed} bytes are needed, but it has ${size}`, { file: path });
}
