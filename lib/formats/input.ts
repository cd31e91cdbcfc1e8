/** Bytes of a file, of standard input or of a gzip file, read straight into the arena. */
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  open,
  openSync,
  read,
  readSync,
  statSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { isatty, ReadStream as TerminalStream } from 'node:tty';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { abortedError, dataError, usageError } from '../errors.js';

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

/** `signal` ends the wait for somebody to write into a named pipe. */
export async function openInput(path: string, signal: AbortSignal): Promise<Input> {
  const known = streams.get(path);
  if (known !== undefined) return known.input();
  const isPipe = statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
  const fd = isPipe ? await openPipe(path, signal) : openFile(path);
  const stat = fstatSync(fd);
  if (stat.isDirectory()) {
    closeSync(fd);
    throw dataError(`${path} is a directory, not a file`, { file: path });
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
  return fileInput(path, fd, stat.size, 0);
}

/** A regular file that is not compressed, from a position on. */
export function openInputAt(path: string, from: number): Input {
  const fd = openFile(path);
  return fileInput(path, fd, fstatSync(fd).size, from);
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
    throw openError(path, cause);
  }
}

/**
 * Opening a named pipe waits until somebody writes into it, on a thread beside the event loop. A wait that is given
 * up is ended by opening the pipe for writing ourselves: the thread must not hang when the process wants to end.
 */
function openPipe(path: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortedError(signal.reason));
    let writer = -1;
    const abort = (): void => {
      writer = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      reject(abortedError(signal.reason));
    };
    signal.addEventListener('abort', abort, { once: true });
    open(path, 'r', (cause, fd) => {
      signal.removeEventListener('abort', abort);
      if (writer >= 0) {
        closeSync(writer);
        if (cause === null) closeSync(fd);
      } else if (cause === null) {
        resolve(fd);
      } else {
        reject(openError(path, cause));
      }
    });
  });
}

function openError(path: string, cause: unknown): Error {
  const { code } = cause as NodeJS.ErrnoException;
  const why =
    code === 'ENOENT'
      ? 'does not exist'
      : code === 'EACCES'
        ? 'may not be read'
        : `cannot be opened (${code})`;
  return dataError(`${path} ${why}`, { file: path });
}

function fileInput(path: string, fd: number, total: number, from: number): Input {
  let consumed = from;
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

/**
 * A pipe, a socket or a terminal: read when the system says that there is something, never on a thread. A thread that
 * waits in a read cannot be called back, and keeps an interrupted process from ending.
 */
function pipeInput(name: string, fd: number): Input {
  const pipe: Socket = isatty(fd)
    ? new TerminalStream(fd)
    : new Socket({ fd, readable: true, writable: false });
  const chunks = pipe[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let rest: Uint8Array = new Uint8Array(0);
  let consumed = 0;
  return {
    name,
    total: null,
    seekable: false,
    get consumed() {
      return consumed;
    },
    async read(bytes, at, length, signal) {
      if (rest.length === 0) {
        const next = await nextOrAbort(pipe, chunks, signal);
        if (next === null) return 0;
        rest = next;
      }
      const count = Math.min(length, rest.length);
      bytes.set(rest.subarray(0, count), at);
      rest = rest.subarray(count);
      consumed += count;
      return count;
    },
    close: () => pipe.destroy(),
  };
}

/** Null at the end. Only while somebody waits for it does the pipe keep the process alive. */
async function nextOrAbort(
  pipe: Socket,
  chunks: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  // What was given up must not look as if it had ended.
  if (pipe.errored) throw pipe.errored;
  const abort = (): void => {
    pipe.destroy(abortedError(signal.reason));
  };
  if (signal.aborted) throw abortedError(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  pipe.ref();
  try {
    const next = await chunks.next();
    return next.done ? null : next.value;
  } finally {
    pipe.unref();
    signal.removeEventListener('abort', abort);
  }
}

/** A device, or a file as standard input: there is always something to read. */
function deviceInput(name: string, fd: number): Input {
  let consumed = 0;
  return {
    name,
    total: null,
    seekable: false,
    get consumed() {
      return consumed;
    },
    async read(bytes, at, length) {
      const { bytesRead } = await readSome(fd, bytes, at, length, null);
      consumed += bytesRead;
      return bytesRead;
    },
    close: () => closeSync(fd),
  };
}

const readSome = promisify(read);

function streamInput(name: string, fd: number): Input {
  const stat = fstatSync(fd);
  return stat.isFIFO() || stat.isSocket() || isatty(fd) ? pipeInput(name, fd) : deviceInput(name, fd);
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
  #stream: Input | null = null;
  #head: Uint8Array[] = [];
  #keeping = true;
  #spent = false;

  constructor(name: string, fd: number) {
    this.#name = name;
    this.#fd = fd;
  }

  input(): Input {
    const name = this.#name;
    if (this.#spent) throw usageError(`${this.#fd === 0 ? 'standard input' : name} can be read only once`);
    this.#stream ??= streamInput(name, this.#fd);
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
