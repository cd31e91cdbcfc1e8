/**
 * Compressed buffers of Arrow: the unpacked length as int64 (-1: stored as it is), then an LZ4 frame ("LZ4 Frame
 * Format Description" 1.6.4) or a Zstandard frame. A buffer is unpacked whole.
 */
import type { Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';
import { type Body, damaged, inArena } from './messages.js';

export function unpacked(body: Body, codec: string, path: string, region: Region, runtime: Runtime): Body {
  if (body.size === 0) return body;
  if (body.size < 8) throw damaged(path, 'a compressed buffer');
  const prefix = new Uint8Array(8);
  body.read(0, prefix);
  const size = Number(new DataView(prefix.buffer).getBigInt64(0, true));
  const packedSize = body.size - 8;
  if (size === -1) return { size: packedSize, read: (offset, target) => body.read(offset + 8, target) };
  // Neither codec packs a thousand times; more is damage, not data.
  if (size < 0 || size > packedSize * 2 ** 16) throw damaged(path, 'a compressed buffer');
  const out = region.reserve(size + slack);
  const packed = region.reserve(packedSize);
  body.read(8, region.arena.bytes.subarray(packed, packed + packedSize));
  const isWhole =
    codec === 'LZ4'
      ? unpackLz4(packed, packedSize, out, size, runtime)
      : unpackZstandard(packed, packedSize, out, size, runtime);
  if (!isWhole) throw damaged(path, codec === 'LZ4' ? 'an LZ4 buffer' : 'a Zstandard buffer');
  return inArena(out, size, runtime);
}

/** What the decompressor may overwrite behind a buffer. */
const slack = 64;

/** False if the frame is damaged or does not give `size` bytes. */
function unpackLz4(frame: number, frameSize: number, out: number, size: number, runtime: Runtime): boolean {
  const { view, bytes } = runtime.arena;
  const end = frame + frameSize;
  if (frameSize < 7 || view.getUint32(frame, true) !== 0x184d2204) return false;
  const flags = view.getUint8(frame + 4);
  const blockChecksums = (flags & 16) !== 0;
  let at = frame + 7 + ((flags & 8) !== 0 ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0);
  let to = out;
  while (at + 4 <= end) {
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) return to === out + size;
    const length = word & 0x7fffffff;
    if (length > end - at) return false;
    if (word >= 0x80000000) {
      if (length > out + size - to) return false;
      bytes.copyWithin(to, at, at + length);
      to += length;
    } else {
      to = runtime.kernels.lz4_block(at, at + length, to, out, out + size) >>> 0;
      if (to === 0) return false;
    }
    at += length + (blockChecksums ? 4 : 0);
  }
  return false;
}

function unpackZstandard(
  frame: number,
  frameSize: number,
  out: number,
  size: number,
  { arena, kernels }: Runtime,
): boolean {
  const region = arena.region('decompression');
  try {
    const work = region.reserve(kernels.zstd_room());
    return Boolean(kernels.zstd_unpack(frame, frameSize, out, size, work));
  } finally {
    region.release();
  }
}
