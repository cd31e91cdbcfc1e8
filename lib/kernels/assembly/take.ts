// Gathering rows by index. Instances are per width, not per type. An index of -1 reads garbage that is
// never looked at: take_bits_outer and take_present make such a row null.
import { bit, clearBit, setBit } from './bits';
import { copyText, lastLoad } from './copy';

// @ts-ignore: decorator
@inline
function gather<T>(data: usize, indices: usize, out: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const a = load<i32>(indices);
    const b = load<i32>(indices, 4);
    const c = load<i32>(indices, 8);
    const d = load<i32>(indices, 12);
    store<T>(out, load<T>(data + (<usize>a) * sizeof<T>()));
    store<T>(out, load<T>(data + (<usize>b) * sizeof<T>()), sizeof<T>());
    store<T>(out, load<T>(data + (<usize>c) * sizeof<T>()), 2 * sizeof<T>());
    store<T>(out, load<T>(data + (<usize>d) * sizeof<T>()), 3 * sizeof<T>());
    indices += 16;
    out += 4 * sizeof<T>();
  }
  for (; i < count; i++) {
    store<T>(out, load<T>(data + (<usize>load<i32>(indices)) * sizeof<T>()));
    indices += 4;
    out += sizeof<T>();
  }
}

export function take_8(data: usize, indices: usize, out: usize, count: i32): void {
  gather<u8>(data, indices, out, count);
}

export function take_16(data: usize, indices: usize, out: usize, count: i32): void {
  gather<u16>(data, indices, out, count);
}

export function take_32(data: usize, indices: usize, out: usize, count: i32): void {
  gather<u32>(data, indices, out, count);
}

export function take_64(data: usize, indices: usize, out: usize, count: i32): void {
  gather<u64>(data, indices, out, count);
}

export function take_128(data: usize, indices: usize, out: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const from = data + ((<usize>load<i32>(indices + ((<usize>i) << 2))) << 4);
    v128.store(out + ((<usize>i) << 4), v128.load(from));
  }
}

/** Gathers the bits of a bitmap. */
export function take_bits(map: usize, indices: usize, out: usize, count: i32): void {
  for (let i = 0; i < count; i += 8) {
    let byte: u32 = 0;
    const upTo = min(8, count - i);
    for (let j = 0; j < upTo; j++) {
      const index = load<i32>(indices + ((<usize>(i + j)) << 2));
      byte |= (<u32>bit(map, index)) << j;
    }
    store<u8>(out + (i >> 3), <u8>byte);
  }
}

/** As take_bits, but the bit of an index below 0 is 0; a `map` of 0 counts as all ones. */
export function take_bits_outer(map: usize, indices: usize, out: usize, count: i32): void {
  for (let i = 0; i < count; i += 8) {
    let byte: u32 = 0;
    const upTo = min(8, count - i);
    for (let j = 0; j < upTo; j++) {
      const index = load<i32>(indices + ((<usize>(i + j)) << 2));
      if (index >= 0 && (map == 0 || bit(map, index))) byte |= (<u32>1) << j;
    }
    store<u8>(out + (i >> 3), <u8>byte);
  }
}

/** Indices below 0 become 0. */
export function take_clamp(indices: usize, out: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const index = load<i32>(indices + ((<usize>i) << 2));
    store<i32>(out + ((<usize>i) << 2), index < 0 ? 0 : index);
  }
}

/**
 * Offsets of the gathered texts; rows whose bit in `validity` is 0 and rows with an index below 0 get no
 * bytes. Returns the bytes in all; -1 if 2 GiB do not suffice.
 */
export function take_text_offsets(offsets: usize, indices: usize, validity: usize, out: usize, count: i32): i32 {
  let total: i64 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < count; i++) {
    const index = load<i32>(indices + ((<usize>i) << 2));
    if (index >= 0 && (validity == 0 || bit(validity, i))) {
      const entry = offsets + ((<usize>index) << 2);
      total += load<i32>(entry, 4) - load<i32>(entry);
    }
    store<i32>(out + ((<usize>(i + 1)) << 2), <i32>total);
  }
  return total > i32.MAX_VALUE - 64 ? -1 : <i32>total;
}

/** Copies the texts to where `outOffsets` says; 16 spare bytes must follow them. */
export function take_text_bytes(
  data: usize,
  offsets: usize,
  indices: usize,
  out: usize,
  outOffsets: usize,
  count: i32,
): void {
  const limit = lastLoad();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const next = load<i32>(outOffsets + ((<usize>(i + 1)) << 2));
    if (next != at) {
      const index = load<i32>(indices + ((<usize>i) << 2));
      const start = load<i32>(offsets + ((<usize>index) << 2));
      copyText(out + at, data + start, next - at, limit);
    }
    at = next;
  }
}

/** By four bits: the positions of those that are set, one behind another. */
const setOfFour: usize = memory.data<u32>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 1, 2, 0, 0, 0, 1, 2, 0, 3, 0, 0, 0,
  0, 3, 0, 0, 1, 3, 0, 0, 0, 1, 3, 0, 2, 3, 0, 0, 0, 2, 3, 0, 1, 2, 3, 0, 0, 1, 2, 3,
]);

/**
 * Writes the positions of set bits; with a `validity` other than 0, of bits set in both. Returns how many.
 * `out` has room for `length` rounded up to four.
 */
export function take_indices(map: usize, validity: usize, length: i32, out: usize): i32 {
  let to = out;
  const words = (length + 63) >> 6;
  for (let w = 0; w < words; w++) {
    let bits = load<u64>(map + (w << 3));
    if (validity != 0) bits &= load<u64>(validity + (w << 3));
    const rest = length - (w << 6);
    if (rest < 64) bits &= (<u64>1 << rest) - 1;
    const base = w << 6;
    // Without branches, since bits cannot be predicted: four at once where they are many.
    if (popcnt<u64>(bits) > 8) {
      for (let four = i32x4.splat(base); bits != 0; bits >>= 4) {
        const set = <u32>bits & 15;
        v128.store(to, i32x4.add(four, v128.load(setOfFour + (set << 4))));
        to += popcnt<u32>(set) << 2;
        four = i32x4.add(four, i32x4.splat(4));
      }
    } else {
      while (bits != 0) {
        store<i32>(to, base + <i32>ctz<u64>(bits));
        to += 4;
        bits &= bits - 1;
      }
    }
  }
  return <i32>((to - out) >> 2);
}

/** from, from + 1, ... */
export function take_sequence(out: usize, from: i32, count: i32): void {
  for (let i = 0; i < count; i++) store<i32>(out + ((<usize>i) << 2), from + i);
}

/** out[rows[i]] = from + i */
export function take_scatter(rows: usize, count: i32, from: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    store<i32>(out + ((<usize>load<i32>(rows + ((<usize>i) << 2))) << 2), from + i);
  }
}

/** Row i of the second of two columns laid end to end where its bit is set, else row i of the first. */
export function take_choice(bits: usize, length: i32, out: usize): void {
  for (let i = 0; i < length; i++) {
    store<i32>(out + ((<usize>i) << 2), i + (bit(bits, i) ? length : 0));
  }
}

/** Appends `length` bits behind the first `at` of `out`; a `map` of 0 counts as all ones. */
export function take_append_bits(map: usize, out: usize, at: i32, length: i32): void {
  for (let i = 0; i < length; i++) {
    if (map == 0 || bit(map, i)) setBit(out, at + i);
    else clearBit(out, at + i);
  }
}

/** out[i + 1] = offsets[i + 1] + shift */
export function take_append_offsets(offsets: usize, out: usize, length: i32, shift: i32): void {
  for (let i = 1; i <= length; i++) {
    const at = (<usize>i) << 2;
    store<i32>(out + at, load<i32>(offsets + at) + shift);
  }
}
