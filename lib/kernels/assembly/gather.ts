// Gathering rows that lie in chunks (chunks.ts). As in take.ts the instances are per width.
import { bit } from './bits';
import { chunkOf, integerIn, rowIn, textBase, textEntry, valueIn } from './chunks';
import { copyText, lastLoad } from './copy';

// @ts-ignore: decorator
@inline
function at<T>(table: usize, row: u32): T {
  return load<T>(valueIn(chunkOf(table, row), rowIn(row)));
}

// @ts-ignore: decorator
@inline
function gather<T>(table: usize, rows: usize, out: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const a = at<T>(table, load<u32>(rows));
    const b = at<T>(table, load<u32>(rows, 4));
    const c = at<T>(table, load<u32>(rows, 8));
    const d = at<T>(table, load<u32>(rows, 12));
    store<T>(out, a);
    store<T>(out, b, sizeof<T>());
    store<T>(out, c, 2 * sizeof<T>());
    store<T>(out, d, 3 * sizeof<T>());
    rows += 16;
    out += 4 * sizeof<T>();
  }
  for (; i < count; i++) {
    store<T>(out, at<T>(table, load<u32>(rows)));
    rows += 4;
    out += sizeof<T>();
  }
}

export function gather_1(table: usize, rows: usize, out: usize, count: i32): void {
  gather<u8>(table, rows, out, count);
}
export function gather_2(table: usize, rows: usize, out: usize, count: i32): void {
  gather<u16>(table, rows, out, count);
}
export function gather_4(table: usize, rows: usize, out: usize, count: i32): void {
  gather<u32>(table, rows, out, count);
}
export function gather_8(table: usize, rows: usize, out: usize, count: i32): void {
  gather<u64>(table, rows, out, count);
}

export function gather_16(table: usize, rows: usize, out: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    v128.store(out + (<usize>i << 4), v128.load(valueIn(chunkOf(table, row), rowIn(row))));
  }
}

// ---- laying rows together: values that lie side by side are put `stride` bytes apart

// @ts-ignore: decorator
@inline
function spread<T>(data: usize, length: i32, out: usize, stride: i32): void {
  for (let i = 0; i < length; i++) {
    store<T>(out, load<T>(data));
    data += sizeof<T>();
    out += stride;
  }
}

export function gather_spread_1(data: usize, length: i32, out: usize, stride: i32): void {
  spread<u8>(data, length, out, stride);
}
export function gather_spread_2(data: usize, length: i32, out: usize, stride: i32): void {
  spread<u16>(data, length, out, stride);
}
export function gather_spread_4(data: usize, length: i32, out: usize, stride: i32): void {
  spread<u32>(data, length, out, stride);
}
export function gather_spread_8(data: usize, length: i32, out: usize, stride: i32): void {
  spread<u64>(data, length, out, stride);
}
export function gather_spread_16(data: usize, length: i32, out: usize, stride: i32): void {
  for (let i = 0; i < length; i++) {
    v128.store(out, v128.load(data));
    data += 16;
    out += stride;
  }
}

/** Integers or codes of chunks that differ in width, as values of `width` bytes. */
export function gather_mixed(table: usize, rows: usize, out: usize, count: i32, width: i32): void {
  for (let i = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    const value = integerIn(chunkOf(table, row), rowIn(row));
    if (width == 8) store<i64>(out + (<usize>i << 3), value);
    else if (width == 4) store<i32>(out + (<usize>i << 2), <i32>value);
    else store<i16>(out + (<usize>i << 1), <i16>value);
  }
}

/** Bits of the bitmaps whose addresses are `field` bytes into the entries; a bitmap at 0 counts as all ones. */
export function gather_bits(table: usize, field: i32, rows: usize, out: usize, count: i32): void {
  for (let i = 0; i < count; i += 8) {
    let byte: u32 = 0;
    const upTo = min(8, count - i);
    for (let j = 0; j < upTo; j++) {
      const row = load<u32>(rows + (<usize>(i + j) << 2));
      const map = load<usize>(chunkOf(table, row) + field);
      if (map == 0 || bit(map, rowIn(row))) byte |= (<u32>1) << j;
    }
    store<u8>(out + (i >> 3), <u8>byte);
  }
}

/**
 * Offsets of the gathered texts; rows whose bit in `validity`, that of the result, is 0 get no bytes. Returns the bytes
 * in all; -1 if 2 GiB do not suffice.
 */
export function gather_text_offsets(table: usize, rows: usize, validity: usize, out: usize, count: i32): i32 {
  let total: i64 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < count; i++) {
    if (validity == 0 || bit(validity, i)) {
      const row = load<u32>(rows + (<usize>i << 2));
      const entry = textEntry(chunkOf(table, row), rowIn(row));
      total += load<i32>(entry, 4) - load<i32>(entry);
    }
    store<i32>(out + (<usize>(i + 1) << 2), <i32>total);
  }
  return total > i32.MAX_VALUE - 64 ? -1 : <i32>total;
}

/** Copies the texts to where `offsets` says; 16 spare bytes must follow them. */
export function gather_text_bytes(table: usize, rows: usize, out: usize, offsets: usize, count: i32): void {
  const limit = lastLoad();
  let from = 0;
  for (let i = 0; i < count; i++) {
    const next = load<i32>(offsets + (<usize>(i + 1) << 2));
    if (next != from) {
      const row = load<u32>(rows + (<usize>i << 2));
      const chunk = chunkOf(table, row);
      copyText(out + from, textBase(chunk) + load<u32>(textEntry(chunk, rowIn(row))), next - from, limit);
    }
    from = next;
  }
}

/**
 * Orders rows by chunk: their rows in their chunks go to `local`, those of the first chunk first, and where each row
 * went to `positions`. `ends`, cleared before, tells where each chunk's end.
 */
export function gather_by_chunk(rows: usize, count: i32, ends: usize, chunks: i32, local: usize, positions: usize): void {
  for (let i = 0; i < count; i++) {
    const end = ends + ((<usize>load<u32>(rows + (<usize>i << 2)) >> 16) << 2);
    store<u32>(end, load<u32>(end) + 1);
  }
  let at: u32 = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    const end = ends + (<usize>chunk << 2);
    const n = load<u32>(end);
    store<u32>(end, at);
    at += n;
  }
  for (let i = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    const end = ends + ((<usize>row >> 16) << 2);
    const place = load<u32>(end);
    store<u32>(end, place + 1);
    store<u32>(local + (<usize>place << 2), rowIn(row));
    store<u32>(positions + (<usize>i << 2), place);
  }
}
