/** Compressed buffers: the length unpacked as int64 (-1: stored as it is), then an LZ4 frame or a Zstandard frame. */
import { dataError } from '../../errors.js';
import type { Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';
import type { Body } from './messages.js';

export function unpacked(body: Body, codec: string, path: string, _region: Region, _runtime: Runtime): Body {
  if (body.size === 0) return body;
  const prefix = Buffer.alloc(8);
  body.read(0, prefix);
  if (prefix.readBigInt64LE() === -1n)
    return { size: body.size - 8, read: (offset, target) => body.read(offset + 8, target) };
  throw dataError(`${path} is compressed with ${codec}, which is not supported; write it uncompressed`, {
    file: path,
  });
}
