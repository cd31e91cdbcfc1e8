// Zstandard's finite state entropy tables (RFC 8878, 4.1). An entry has 8 bytes: 0 the value (a symbol, or the least of
// the values it stands for) | 4 next state, less the bits that are read | 6 how many those are | 7 extra bits of the
// value. Helpers of kernels, not kernels.
import { highBit } from './zstd-bits';

/** Counts of symbols (int16), and then the states that are next for each (int16). */
export const fseScratch: usize = 1024;

const states: usize = 512;

/**
 * Reads counts of at most `most` symbols in [data, end) to `scratch`. Returns the bytes they take, times 65536, plus
 * symbols times 256, plus the accuracy in bits, which is at most `mostLog`; or 0 if they are damaged.
 */
export function readCounts(data: usize, end: usize, most: u32, mostLog: u32, scratch: usize): u64 {
  if (data >= end) return 0;
  const log = (<u32>load<u8>(data) & 15) + 5;
  if (log > mostLog) return 0;
  const size = <u64>(end - data) << 3;
  let at: u64 = 4;
  let left: i32 = 1 << log;
  let symbols: usize = 0;
  while (left > 0) {
    if (<u32>symbols >= most || at > size) return 0;
    const bits = highBit(left + 1) + 1;
    let value = <i32>((load<u64>(data + <usize>(at >> 3)) >> (at & 7)) & (((<u64>1) << bits) - 1));
    const low = (1 << (bits - 1)) - 1;
    const threshold = (1 << bits) - 2 - left;
    if ((value & low) < threshold) {
      value &= low;
      at += bits - 1;
    } else {
      if (value > low) value -= threshold;
      at += bits;
    }
    const count = value - 1;
    left -= count < 0 ? 1 : count;
    store<i16>(scratch + ((symbols++) << 1), <i16>count);
    if (count != 0) continue;
    for (let zeros: u32 = 3; zeros == 3; ) {
      zeros = <u32>(load<u16>(data + <usize>(at >> 3)) >> <u16>(at & 7)) & 3;
      at += 2;
      if (<u32>symbols + zeros > most || at > size) return 0;
      for (let i: u32 = 0; i < zeros; i++) store<i16>(scratch + ((symbols++) << 1), 0);
    }
  }
  if (left != 0 || at > size) return 0;
  return (((at + 7) >> 3) << 16) | (<u64>symbols << 8) | log;
}

/**
 * Makes a table of 2^log entries from the counts in `scratch`. `bases` (uint32) and `extras` (uint8) tell what symbols
 * stand for; 0 where they stand for themselves.
 */
export function buildTable(scratch: usize, symbols: u32, log: u32, bases: usize, extras: usize, table: usize): void {
  const size: u32 = 1 << log;
  let high = size;
  for (let s: u32 = 0; s < symbols; s++) {
    const count = load<i16>(scratch + ((<usize>s) << 1));
    store<u16>(scratch + states + ((<usize>s) << 1), <u16>(count < 0 ? 1 : count));
    if (count < 0) {
      high--;
      store<u32>(table + ((<usize>high) << 3), s);
    }
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at: u32 = 0;
  for (let s: u32 = 0; s < symbols; s++) {
    for (let i = <i32>load<i16>(scratch + ((<usize>s) << 1)); i > 0; i--) {
      store<u32>(table + ((<usize>at) << 3), s);
      do {
        at = (at + step) & (size - 1);
      } while (at >= high);
    }
  }
  for (let i: u32 = 0; i < size; i++) {
    const entry = table + ((<usize>i) << 3);
    const symbol = <usize>load<u32>(entry);
    const slot = scratch + states + (symbol << 1);
    const state = <u32>load<u16>(slot);
    store<u16>(slot, <u16>(state + 1));
    const bits = log - highBit(state);
    if (bases != 0) store<u32>(entry, load<u32>(bases + (symbol << 2)));
    store<u16>(entry, <u16>((state << bits) - size), 4);
    store<u8>(entry, <u8>bits, 6);
    store<u8>(entry, extras == 0 ? 0 : load<u8>(extras + symbol), 7);
  }
}
