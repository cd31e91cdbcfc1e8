// Integers to a narrower width and back. Narrowing keeps the low bytes (the caller knows that the values
// fit); widening repeats the sign or adds zeros, by the type it comes from. Both write whole 16-byte
// vectors, so up to 15 bytes past the last value.

/** Keeps the low half of each lane: 8 -> 4, 4 -> 2 or 2 -> 1 bytes. */
// @ts-ignore: decorator
@inline
function low<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 8) return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
  if (sizeof<T>() == 4) return v128.shuffle<i16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  return v128.shuffle<i8>(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

// @ts-ignore: decorator
@inline
function narrowByHalf<T>(data: usize, length: i32, out: usize): void {
  const end = out + ((<usize>length * sizeof<T>()) >> 1);
  for (; out < end; out += 16, data += 32) v128.store(out, low<T>(v128.load(data), v128.load(data, 16)));
}

// @ts-ignore: decorator
@inline
function narrowByQuarter<T, H>(data: usize, length: i32, out: usize): void {
  const end = out + ((<usize>length * sizeof<T>()) >> 2);
  for (; out < end; out += 16, data += 64)
    v128.store(
      out,
      low<H>(low<T>(v128.load(data), v128.load(data, 16)), low<T>(v128.load(data, 32), v128.load(data, 48))),
    );
}

export function narrow_8_4(data: usize, length: i32, out: usize): void { narrowByHalf<i64>(data, length, out); }
export function narrow_4_2(data: usize, length: i32, out: usize): void { narrowByHalf<i32>(data, length, out); }
export function narrow_2_1(data: usize, length: i32, out: usize): void { narrowByHalf<i16>(data, length, out); }
export function narrow_8_2(data: usize, length: i32, out: usize): void { narrowByQuarter<i64, i32>(data, length, out); }
export function narrow_4_1(data: usize, length: i32, out: usize): void { narrowByQuarter<i32, i16>(data, length, out); }

export function narrow_8_1(data: usize, length: i32, out: usize): void {
  const end = out + <usize>length;
  for (; out < end; out += 8, data += 64) {
    const words = low<i32>(
      low<i64>(v128.load(data), v128.load(data, 16)),
      low<i64>(v128.load(data, 32), v128.load(data, 48)),
    );
    v128.store64_lane(out, low<i16>(words, words), 0);
  }
}

// @ts-ignore: decorator
@inline
function widenByTwo<T>(data: usize, length: i32, out: usize): void {
  const end = out + ((<usize>length * sizeof<T>()) << 1);
  for (; out < end; out += 16, data += 8) v128.store(out, v128.load_ext<T>(data));
}

// @ts-ignore: decorator
@inline
function widenByFour<T, D>(data: usize, length: i32, out: usize): void {
  const end = out + ((<usize>length * sizeof<T>()) << 2);
  for (; out < end; out += 32, data += 8) {
    const doubled = v128.load_ext<T>(data);
    v128.store(out, v128.extend_low<D>(doubled));
    v128.store(out, v128.extend_high<D>(doubled), 16);
  }
}

// @ts-ignore: decorator
@inline
function widenByEight<T, D, Q>(data: usize, length: i32, out: usize): void {
  const end = out + ((<usize>length * sizeof<T>()) << 3);
  for (; out < end; out += 64, data += 8) {
    const doubled = v128.load_ext<T>(data);
    const low = v128.extend_low<D>(doubled);
    const high = v128.extend_high<D>(doubled);
    v128.store(out, v128.extend_low<Q>(low));
    v128.store(out, v128.extend_high<Q>(low), 16);
    v128.store(out, v128.extend_low<Q>(high), 32);
    v128.store(out, v128.extend_high<Q>(high), 48);
  }
}

export function widen_i8_2(data: usize, length: i32, out: usize): void { widenByTwo<i8>(data, length, out); }
export function widen_u8_2(data: usize, length: i32, out: usize): void { widenByTwo<u8>(data, length, out); }
export function widen_i16_4(data: usize, length: i32, out: usize): void { widenByTwo<i16>(data, length, out); }
export function widen_u16_4(data: usize, length: i32, out: usize): void { widenByTwo<u16>(data, length, out); }
export function widen_i32_8(data: usize, length: i32, out: usize): void { widenByTwo<i32>(data, length, out); }
export function widen_u32_8(data: usize, length: i32, out: usize): void { widenByTwo<u32>(data, length, out); }
export function widen_i8_4(data: usize, length: i32, out: usize): void { widenByFour<i8, i16>(data, length, out); }
export function widen_u8_4(data: usize, length: i32, out: usize): void { widenByFour<u8, u16>(data, length, out); }
export function widen_i16_8(data: usize, length: i32, out: usize): void { widenByFour<i16, i32>(data, length, out); }
export function widen_u16_8(data: usize, length: i32, out: usize): void { widenByFour<u16, u32>(data, length, out); }
export function widen_i8_8(data: usize, length: i32, out: usize): void { widenByEight<i8, i16, i32>(data, length, out); }
export function widen_u8_8(data: usize, length: i32, out: usize): void { widenByEight<u8, u16, u32>(data, length, out); }
