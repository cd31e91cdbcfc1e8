/** Pages as they are stored, unpacked in the arena. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { CompressionCodec } from 'hyparquet';
import { roomIn, type Space } from './space.js';

/** Bytes in the arena. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** How many times smaller a codec can make a page at most: more is damage, and is told before memory is asked for it. */
const mostTimes: Readonly<Record<CompressionCodec, number>> = {
  UNCOMPRESSED: 1,
  SNAPPY: 64,
  GZIP: 1100,
  LZO: 0,
  BROTLI: Infinity,
  LZ4: 260,
  LZ4_RAW: 260,
  ZSTD: 2 ** 16,
};

/** Refuses what cannot be unpacked to `full` bytes whatever it holds. */
export function checkSizes(codec: CompressionCodec, packed: number, full: number): void {
  const most = mostTimes[codec];
  if (!(most > 0)) throw new Error(`it is compressed with ${codec}, which is not supported`);
  if (full > (packed + 64) * most) throw new Error(`a page of ${packed} bytes claims to have ${full}`);
}

/** Unpacks to `out`, where `full` bytes and the slack of a page have room. */
export function unpack(
  codec: CompressionCodec,
  { start, end }: Span,
  out: number,
  full: number,
  space: Space,
): void {
  if (!unpacked(codec, start, end, out, full, space))
    throw new Error(`a page is no ${codec} of ${full} bytes`);
}

function unpacked(
  codec: CompressionCodec,
  start: number,
  end: number,
  out: number,
  full: number,
  space: Space,
): boolean {
  const { arena, kernels } = space.runtime;
  const { bytes } = arena;
  const size = end - start;
  switch (codec) {
    case 'UNCOMPRESSED':
      if (size === full) bytes.copyWithin(out, start, end);
      return size === full;
    case 'SNAPPY':
      return Boolean(kernels.snappy_unpack(start, size, out, full));
    case 'ZSTD':
      return Boolean(kernels.zstd_unpack(start, size, out, full, roomIn(space.work, kernels.zstd_room())));
    case 'LZ4_RAW':
      return kernels.lz4_block(start, end, out, out, out + full) >>> 0 === out + full;
    case 'LZ4':
      return (
        unpackedHadoop(start, end, out, full, space) || unpacked('LZ4_RAW', start, end, out, full, space)
      );
    case 'GZIP':
      return placed(gunzipSync(bytes.subarray(start, end), { maxOutputLength: full }), out, full, bytes);
    case 'BROTLI':
      return placed(
        brotliDecompressSync(bytes.subarray(start, end), { maxOutputLength: full }),
        out,
        full,
        bytes,
      );
    case 'LZO':
      return false;
  }
}

function placed(page: Uint8Array, out: number, full: number, bytes: Uint8Array): boolean {
  if (page.length !== full) return false;
  bytes.set(page, out);
  return true;
}

/** LZ4 as Hadoop frames it: before each block its two sizes, big endian. Some writers left the frame out. */
function unpackedHadoop(start: number, end: number, out: number, full: number, space: Space): boolean {
  const { arena, kernels } = space.runtime;
  let at = start;
  let to = out;
  while (at + 8 <= end) {
    const next = to + arena.view.getUint32(at);
    const behind = at + 8 + arena.view.getUint32(at + 4);
    if (behind > end || next > out + full) return false;
    if (kernels.lz4_block(at + 8, behind, to, to, next) >>> 0 !== next) return false;
    at = behind;
    to = next;
  }
  return at === end && to === out + full;
}
