/*
 * Zstandard (RFC 8878, "Zstandard Compression and the 'application/zstd' Media Type", 2021). Dictionaries are not known;
 * checksums are not looked at. What a frame keeps from block to block is in the room to work in:
 *
 *   0 Huffman table | 4096 literal lengths | 8192 match lengths | 12288 offsets | 14336 frame: see below
 *   14400 scratch | 16384 literals of a block
 *
 *   frame: three last offsets | bits of the states of literal lengths, offsets, match lengths, -1: no table | bits of Huffman codes
 */
import { copyMatch } from './copy';
import { bitsAt, bitsOf } from './zstd-bits';
import { buildTable, fseScratch, readCounts } from './zstd-fse';
import { fourStreams, huffmanScratch, oneStream, readHuffman } from './zstd-huffman';

const mostBlock: usize = 131072;

const lengthTable: usize = 4096;
const matchTable: usize = 8192;
const offsetTable: usize = 12288;
const frameState: usize = 14336;
const lengthLog: usize = frameState + 12;
const offsetLog: usize = frameState + 16;
const matchLog: usize = frameState + 20;
const huffmanLog: usize = frameState + 24;
const scratch: usize = 14400;
const literalRoom: usize = 16384;
/** Of a block: where its literals begin, how many there are, and where what follows them begins. */
const literalsAt: usize = frameState + 28;
const literalCount: usize = frameState + 32;
const sectionEnd: usize = frameState + 36;

const lengthBases: usize = memory.data<u32>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512, 1024,
  2048, 4096, 8192, 16384, 32768, 65536,
]);
const lengthExtras: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]);
const matchBases: usize = memory.data<u32>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
  34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539,
]);
const matchExtras: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3,
  3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]);
const offsetBases: usize = memory.data<u32>([
  1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576,
  2097152, 4194304, 8388608, 16777216, 33554432, 67108864, 134217728, 268435456, 536870912, 1073741824, 2147483648,
]);
const offsetExtras: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
]);

/** The counts of blocks that tell none. */
const usualLengths: usize = memory.data<i16>([
  4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
]);
const usualOffsets: usize = memory.data<i16>([
  1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
]);
const usualMatches: usize = memory.data<i16>([
  1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
]);

/** Bytes that `zstd_unpack` works in. */
export function zstd_room(): i32 {
  return <i32>(literalRoom + mostBlock + 64);
}

/**
 * Unpacks the `size` bytes at `data` to `out`; true if that gave `full` bytes. Up to 64 bytes behind them may be
 * overwritten; `work` is room for `zstd_room` bytes.
 */
export function zstd_unpack(data: usize, size: usize, out: usize, full: usize, work: usize): bool {
  const end = data + size;
  const limit = out + full;
  while (end - data >= 8) {
    const magic = load<u32>(data);
    data += 4;
    if ((magic & 0xfffffff0) == 0x184d2a50) {
      const skipped = <usize>load<u32>(data);
      if (skipped > end - data - 4) return false;
      data += 4 + skipped;
      continue;
    }
    if (magic != 0xfd2fb528) return false;
    const flags = <u32>load<u8>(data++);
    const isSingle = (flags & 32) != 0;
    // A dictionary and bits that mean nothing yet are not known.
    if ((flags & 0x0b) != 0) return false;
    const sizeLog = flags >> 6;
    data += (isSingle ? 0 : 1) + (sizeLog == 0 ? (isSingle ? 1 : 0) : <usize>1 << sizeLog);
    store<u32>(work + frameState, 1);
    store<u32>(work + frameState, 4, 4);
    store<u32>(work + frameState, 8, 8);
    store<i32>(work + lengthLog, -1);
    store<i32>(work + offsetLog, -1);
    store<i32>(work + matchLog, -1);
    store<u32>(work + huffmanLog, 0);
    const first = out;
    for (let isLast = false; !isLast; ) {
      if (data + 3 > end) return false;
      const head = <u32>load<u16>(data) | ((<u32>load<u8>(data, 2)) << 16);
      data += 3;
      isLast = (head & 1) != 0;
      const kind = (head >> 1) & 3;
      const bytes = <usize>(head >> 3);
      if (kind == 1) {
        if (data >= end || bytes > limit - out) return false;
        memory.fill(out, load<u8>(data++), bytes);
        out += bytes;
        continue;
      }
      if (bytes > end - data) return false;
      if (kind == 0) {
        if (bytes > limit - out) return false;
        memory.copy(out, data, bytes);
        out += bytes;
      } else {
        if (kind == 3 || bytes > mostBlock) return false;
        out = block(data, data + bytes, out, first, limit, work);
        if (out == 0) return false;
      }
      data += bytes;
    }
    if ((flags & 4) != 0) data += 4;
    if (data > end) return false;
  }
  return data == end && out == limit;
}

/** Returns where what it unpacks ends; 0 if the block is damaged. */
function block(data: usize, end: usize, out: usize, first: usize, limit: usize, work: usize): usize {
  if (!literals(data, end, work)) return 0;
  data = <usize>load<u32>(work + sectionEnd);
  if (data >= end) return 0;
  let count = <u32>load<u8>(data++);
  if (count == 255) {
    if (data + 2 > end) return 0;
    count = <u32>load<u16>(data) + 0x7f00;
    data += 2;
  } else if (count >= 128) {
    if (data >= end) return 0;
    count = ((count - 128) << 8) + load<u8>(data++);
  }
  if (count > 0) {
    if (data >= end) return 0;
    const modes = <u32>load<u8>(data++);
    data = table(modes >> 6, data, end, 36, 9, lengthBases, lengthExtras, usualLengths, 6, lengthTable, lengthLog, work);
    if (data == 0) return 0;
    data = table((modes >> 4) & 3, data, end, 32, 8, offsetBases, offsetExtras, usualOffsets, 5, offsetTable, offsetLog, work);
    if (data == 0) return 0;
    data = table((modes >> 2) & 3, data, end, 53, 9, matchBases, matchExtras, usualMatches, 6, matchTable, matchLog, work);
    if (data == 0) return 0;
    out = sequences(data, end, count, out, first, limit, work);
    if (out == 0) return 0;
  }
  const left = <usize>load<u32>(work + literalCount);
  if (left > limit - out) return 0;
  memory.copy(out, <usize>load<u32>(work + literalsAt), left);
  return out + left;
}

/** Reads the literals of the block in [data, end); false if they are damaged. */
function literals(data: usize, end: usize, work: usize): bool {
  if (data >= end) return false;
  const kind = <u32>load<u8>(data) & 3;
  const form = (<u32>load<u8>(data) >> 2) & 3;
  if (kind < 2) {
    const bytes: usize = (form & 1) == 0 ? 1 : form == 1 ? 2 : 3;
    if (bytes > end - data) return false;
    const count = <usize>((load<u32>(data) & (0xffffffff >> (32 - (<u32>bytes << 3)))) >> (bytes == 1 ? 3 : 4));
    data += bytes;
    const stored: usize = kind == 0 ? count : 1;
    if (count > mostBlock || stored > end - data) return false;
    if (kind == 1) memory.fill(work + literalRoom, load<u8>(data), count);
    store<u32>(work + literalsAt, <u32>(kind == 0 ? data : work + literalRoom));
    store<u32>(work + literalCount, <u32>count);
    store<u32>(work + sectionEnd, <u32>(data + stored));
    return true;
  }
  const bits: u64 = form < 2 ? 10 : form == 2 ? 14 : 18;
  const head = <usize>((4 + 2 * bits + 7) >> 3);
  if (head > end - data) return false;
  const sizes = load<u64>(data) >> 4;
  const count = <usize>(sizes & (((<u64>1) << bits) - 1));
  const stored = <usize>((sizes >> bits) & (((<u64>1) << bits) - 1));
  data += head;
  if (count > mostBlock || stored > end - data) return false;
  const behind = data + stored;
  if (kind == 2) {
    const tree = readHuffman(data, behind, work + scratch, work);
    if (tree == 0) return false;
    store<u32>(work + huffmanLog, <u32>tree & 15);
    data += tree >> 4;
  }
  const log = load<u32>(work + huffmanLog);
  if (log == 0) return false;
  store<u32>(work + literalsAt, <u32>(work + literalRoom));
  store<u32>(work + literalCount, <u32>count);
  store<u32>(work + sectionEnd, <u32>behind);
  const room = work + literalRoom;
  if (form == 0) return oneStream(data, behind - data, work, log, room, count);
  return fourStreams(data, behind - data, work, log, room, count);
}

/** Reads one of the three tables, or leaves it as it was; returns where what follows begins, 0 if it is damaged. */
function table(mode: u32, data: usize, end: usize, symbols: u32, mostLog: u32, bases: usize, extras: usize, usual: usize, usualLog: u32, at: usize, log: usize, work: usize): usize {
  const counts = work + scratch;
  if (mode == 0) {
    const known: u32 = symbols == 32 ? 29 : symbols;
    memory.copy(counts, usual, known << 1);
    buildTable(counts, known, usualLog, bases, extras, work + at);
    store<u32>(work + log, usualLog);
    return data;
  }
  if (mode == 1) {
    if (data >= end) return 0;
    const symbol = <usize>load<u8>(data);
    if (symbol >= symbols) return 0;
    store<u32>(work + at, load<u32>(bases + (symbol << 2)));
    store<u32>(work + at, (<u32>load<u8>(extras + symbol)) << 24, 4);
    store<u32>(work + log, 0);
    return data + 1;
  }
  if (mode == 2) {
    const read = readCounts(data, end, symbols, mostLog, counts);
    if (read == 0) return 0;
    const bits = <u32>read & 255;
    buildTable(counts, <u32>(read >> 8) & 255, bits, bases, extras, work + at);
    store<u32>(work + log, bits);
    return data + <usize>(read >> 16);
  }
  return load<i32>(work + log) < 0 ? 0 : data;
}

/** Carries the sequences out: literals, then a match. Returns where they end; 0 if they are damaged. */
function sequences(data: usize, end: usize, count: u32, out: usize, first: usize, limit: usize, work: usize): usize {
  let at = bitsOf(data, end - data);
  const lengthBits = load<u32>(work + lengthLog);
  const offsetBits = load<u32>(work + offsetLog);
  const matchBits = load<u32>(work + matchLog);
  at -= lengthBits;
  let length = work + lengthTable + ((<usize>bitsAt(data, at, lengthBits)) << 3);
  at -= offsetBits;
  let offset = work + offsetTable + ((<usize>bitsAt(data, at, offsetBits)) << 3);
  at -= matchBits;
  let match = work + matchTable + ((<usize>bitsAt(data, at, matchBits)) << 3);
  let one = load<u32>(work + frameState);
  let two = load<u32>(work + frameState, 4);
  let three = load<u32>(work + frameState, 8);
  let from = <usize>load<u32>(work + literalsAt);
  let left = <usize>load<u32>(work + literalCount);
  for (; ; count--) {
    if (at < 0) return 0;
    const offsetExtra = <u32>load<u8>(offset, 7);
    at -= offsetExtra;
    let distance = load<u32>(offset) + <u32>bitsAt(data, at, offsetExtra);
    const matchExtra = <u32>load<u8>(match, 7);
    const lengthExtra = <u32>load<u8>(length, 7);
    at -= matchExtra + lengthExtra;
    const both = bitsAt(data, at, matchExtra + lengthExtra);
    const copied = <usize>(load<u32>(match) + <u32>(both >> lengthExtra));
    const plain = <usize>(load<u32>(length) + (<u32>both & ((1 << lengthExtra) - 1)));
    if (distance > 3) {
      distance -= 3;
      three = two;
      two = one;
      one = distance;
    } else {
      // One of the last three offsets; without literals, the next of them, and at last one less than the last.
      const which = distance - (plain != 0 ? 1 : 0);
      if (which == 0) {
        distance = one;
      } else {
        distance = which == 1 ? two : which == 2 ? three : one - 1;
        if (which != 1) three = two;
        two = one;
        one = distance;
      }
    }
    if (plain > left || plain + copied > limit - out) return 0;
    for (let i: usize = 0; i < plain; i += 16) v128.store(out + i, v128.load(from + i));
    out += plain;
    from += plain;
    left -= plain;
    if (distance == 0 || <usize>distance > out - first) return 0;
    copyMatch(out, distance, copied);
    out += copied;
    if (count == 1) break;
    const lengthNext = <u32>load<u8>(length, 6);
    const matchNext = <u32>load<u8>(match, 6);
    const offsetNext = <u32>load<u8>(offset, 6);
    at -= lengthNext + matchNext + offsetNext;
    const next = bitsAt(data, at, lengthNext + matchNext + offsetNext);
    length = work + lengthTable + ((<usize>load<u16>(length, 4) + <usize>(next >> (matchNext + offsetNext))) << 3);
    match = work + matchTable + ((<usize>load<u16>(match, 4) + <usize>((next >> offsetNext) & (((<u64>1) << matchNext) - 1))) << 3);
    offset = work + offsetTable + ((<usize>load<u16>(offset, 4) + <usize>(next & (((<u64>1) << offsetNext) - 1))) << 3);
  }
  if (at != 0) return 0;
  store<u32>(work + frameState, one);
  store<u32>(work + frameState, two, 4);
  store<u32>(work + frameState, three, 8);
  store<u32>(work + literalsAt, <u32>from);
  store<u32>(work + literalCount, <u32>left);
  return out;
}
