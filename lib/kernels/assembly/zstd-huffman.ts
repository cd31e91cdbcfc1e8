// Zstandard's Huffman coded literals (RFC 8878, 4.2). The table has 2^11 entries at most: the symbol, and above it how
// many bits stand for it. Helpers of kernels, not kernels.
import { bitsAt, bitsBefore, bitsOf, highBit } from './zstd-bits';
import { buildTable, fseScratch, readCounts } from './zstd-fse';

const mostBits: u32 = 11;

/** Bytes that `readHuffman` works in: counts, a table of 64 entries, weights. */
export const huffmanScratch: usize = fseScratch + 512 + 256;

/** Reads a tree in [data, end). Returns the bytes it takes, times 16, plus the bits of its longest code; 0 if damaged. */
export function readHuffman(data: usize, end: usize, scratch: usize, table: usize): usize {
  if (data >= end) return 0;
  const weights = scratch + fseScratch + 512;
  const head = <usize>load<u8>(data++);
  let symbols: u32 = 0;
  let taken: usize = 1;
  if (head >= 128) {
    symbols = <u32>head - 127;
    const bytes = <usize>((symbols + 1) >> 1);
    if (bytes > end - data) return 0;
    for (let i: u32 = 0; i < symbols; i++) {
      const pair = load<u8>(data + (i >> 1));
      store<u8>(weights + i, (i & 1) == 0 ? pair >> 4 : pair & 15);
    }
    taken += bytes;
  } else {
    if (head > end - data) return 0;
    symbols = readWeights(data, head, scratch, weights);
    if (symbols == 0) return 0;
    taken += head;
  }
  const bits = buildCodes(weights, symbols, table);
  return bits == 0 ? 0 : (taken << 4) | <usize>bits;
}

/** Returns how many weights there are; 0 if they are damaged. */
function readWeights(data: usize, size: usize, scratch: usize, weights: usize): u32 {
  const read = readCounts(data, data + size, 16, 6, scratch);
  if (read == 0) return 0;
  const table = scratch + fseScratch;
  const log = <u32>read & 255;
  buildTable(scratch, <u32>(read >> 8) & 255, log, 0, 0, table);
  const start = data + <usize>(read >> 16);
  let at = bitsOf(start, size - <usize>(read >> 16)) - <i32>log * 2;
  if (at < 0) return 0;
  let one = <usize>bitsAt(start, at + <i32>log, log);
  let other = <usize>bitsAt(start, at, log);
  let symbols: u32 = 0;
  // Two states in turn, until bits do not suffice; the other one has a last symbol then.
  while (symbols < 254) {
    const entry = table + (one << 3);
    store<u8>(weights + symbols++, load<u8>(entry));
    const bits = <u32>load<u8>(entry, 6);
    at -= bits;
    if (at < 0) {
      store<u8>(weights + symbols++, load<u8>(table + (other << 3)));
      return symbols;
    }
    const next = <usize>load<u16>(entry, 4) + <usize>bitsAt(start, at, bits);
    one = other;
    other = next;
  }
  return 0;
}

/** The last symbol has the weight that is left. Returns the bits of the longest code; 0 if the weights do not fit. */
function buildCodes(weights: usize, symbols: u32, table: usize): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < symbols; i++) {
    const weight = <u32>load<u8>(weights + i);
    if (weight > mostBits) return 0;
    if (weight > 0) sum += 1 << (weight - 1);
  }
  if (sum == 0) return 0;
  const bits = highBit(sum) + 1;
  const left: u32 = (1 << bits) - sum;
  if (bits > mostBits || (left & (left - 1)) != 0) return 0;
  store<u8>(weights + symbols++, <u8>(highBit(left) + 1));
  let out = table;
  for (let weight: u32 = 1; weight <= bits; weight++) {
    for (let i: u32 = 0; i < symbols; i++) {
      if (load<u8>(weights + i) != weight) continue;
      const entry = <u16>(i | ((bits + 1 - weight) << 8));
      const end = out + ((<usize>1) << weight);
      for (; out < end; out += 2) store<u16>(out, entry);
    }
  }
  return bits;
}

// @ts-ignore: decorator
@inline
function entryAt(table: usize, bits: u64, rest: u64): u32 {
  return load<u16>(table + <usize>((bits >> rest) << 1));
}

/** Decodes `count` symbols of one stream. */
export function oneStream(data: usize, size: usize, table: usize, log: u32, out: usize, count: usize): bool {
  return restOf(data, bitsOf(data, size), table, log, out, out + count);
}

/** Decodes from the place `at` on to [out, end); the stream ends there. */
function restOf(data: usize, at: i32, table: usize, log: u32, out: usize, end: usize): bool {
  const rest = <u64>(64 - log);
  while (out < end) {
    if (at < 0) return false;
    const entry = entryAt(table, bitsBefore(data, at), rest);
    store<u8>(out++, <u8>entry);
    at -= entry >> 8;
  }
  return at == 0;
}

/** Decodes `count` symbols of four streams behind the sizes of three; each has a quarter of them, rounded up. */
export function fourStreams(data: usize, size: usize, table: usize, log: u32, out: usize, count: usize): bool {
  if (size < 10) return false;
  const quarter = (count + 3) >> 2;
  if (quarter * 3 > count) return false;
  const a = data + 6;
  const b = a + load<u16>(data);
  const c = b + load<u16>(data, 2);
  const d = c + load<u16>(data, 4);
  const end = data + size;
  if (d >= end) return false;
  let atA = bitsOf(a, b - a);
  let atB = bitsOf(b, c - b);
  let atC = bitsOf(c, d - c);
  let atD = bitsOf(d, end - d);
  let outA = out;
  let outB = out + quarter;
  let outC = outB + quarter;
  let outD = outC + quarter;
  const rest = <u64>(64 - log);
  // Five codes of 11 bits are in what is loaded at once; streams in turn, since each waits for its own table.
  for (let n = (count - quarter * 3) / 5; n > 0; n--) {
    if ((atA | atB | atC | atD) < 0) return false;
    let bitsA = bitsBefore(a, atA);
    let bitsB = bitsBefore(b, atB);
    let bitsC = bitsBefore(c, atC);
    let bitsD = bitsBefore(d, atD);
    for (let i = 0; i < 5; i++) {
      const entryA = entryAt(table, bitsA, rest);
      const entryB = entryAt(table, bitsB, rest);
      const entryC = entryAt(table, bitsC, rest);
      const entryD = entryAt(table, bitsD, rest);
      store<u8>(outA++, <u8>entryA);
      store<u8>(outB++, <u8>entryB);
      store<u8>(outC++, <u8>entryC);
      store<u8>(outD++, <u8>entryD);
      bitsA <<= <u64>(entryA >> 8);
      bitsB <<= <u64>(entryB >> 8);
      bitsC <<= <u64>(entryC >> 8);
      bitsD <<= <u64>(entryD >> 8);
      atA -= entryA >> 8;
      atB -= entryB >> 8;
      atC -= entryC >> 8;
      atD -= entryD >> 8;
    }
  }
  return (
    restOf(a, atA, table, log, outA, out + quarter) &&
    restOf(b, atB, table, log, outB, out + quarter * 2) &&
    restOf(c, atC, table, log, outC, out + quarter * 3) &&
    restOf(d, atD, table, log, outD, out + count)
  );
}
