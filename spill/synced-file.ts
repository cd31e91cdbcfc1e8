/**
 * A new file, written from its beginning on, that is on the disk when it is finished.
 *
 * With buffers its bytes go there past the system's cache (O_DIRECT), one buffer while the next is filled:
 *
 *   pieces ─▶ buffer ─▶ on its way, while the other buffer is filled
 *
 * What is synced must get to the disk anyway, and what is larger than memory drives out of the cache what is read
 * meanwhile. 5 GB of CSV became a dataset in 10 s so (two workers), in 11 s if nothing was filled meanwhile, and in 13 s through
 * the cache, whose pages took a fourth of the processors' time. Without buffers, or where the file system has no such
 * way, bytes go through the cache, from where they lie.
 */
import { closeSync, constants, fsync, ftruncateSync, openSync, write } from 'node:fs';
import { promisify } from 'node:util';
import type { Region } from '../lib/memory/arena.js';
import { systemCode } from '../lib/write-error.js';
import { writePieces } from './write-pieces.js';

/** What addresses, offsets and lengths of such writes are multiples of, on any disk of today. */
const sectorBytes = 4096;

/**
 * Of one buffer. With less the disk waits for writes, and as this process learns of what is done only now and then, writes
 * wait for that; more gains nothing.
 */
const bufferBytes = { least: 2 ** 20, most: 4 * 2 ** 20 } as const;

/** It takes so much of the memory at most. */
const bufferPart = 1 / 64;

const create = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
/** 0 where the system has none. */
const pastCache = constants.O_DIRECT ?? 0;

/** Bytes in the arena. */
interface Buffers {
  readonly both: readonly [Uint8Array, Uint8Array];
  readonly region: Region;
}

export class SyncedFile {
  readonly #path: string;
  readonly #buffers: Buffers | null;
  #file: number;
  /** Of which buffer. */
  #filling = 0;
  #filled = 0;
  #position = 0;
  #underway: Promise<void> | null = null;
  #failure: unknown = null;

  /**
   * `path` must not exist. `region` is the file's from now on, for buffers; null for none. Errors are those of the
   * system. `finish` or `close` must be called.
   */
  constructor(path: string, region: Region | null) {
    this.#path = path;
    this.#buffers = pastCache === 0 ? null : buffersIn(region);
    try {
      this.#file = openNew(path, this.#buffers !== null);
    } catch (error) {
      this.#buffers?.region.release();
      throw error;
    }
  }

  /** Bytes given so far. */
  get bytes(): number {
    return this.#position;
  }

  /** The pieces may be written over when it returns. */
  write(pieces: readonly Uint8Array[]): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#buffers !== null) {
      for (const piece of pieces) this.#fill(piece);
    } else {
      writePieces(this.#file, pieces, this.#position, (bytes) => {
        this.#position += bytes;
      });
    }
  }

  /** Returns when all is on the disk, and closes the file. */
  async finish(): Promise<void> {
    try {
      await this.#underway;
      if (this.#failure !== null) throw this.#failure;
      if (this.#filled > 0) this.#writeRest();
      this.#buffers?.region.release();
      await promisify(fsync)(this.#file);
    } finally {
      await this.close();
    }
  }

  /** Leaves the file as it is; harmless after `finish`. */
  async close(): Promise<void> {
    await this.#underway;
    this.#buffers?.region.release();
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  #fill(piece: Uint8Array): void {
    for (let done = 0; done < piece.length; ) {
      const buffer = this.#buffers!.both[this.#filling]!;
      const bytes = Math.min(piece.length - done, buffer.length - this.#filled);
      buffer.set(piece.subarray(done, done + bytes), this.#filled);
      done += bytes;
      this.#filled += bytes;
      this.#position += bytes;
      if (this.#filled === buffer.length) this.#pass(buffer);
    }
  }

  /** Sends a full buffer on its way. Where the other has not arrived, or nobody knows yet how the file system takes it, waits. */
  #pass(buffer: Uint8Array): void {
    const at = this.#position - this.#filled;
    this.#filled = 0;
    if (at === 0 || this.#underway !== null) {
      this.#writeNow(buffer, at);
      return;
    }
    this.#filling = 1 - this.#filling;
    this.#underway = new Promise((arrived) => {
      write(this.#file, buffer, 0, buffer.length, at, (error, bytes) => {
        try {
          if (error !== null) throw error;
          if (bytes < buffer.length) this.#writeNow(buffer.subarray(bytes), at + bytes);
        } catch (failure) {
          this.#failure = failure;
        }
        this.#underway = null;
        arrived();
      });
    });
  }

  /** The last sector is filled up, and cut off again. */
  #writeRest(): void {
    const buffer = this.#buffers!.both[this.#filling]!;
    const whole = Math.ceil(this.#filled / sectorBytes) * sectorBytes;
    buffer.fill(0, this.#filled, whole);
    this.#writeNow(buffer.subarray(0, whole), this.#position - this.#filled);
    ftruncateSync(this.#file, this.#position);
  }

  #writeNow(bytes: Uint8Array, at: number): void {
    const put = (): void => writePieces(this.#file, [bytes], at, () => {});
    try {
      put();
    } catch (error) {
      if (at > 0 || systemCode(error) !== 'EINVAL') throw error;
      // Some file systems let a file be opened so, and then not be written.
      closeSync(this.#file);
      this.#file = openSync(this.#path, 'r+');
      put();
    }
  }
}

function openNew(path: string, direct: boolean): number {
  if (!direct) return openSync(path, create);
  try {
    return openSync(path, create | pastCache);
  } catch (error) {
    if (systemCode(error) !== 'EINVAL') throw error;
    return openSync(path, 'w');
  }
}

/** Null where the memory is too small for them. */
function buffersIn(region: Region | null): Buffers | null {
  if (region === null) return null;
  const { bytes, capacity } = region.arena;
  const sectors = Math.floor((capacity * bufferPart) / sectorBytes);
  const length = Math.min(bufferBytes.most, sectors * sectorBytes);
  if (length < bufferBytes.least) return null;
  // The first piece of a region begins with a block, and blocks with a page.
  const address = region.tryReserve(2 * length);
  if (address === 0) return null;
  const middle = address + length;
  return { both: [bytes.subarray(address, middle), bytes.subarray(middle, middle + length)], region };
}
