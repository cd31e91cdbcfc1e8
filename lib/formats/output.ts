/**
 * Where a format's bytes go: a file that appears whole or not at all, or standard output.
 *
 *   create ─▶ hidden beside the target ─▶ write … ─▶ finish: sync, rename onto the target
 *                                                  abort: removed
 */
import { closeSync, constants, fsyncSync, openSync, type Stats, statSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { PendingOutput } from '../../spill/pending-output.js';
import { type Stoppable, stopIfAborted } from '../breathe.js';
import { usageError } from '../errors.js';
import { systemCode, writeError } from '../write-error.js';

const compress = promisify(gzip);

export interface Output {
  /** Bytes taken so far. */
  readonly bytes: number;
  /** Returns when the bytes are handed to the system, so that they may lie in the arena. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the file appear. */
  finish(): Promise<void>;
  /** Leaves nothing behind; also after an error, and harmless after `finish`. */
  abort(): Promise<void>;
}

/**
 * `path` is `-` for standard output. An existing file is refused with a usage error unless `overwrite`, and
 * replaced only by `finish`. A device or a pipe is written to as it is; an aborted `run` waits for no reader.
 */
export async function createOutput(path: string, overwrite: boolean, run: Stoppable): Promise<Output> {
  if (path === '-') return new Direct(1, 'standard output', false, run);
  const found = stat(path);
  if (found?.isDirectory())
    throw usageError(`${path} is a folder; give the name of a file in it`, { file: path });
  if (found?.isFIFO()) return new Direct(await openPipe(path, run), path, true, run);
  if (found !== undefined && !found.isFile()) return new Direct(open(path, 'w', path), path, true, run);
  const { createPending } = await import('../../spill/pending-output.js');
  const pending = await createPending(path, overwrite ? keepFolder : null);
  try {
    return new Whole(pending, open(pending.content, 'wx', path), run);
  } catch (error) {
    pending.abort();
    throw error;
  }
}

/** Text for a path that ends in .gz is compressed with gzip. */
export function packed(path: string, output: Output): Output {
  return /\.gz$/i.test(path) ? new Gzipped(output) : output;
}

const keepFolder = (path: string): string | null => (stat(path)?.isDirectory() ? 'is a folder' : null);

class Whole implements Output {
  readonly #pending: PendingOutput;
  readonly #run: Stoppable;
  #fd: number;
  #bytes = 0;

  constructor(pending: PendingOutput, fd: number, run: Stoppable) {
    this.#pending = pending;
    this.#fd = fd;
    this.#run = run;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await writeAll(this.#fd, bytes, this.#pending.path, this.#run);
    this.#bytes += bytes.length;
  }

  async finish(): Promise<void> {
    try {
      fsyncSync(this.#fd);
      this.#close();
    } catch (error) {
      throw writeError(error, this.#pending.path);
    }
    this.#pending.commit();
  }

  async abort(): Promise<void> {
    this.#close();
    this.#pending.abort();
  }

  #close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    closeSync(fd);
  }
}

/** Standard output, a device, a named pipe: what is written is gone. */
class Direct implements Output {
  readonly #name: string;
  readonly #owned: boolean;
  readonly #run: Stoppable;
  #fd: number;
  #bytes = 0;

  constructor(fd: number, name: string, owned: boolean, run: Stoppable) {
    this.#fd = fd;
    this.#name = name;
    this.#owned = owned;
    this.#run = run;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await writeAll(this.#fd, bytes, this.#name, this.#run);
    this.#bytes += bytes.length;
  }

  async finish(): Promise<void> {
    this.#close();
  }

  async abort(): Promise<void> {
    this.#close();
  }

  #close(): void {
    if (!this.#owned || this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    closeSync(fd);
  }
}

/** Every write becomes a member of its own: a gzip file is one or more of them (RFC 1952). */
class Gzipped implements Output {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  get bytes(): number {
    return this.#output.bytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) await this.#output.write(await compress(bytes));
  }

  async finish(): Promise<void> {
    if (this.#output.bytes === 0) await this.#output.write(await compress(new Uint8Array()));
    await this.#output.finish();
  }

  abort(): Promise<void> {
    return this.#output.abort();
  }
}

/** A write may take only a part, and a pipe whose reader is slow may take nothing for now. */
async function writeAll(fd: number, bytes: Uint8Array, name: string, run: Stoppable): Promise<void> {
  for (let done = 0, wait = 1; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done, bytes.length - done);
      wait = 1;
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw writeError(error, name);
      wait = await waited(wait, run);
    }
  }
}

/** Opening a pipe that nobody reads would hold up the whole process, signals too: so it is tried again and again. */
async function openPipe(path: string, run: Stoppable): Promise<number> {
  for (let wait = 1; ; ) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (systemCode(error) !== 'ENXIO') throw writeError(error, path);
      wait = await waited(wait, run);
    }
  }
}

/** Waits so many milliseconds; returns how many to wait the next time. */
async function waited(wait: number, run: Stoppable): Promise<number> {
  await setTimeout(wait);
  stopIfAborted(run);
  return Math.min(wait * 2, 50);
}

function stat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw writeError(error, path);
  }
}

function open(path: string, flags: string, named: string): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    throw writeError(error, named);
  }
}
