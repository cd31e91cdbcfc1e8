// Text from one form of storage to another.
import { copyText, lastLoad } from './copy';

/** How many bytes `length` codes spell out. */
export function unpack_size(codes: usize, length: i32, offsets: usize): f64 {
  let bytes: i64 = 0;
  for (let row = 0; row < length; row++) {
    const entry = offsets + (<usize>load<u32>(codes + (<usize>row << 2)) << 2);
    bytes += load<i32>(entry, 4) - load<i32>(entry);
  }
  return <f64>bytes;
}

/** Spells codes out as plain text: int32 offsets from 0 and the bytes, which have room, and for 15 more. */
export function unpack_codes(
  codes: usize,
  length: i32,
  offsets: usize,
  data: usize,
  outOffsets: usize,
  outData: usize,
): void {
  const last = lastLoad();
  let used = 0;
  store<i32>(outOffsets, 0);
  for (let row = 0; row < length; row++) {
    const entry = offsets + (<usize>load<u32>(codes + (<usize>row << 2)) << 2);
    const start = load<i32>(entry);
    const size = load<i32>(entry, 4) - start;
    copyText(outData + used, data + start, size, last);
    used += size;
    store<i32>(outOffsets + (<usize>row << 2), used, 4);
  }
}

/** `length` + 1 offsets moved so that the first is 0. */
export function unpack_rebase(offsets: usize, length: i32, out: usize): void {
  const first = i32x4.splat(load<i32>(offsets));
  for (let i: usize = 0; i < (<usize>length + 1) << 2; i += 16)
    v128.store(out + i, i32x4.sub(v128.load(offsets + i), first));
}
