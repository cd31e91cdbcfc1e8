/** The messages of an Arrow file or stream, one after another; bodies are read piece by piece where that is possible. */
import { statSync } from 'node:fs';
import { type ByteSource, openBytes } from '../../../spill/bytes.js';
import {
  type BatchMessage,
  continuation,
  decodeFooter,
  decodeMessage,
  type Footer,
  type IpcField,
  magic,
} from '../../arrow/ipc.js';
import { dataError } from '../../errors.js';
import type { Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';
import { type Input, openInput } from '../input.js';

/** Bytes that can be read at any position. */
export interface Body {
  readonly size: number;
  read(offset: number, target: Uint8Array): void;
}

export interface ArrowMessage {
  /** Position in the file; 0 where there is none. */
  readonly at: number;
  readonly message: BatchMessage;
  /** Valid until the next message is asked for. */
  readonly body: Body;
}

export interface ArrowInput {
  readonly path: string;
  readonly fields: readonly IpcField[];
  /** Null where it is not known before the end. */
  readonly bytes: number | null;
  /** Can batches be read without those before them? */
  readonly seekable: boolean;
  /** Dictionaries come before the batches that use them. */
  messages(): AsyncGenerator<ArrowMessage, void, void>;
  close(): void;
}

/** More than any schema or batch can have; a greater length is a sign of damage. */
const mostMetadata = 2 ** 28;

/** `path` is `-` for standard input. A regular file may be of the file or of the stream format. */
export async function openArrow(path: string, runtime: Runtime): Promise<ArrowInput> {
  if (path !== '-' && statSync(path, { throwIfNoEntry: false })?.isFile() !== false) {
    const source = openBytes(path);
    try {
      return isFileFormat(source) ? fileInput(source) : await streamInput(source.path, positions(source));
    } catch (error) {
      source.close();
      throw error;
    }
  }
  const input = await openInput(path, runtime.signal);
  const region = runtime.arena.region(`reading ${input.name}`);
  try {
    return await streamInput(input.name, arrivals(input, region, runtime));
  } catch (error) {
    region.release();
    input.close();
    throw error;
  }
}

function isFileFormat(source: ByteSource): boolean {
  const start = Buffer.alloc(Math.min(magic.length, source.size));
  source.read(0, start);
  return start.equals(magic);
}

/** The footer tells where everything is. */
function fileInput(source: ByteSource): ArrowInput {
  const { path, size } = source;
  const footer = readFooter(source);
  return {
    path,
    fields: footer.fields,
    bytes: size,
    seekable: footer.batches.every(({ offset }, i) => i === 0 || footer.batches[i - 1]!.offset < offset),
    async *messages() {
      for (const block of [...footer.dictionaries, ...footer.batches]) {
        const prefix = Buffer.alloc(8);
        if (block.offset < 0 || block.offset + block.metadata + block.body > size)
          throw damaged(path, 'its footer');
        source.read(block.offset, prefix);
        const legacy = prefix.readUInt32LE(0) !== continuation;
        const metadata = Buffer.alloc(Math.max(0, block.metadata - (legacy ? 4 : 8)));
        source.read(block.offset + (legacy ? 4 : 8), metadata);
        const message = decodeMessage(metadata, path);
        if (message.kind !== 'batch') throw damaged(path, 'a batch');
        yield { at: block.offset, message, body: part(source, block.offset + block.metadata, block.body) };
      }
    },
    close: () => source.close(),
  };
}

function readFooter(source: ByteSource): Footer {
  const { path, size } = source;
  const end = Buffer.alloc(4 + magic.length);
  if (size < 8 + end.length) throw damaged(path, 'its end');
  source.read(size - end.length, end);
  const length = end.readInt32LE(0);
  if (!end.subarray(4).equals(magic) || length <= 0 || length + end.length + 8 > size)
    throw damaged(path, 'its end, which is not that of an Arrow file');
  const footer = Buffer.alloc(length);
  source.read(size - end.length - length, footer);
  return decodeFooter(footer, path);
}

/** What a stream is read from: bytes in order. */
interface Sequence {
  readonly bytes: number | null;
  /** Fills the target; false if there is nothing left at all. */
  fill(target: Uint8Array): boolean | Promise<boolean>;
  /** The next so many bytes as a body; they count as taken. */
  body(bytes: number): Body | Promise<Body>;
  close(): void;
}

async function streamInput(path: string, sequence: Sequence): Promise<ArrowInput> {
  const first = await nextMetadata(path, sequence);
  const schema = first === null ? null : decodeMessage(first, path);
  if (schema?.kind !== 'schema')
    throw dataError(`${path} is not Arrow: it does not begin with a schema`, { file: path });
  return {
    path,
    fields: schema.fields,
    bytes: sequence.bytes,
    seekable: false,
    async *messages() {
      for (;;) {
        const metadata = await nextMetadata(path, sequence);
        if (metadata === null) return;
        const message = decodeMessage(metadata, path);
        if (message.kind !== 'batch') throw dataError(`${path} has a second schema`, { file: path });
        yield { at: 0, message, body: await sequence.body(message.body) };
      }
    },
    close: () => sequence.close(),
  };
}

/** Null at the end of the stream, told or not. */
async function nextMetadata(path: string, sequence: Sequence): Promise<Uint8Array | null> {
  const word = new Uint8Array(4);
  const view = new DataView(word.buffer);
  if (!(await sequence.fill(word))) return null;
  // Before format 0.15 the length stood alone.
  if (view.getUint32(0, true) === continuation && !(await sequence.fill(word)))
    throw damaged(path, 'a message');
  const length = view.getInt32(0, true);
  if (length === 0) return null;
  if (length === magic.readInt32LE(0))
    throw dataError(
      `${path} is an Arrow file, which is read from its end, but a pipe has only a beginning; give the path of the file, or pipe the stream format (.arrows)`,
      { file: path },
    );
  if (length < 0 || length > mostMetadata)
    throw dataError(`${path} is not Arrow, or damaged: a message of ${length} bytes`, { file: path });
  const metadata = new Uint8Array(length);
  if (!(await sequence.fill(metadata))) throw damaged(path, 'a message');
  return metadata;
}

/** A stream that lies in a regular file. */
function positions(source: ByteSource): Sequence {
  let at = 0;
  return {
    bytes: source.size,
    fill(target) {
      if (at === source.size) return false;
      source.read(at, target);
      at += target.length;
      return true;
    },
    body(bytes) {
      const body = part(source, at, bytes);
      at += bytes;
      return body;
    },
    close: () => source.close(),
  };
}

/** A stream that comes through a pipe: a body is taken into the arena whole. */
function arrivals(input: Input, region: Region, runtime: Runtime): Sequence {
  const { bytes } = region.arena;
  const take = async (target: Uint8Array): Promise<boolean> => {
    for (let done = 0; done < target.length; ) {
      const got = await input.read(target, done, target.length - done, runtime.signal);
      if (got === 0 && done === 0) return false;
      if (got === 0) throw damaged(input.name, 'its end: it is cut short');
      done += got;
    }
    return true;
  };
  return {
    bytes: null,
    fill: take,
    async body(size) {
      region.reset();
      const address = region.reserve(size);
      if (size > 0 && !(await take(bytes.subarray(address, address + size))))
        throw damaged(input.name, 'its end: it is cut short');
      return inArena(address, size, runtime);
    },
    close() {
      region.release();
      input.close();
    },
  };
}

export function inArena(address: number, size: number, { arena }: Runtime): Body {
  return {
    size,
    read: (offset, target) =>
      target.set(arena.bytes.subarray(address + offset, address + offset + target.length)),
  };
}

function part(source: ByteSource, from: number, size: number): Body {
  return { size, read: (offset, target) => source.read(from + offset, target) };
}

export function damaged(path: string, what: string): Error {
  return dataError(`${path} is damaged: ${what} cannot be read`, { file: path });
}
