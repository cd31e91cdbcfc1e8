/**
 * Bytes of a file through a mapped window. The native module is an optional dependency; where it is missing,
 * `openBytes` reads through the system.
 *
 * Its limits: sizes and offsets are 32-bit, so files must be below 2 GiB; nothing is ever unmapped before its
 * Buffer is collected, so a window's pages are given back by advice when the next one is mapped. A file that is
 * cut short under a window ends the process.
 */
import { closeSync, fstatSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type ByteSource, checkRange, openForReading } from './bytes.js';

/** What is used of mmap-io. */
interface MemoryMaps {
  readonly PROT_READ: number;
  readonly MAP_SHARED: number;
  readonly MADV_SEQUENTIAL: number;
  readonly MADV_DONTNEED: number;
  map(size: number, protection: number, flags: number, file: number, offset: number, advice: number): Buffer;
  advise(window: Buffer, advice: number): void;
}

const windowBytes = 64 * 2 ** 20;
const mostBytes = 2 ** 31 - 1;

let loaded: MemoryMaps | null | undefined;

/** Null where files cannot be mapped, or this one is too large. */
export function openMapped(path: string): ByteSource | null {
  const maps = memoryMaps();
  if (maps === null) return null;
  const file = openForReading(path);
  const { size } = fstatSync(file);
  if (size > mostBytes) {
    closeSync(file);
    return null;
  }
  let window: Buffer | null = null;
  let start = 0;
  const giveBack = (): void => {
    if (window !== null) maps.advise(window, maps.MADV_DONTNEED);
    window = null;
  };
  /** The mapped bytes from `offset` on, at least one. */
  const at = (offset: number): Buffer => {
    if (window === null || offset < start || offset >= start + window.length) {
      giveBack();
      start = Math.floor(offset / windowBytes) * windowBytes;
      const bytes = Math.min(windowBytes, size - start);
      window = maps.map(bytes, maps.PROT_READ, maps.MAP_SHARED, file, start, maps.MADV_SEQUENTIAL);
    }
    return window.subarray(offset - start);
  };
  return {
    path,
    size,
    read(offset, target) {
      checkRange(path, size, offset, target.length);
      for (let done = 0; done < target.length; ) {
        const part = at(offset + done).subarray(0, target.length - done);
        target.set(part, done);
        done += part.length;
      }
    },
    close() {
      giveBack();
      closeSync(file);
    },
  };
}

function memoryMaps(): MemoryMaps | null {
  if (loaded === undefined) {
    try {
      const module: unknown = createRequire(import.meta.url)('mmap-io');
      loaded = ((module as { default?: MemoryMaps }).default ?? module) as MemoryMaps;
    } catch {
      loaded = null;
    }
  }
  return loaded;
}
