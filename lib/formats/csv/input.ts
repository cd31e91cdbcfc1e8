/** Bytes of a file, of standard input or of a gzip file, read straight into the arena. */
import { closeSync, createReadStream, fstatSync, openSync, read, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { abortedError, dataError, usageError } from '../../errors.js';

export interface Input {
  /** As the user knows it; `stdin` for `-`. */
  readonly name: string;
  /** Bytes taken from the file so far, and how many it has where that is known; of a compressed file, compressed ones. */
  readonly consumed: number;
  readonly total: number | null;
  /** Whether any part of the file can be read on its own. */
  readonly seekable: boolean;
  /** Reads at least one byte and at most `length` into `bytes` at `at`; 0 at the end. `signal` ends a wait for bytes. */
  read(bytes: Uint8Array, at: number, length: number, signal: AbortSignal): number | Promise<number>;
  close(): void;
}

export function openInput(path: string): Input {
  const open = streams.get(path);
  if (open !== undefined) return open.input();
  const fd = openFile(path);
  const stat = fstatSync(fd);
  if (stat.isDirectory()) {
    closeSync(fd);
    throw dataError(`${path} is a directory, not a CSV file`, { file: path });
  }
  if (!stat.isFile()) {
    const stream = new Stream(path, fd);
    streams.set(path, stream);
    return stream.input();
  }
  const magic = new Uint8Array(2);
  if (readSync(fd, magic, 0, 2, 0) === 2 && magic[0] === 0x1f && magic[1] === 0x8b) {
    closeSync(fd);
    return gzipInput(path, stat.size);
  }
  return fileInput(path, fd, stat.size);
}

/** Bytes [from, to) of a regular file. */
export function readPart(path: string, from: number, to: number): Uint8Array {
  const fd = openFile(path);
  const part = new Uint8Array(to - from);
  const count = readSync(fd, part, 0, part.length, from);
  closeSync(fd);
  return part.subarray(0, count);
}

/** Bytes already in hand, as an input. */
export function bytesInput(name: string, content: Uint8Array): Input {
  let consumed = 0;
  return {
    name,
    total: null,
    seekable: false,
    get consumed() {
      return consumed;
    },
    read(bytes, at, length) {
      const part = content.subarray(consumed, consumed + length);
      bytes.set(part, at);
      consumed += part.length;
      return part.length;
    },
    close() {},
  };
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'EACCES'
          ? 'may not be read'
          : `cannot be opened (${code})`;
    throw dataError(`${path} ${why}`, { file: path });
  }
}

function fileInput(path: string, fd: number, total: number): Input {
  let consumed = 0;
  return {
    name: path,
    total,
    seekable: true,
    get consumed() {
      return consumed;
    },
    read(bytes, at, length) {
      const count = readSync(fd, bytes, at, length, consumed);
      consumed += count;
      return count;
    },
    close: () => closeSync(fd),
  };
}

/** A pipe or a device: read without blocking the event loop. */
function streamInput(name: string, fd: number): Input {
  let consumed = 0;
  return {
    name,
    total: null,
    seekable: false,
    get consumed() {
      return consumed;
    },
    async read(bytes, at, length, signal) {
      const count = await readSome(fd, bytes, at, length, signal);
      consumed += count;
      return count;
    },
    close: () => closeSync(fd),
  };
}

/** What a pipe holds; more comes with the next read. */
const pipeBytes = 65536;

async function readSome(
  fd: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  signal: AbortSignal,
): Promise<number> {
  while (true) {
    // Not straight into the arena: a read that is given up goes on until bytes come, and writes them then.
    const part = new Uint8Array(Math.min(length, pipeBytes));
    const outcome = await readOrAbort(fd, part, signal);
    if (typeof outcome === 'number') {
      bytes.set(part.subarray(0, outcome), at);
      return outcome;
    }
    if (outcome.code === 'EOF') return 0;
    if (outcome.code !== 'EAGAIN') throw outcome;
    // A descriptor that someone made non-blocking, with nothing to read yet.
    await delay(2);
  }
}

function readOrAbort(
  fd: number,
  part: Uint8Array,
  signal: AbortSignal,
): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortedError(signal.reason));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    read(fd, part, 0, part.length, null, (error, count) => {
      signal.removeEventListener('abort', abort);
      resolve(error ?? count);
    });
  });
}

function gzipInput(path: string, total: number): Input {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const unpacked = createGunzip({ chunkSize: 1 << 18 });
  file.on('error', (error) => unpacked.destroy(error));
  const chunks = file.pipe(unpacked)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let rest: Uint8Array = new Uint8Array(0);
  return {
    name: path,
    total,
    seekable: false,
    get consumed() {
      return file.bytesRead;
    },
    async read(bytes, at, length) {
      if (rest.length === 0) {
        try {
          const next = await chunks.next();
          if (next.done) return 0;
          rest = new Uint8Array(next.value.buffer, next.value.byteOffset, next.value.length);
        } catch (cause) {
          throw dataError(
            `${path} cannot be unpacked: ${(cause as Error).message}`,
            { file: path },
            { cause },
          );
        }
      }
      const count = Math.min(length, rest.length);
      bytes.set(rest.subarray(0, count), at);
      rest = rest.subarray(count);
      return count;
    },
    close() {
      file.destroy();
      unpacked.destroy();
    },
  };
}

/**
 * Standard input, a pipe or a device can be read once, but is opened more than once: to learn the schema, then to
 * read. What is read before `stopKeeping` is kept and given again to who opens it next.
 */
class Stream {
  readonly #name: string;
  readonly #fd: number;
  readonly #stream: Input;
  #head: Uint8Array[] = [];
  #keeping = true;
  #spent = false;

  constructor(name: string, fd: number) {
    this.#name = name;
    this.#fd = fd;
    this.#stream = streamInput(name, fd);
  }

  input(): Input {
    const name = this.#name;
    if (this.#spent) throw usageError(`${this.#fd === 0 ? 'standard input' : name} can be read only once`);
    const stream = this.#stream;
    let piece = 0;
    let offset = 0;
    const owner = this;
    return {
      name,
      total: null,
      seekable: false,
      get consumed() {
        return stream.consumed;
      },
      async read(bytes, at, length, signal) {
        const kept = owner.#head[piece];
        if (kept !== undefined) {
          const part = kept.subarray(offset, offset + length);
          bytes.set(part, at);
          offset += part.length;
          if (offset === kept.length) {
            piece++;
            offset = 0;
          }
          return part.length;
        }
        const count = await stream.read(bytes, at, length, signal);
        if (owner.#keeping) {
          owner.#head.push(bytes.slice(at, at + count));
          piece++;
        } else {
          owner.#spent = true;
        }
        return count;
      },
      close() {
        if (!owner.#spent || owner.#fd === 0) return;
        stream.close();
      },
    };
  }

  stopKeeping(): void {
    this.#keeping = false;
  }
}

const streams = new Map([['-', new Stream('stdin', 0)]]);

/** From now on what is read of these paths is not kept, where they are no files. */
export function stopKeeping(paths: readonly string[]): void {
  for (const path of paths) streams.get(path)?.stopKeeping();
}
