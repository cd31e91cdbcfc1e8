// Functions of text. A text argument is (data, offsets, step), with step 0 where it is one constant; an integer
// argument is (address of int64s, step). Texts that are pieces of their argument are first found as
// spans, a start for each row and the offsets of the result, which text_spans then copies.
import { copyText, lastLoad } from './copy';
import { equalBytes } from './hash';
import { countPoints, find, isStart, pointAt, sizeOf } from './code-points';

// @ts-ignore: decorator
@inline
function startOf(offsets: usize, step: i32, row: i32): i32 {
  return load<i32>(offsets + ((<usize>(row * step)) << 2));
}

// @ts-ignore: decorator
@inline
function endOf(offsets: usize, step: i32, row: i32): i32 {
  return load<i32>(offsets + ((<usize>(row * step)) << 2), 4);
}

// @ts-ignore: decorator
@inline
function integer(address: usize, step: i32, row: i32): i64 {
  return load<i64>(address + ((<usize>(row * step)) << 3));
}

/** The total of the sizes as an i32; -1 if it does not fit. */
// @ts-ignore: decorator
@inline
function total(bytes: i64): i32 {
  return bytes > i32.MAX_VALUE - 64 ? -1 : <i32>bytes;
}

// @ts-ignore: decorator
@inline
function putBit(out: usize, row: i32, value: bool): void {
  const at = out + (row >> 3);
  if ((row & 7) == 0) store<u8>(at, <u8>value);
  else store<u8>(at, load<u8>(at) | (<u8>value << (<u8>(row & 7))));
}

/** ASCII letters to lower (or `upper`) case. True if there are other bytes than ASCII. */
export function text_case(data: usize, bytes: i32, out: usize, upper: i32): i32 {
  const least = i8x16.splat(upper ? 0x61 : 0x41);
  const most = i8x16.splat(upper ? 0x7a : 0x5a);
  const flip = i8x16.splat(0x20);
  const last = lastLoad();
  let seen = i8x16.splat(0);
  let i = 0;
  for (; i + 16 <= bytes && data + i <= last; i += 16) {
    const text = v128.load(data + i);
    seen = v128.or(seen, text);
    const letters = v128.and(i8x16.ge_s(text, least), i8x16.le_s(text, most));
    v128.store(out + i, v128.xor(text, v128.and(letters, flip)));
  }
  let other = i8x16.bitmask(seen) != 0;
  for (; i < bytes; i++) {
    const c = load<u8>(data + i);
    other = other || c >= 0x80;
    const letter = upper ? c >= 0x61 && c <= 0x7a : c >= 0x41 && c <= 0x5a;
    store<u8>(out + i, letter ? c ^ 0x20 : c);
  }
  return <i32>other;
}

/** out[i] = offsets[i] - offsets[0] */
export function text_rebase(offsets: usize, out: usize, length: i32): void {
  const first = load<i32>(offsets);
  for (let i: usize = 0; i <= <usize>length; i++) store<i32>(out + (i << 2), load<i32>(offsets + (i << 2)) - first);
}

export function text_length(data: usize, offsets: usize, out: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    const start = startOf(offsets, 1, i);
    store<i64>(out + ((<usize>i) << 3), countPoints(data + start, endOf(offsets, 1, i) - start));
  }
}

export function text_byte_length(data: usize, offsets: usize, out: usize, length: i32): void {
  for (let i = 0; i < length; i++)
    store<i64>(out + ((<usize>i) << 3), endOf(offsets, 1, i) - startOf(offsets, 1, i));
}

/**
 * Spans of code points: `from` counts from 1, negative from the end; positions before the first use up the count.
 * `count` 0 as an address means up to the end.
 */
export function text_substr(
  data: usize,
  offsets: usize,
  step: i32,
  from: usize,
  fromStep: i32,
  count: usize,
  countStep: i32,
  starts: usize,
  out: usize,
  length: i32,
): i32 {
  let bytes: i64 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < length; i++) {
    const start = startOf(offsets, step, i);
    const size = endOf(offsets, step, i) - start;
    const text = data + start;
    let first = integer(from, fromStep, i);
    let left = count == 0 ? <i64>i32.MAX_VALUE : min<i64>(integer(count, countStep, i), i32.MAX_VALUE);
    if (first < 0) first = <i64>countPoints(text, size) + max<i64>(first, -2147483648);
    else first--;
    if (first < 0) {
      if (count != 0) left += first;
      first = 0;
    }
    const begin = pointAt(text, size, first);
    const end = left <= 0 ? begin : begin + pointAt(text + begin, size - begin, left);
    store<i32>(starts + ((<usize>i) << 2), start + begin);
    bytes += end - begin;
    store<i32>(out + ((<usize>i) << 2), <i32>bytes, 4);
  }
  return total(bytes);
}

/** The first n code points (or the last, with `right`); without the last (first) -n if n is negative. */
export function text_side(
  data: usize,
  offsets: usize,
  step: i32,
  n: usize,
  nStep: i32,
  right: i32,
  starts: usize,
  out: usize,
  length: i32,
): i32 {
  let bytes: i64 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < length; i++) {
    const start = startOf(offsets, step, i);
    const size = endOf(offsets, step, i) - start;
    const text = data + start;
    const wanted = integer(n, nStep, i);
    let border: i32;
    if (right ? wanted >= 0 : wanted < 0) {
      const points = <i64>countPoints(text, size);
      border = pointAt(text, size, right ? max<i64>(points - wanted, 0) : max<i64>(points + wanted, 0));
    } else {
      border = pointAt(text, size, right ? -wanted : wanted);
    }
    store<i32>(starts + ((<usize>i) << 2), right ? start + border : start);
    bytes += right ? size - border : border;
    store<i32>(out + ((<usize>i) << 2), <i32>bytes, 4);
  }
  return total(bytes);
}

/** Is the code point at `at` one of those in `set`? */
// @ts-ignore: decorator
@inline
function oneOf(at: usize, set: usize, setSize: i32): bool {
  const size = sizeOf(load<u8>(at));
  for (let i = 0; i < setSize; i += sizeOf(load<u8>(set + i))) {
    if (sizeOf(load<u8>(set + i)) == size && memory.compare(at, set + i, size) == 0) return true;
  }
  return false;
}

/** Without the code points of a set at the sides: 1 start, 2 end, 3 both. */
export function text_trim(
  data: usize,
  offsets: usize,
  step: i32,
  set: usize,
  setOffsets: usize,
  setStep: i32,
  sides: i32,
  starts: usize,
  out: usize,
  length: i32,
): i32 {
  let bytes: i64 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < length; i++) {
    let start = startOf(offsets, step, i);
    let end = endOf(offsets, step, i);
    const chars = set + startOf(setOffsets, setStep, i);
    const size = endOf(setOffsets, setStep, i) - startOf(setOffsets, setStep, i);
    if (sides & 1) while (start < end && oneOf(data + start, chars, size)) start += sizeOf(load<u8>(data + start));
    if (sides & 2) {
      while (start < end) {
        let point = end - 1;
        while (point > start && !isStart(load<u8>(data + point))) point--;
        if (!oneOf(data + point, chars, size)) break;
        end = point;
      }
    }
    store<i32>(starts + ((<usize>i) << 2), start);
    bytes += end - start;
    store<i32>(out + ((<usize>i) << 2), <i32>bytes, 4);
  }
  return total(bytes);
}

/** Part n of the text between separators, from the end if negative. An empty separator does not separate. */
export function text_split_part(
  data: usize,
  offsets: usize,
  step: i32,
  separator: usize,
  separatorOffsets: usize,
  separatorStep: i32,
  n: usize,
  nStep: i32,
  starts: usize,
  out: usize,
  length: i32,
): i32 {
  const last = lastLoad();
  let bytes: i64 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < length; i++) {
    const start = startOf(offsets, step, i);
    const size = endOf(offsets, step, i) - start;
    const text = data + start;
    const mark = separator + startOf(separatorOffsets, separatorStep, i);
    const markSize = endOf(separatorOffsets, separatorStep, i) - startOf(separatorOffsets, separatorStep, i);
    let wanted = integer(n, nStep, i);
    if (wanted < 0) {
      let parts: i64 = 1;
      let at = markSize == 0 ? -1 : find(text, size, mark, markSize, 0, last);
      while (at >= 0) {
        parts++;
        at = find(text, size, mark, markSize, at + markSize, last);
      }
      wanted = parts + 1 + wanted;
    }
    let begin = 0;
    let end = 0;
    if (wanted >= 1) {
      end = markSize == 0 ? -1 : find(text, size, mark, markSize, 0, last);
      while (wanted > 1 && end >= 0) {
        begin = end + markSize;
        end = find(text, size, mark, markSize, begin, last);
        wanted--;
      }
      if (wanted > 1) begin = end = 0;
      else if (end < 0) end = size;
    }
    store<i32>(starts + ((<usize>i) << 2), start + begin);
    bytes += end - begin;
    store<i32>(out + ((<usize>i) << 2), <i32>bytes, 4);
  }
  return total(bytes);
}

/** Copies spans to where `outOffsets` says; 16 spare bytes must follow. */
export function text_spans(data: usize, starts: usize, outOffsets: usize, out: usize, length: i32): void {
  const last = lastLoad();
  let at = 0;
  for (let i = 0; i < length; i++) {
    const next = load<i32>(outOffsets + ((<usize>i) << 2), 4);
    if (next != at) copyText(out + at, data + load<i32>(starts + ((<usize>i) << 2)), next - at, last);
    at = next;
  }
}

/** what: 0 starts with, 1 ends with, 2 contains. Bits. */
export function text_matches(
  data: usize,
  offsets: usize,
  step: i32,
  part: usize,
  partOffsets: usize,
  partStep: i32,
  what: i32,
  out: usize,
  length: i32,
): void {
  const last = lastLoad();
  for (let i = 0; i < length; i++) {
    const text = data + startOf(offsets, step, i);
    const size = endOf(offsets, step, i) - startOf(offsets, step, i);
    const other = part + startOf(partOffsets, partStep, i);
    const otherSize = endOf(partOffsets, partStep, i) - startOf(partOffsets, partStep, i);
    let found: bool;
    if (what == 2) found = find(text, size, other, otherSize, 0, last) >= 0 && size >= otherSize;
    else {
      found =
        size >= otherSize && equalBytes(what == 0 ? text : text + size - otherSize, other, otherSize);
    }
    putBit(out, i, found);
  }
}

/** The code point, from 1, where a part first occurs; 0 if it does not. */
export function text_strpos(
  data: usize,
  offsets: usize,
  step: i32,
  part: usize,
  partOffsets: usize,
  partStep: i32,
  out: usize,
  length: i32,
): void {
  const last = lastLoad();
  for (let i = 0; i < length; i++) {
    const text = data + startOf(offsets, step, i);
    const size = endOf(offsets, step, i) - startOf(offsets, step, i);
    const other = part + startOf(partOffsets, partStep, i);
    const at = find(text, size, other, endOf(partOffsets, partStep, i) - startOf(partOffsets, partStep, i), 0, last);
    store<i64>(out + ((<usize>i) << 3), at < 0 ? 0 : countPoints(text, at) + 1);
  }
}

/** Tokens of a compiled pattern that are not a byte. */
const ANY_POINT = 256;
const ANY_TEXT = 257;

/** Does a text match tokens (int32 each)? Goes back only to the last ANY_TEXT, so it is quadratic at worst. */
function matches(text: usize, size: i32, tokens: usize, count: i32): bool {
  let i = 0;
  let t = 0;
  let retryToken = -1;
  let retryAt = 0;
  while (i < size) {
    const token = t < count ? load<i32>(tokens + ((<usize>t) << 2)) : -1;
    if (token == ANY_TEXT) {
      retryToken = ++t;
      retryAt = i;
    } else if (token == ANY_POINT) {
      i += sizeOf(load<u8>(text + i));
      t++;
    } else if (token == <i32>load<u8>(text + i)) {
      i++;
      t++;
    } else if (retryToken >= 0) {
      retryAt += sizeOf(load<u8>(text + retryAt));
      i = retryAt;
      t = retryToken;
    } else return false;
  }
  while (t < count && load<i32>(tokens + ((<usize>t) << 2)) == ANY_TEXT) t++;
  return t == count;
}

export function text_like(data: usize, offsets: usize, tokens: usize, count: i32, out: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    const start = startOf(offsets, 1, i);
    putBit(out, i, matches(data + start, endOf(offsets, 1, i) - start, tokens, count));
  }
}

/** Offsets of texts laid one after another; `parts` are triples (data, offsets, step) of int32. */
export function text_concat_offsets(parts: usize, count: i32, out: usize, length: i32): i32 {
  let bytes: i64 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < length; i++) {
    for (let p = 0; p < count; p++) {
      const part = parts + p * 12;
      bytes += endOf(load<usize>(part, 4), load<i32>(part, 8), i) - startOf(load<usize>(part, 4), load<i32>(part, 8), i);
    }
    store<i32>(out + ((<usize>i) << 2), <i32>bytes, 4);
  }
  return total(bytes);
}

/** 16 spare bytes must follow `out`. */
export function text_concat(parts: usize, count: i32, out: usize, length: i32): void {
  const last = lastLoad();
  for (let i = 0; i < length; i++) {
    for (let p = 0; p < count; p++) {
      const part = parts + p * 12;
      const start = startOf(load<usize>(part, 4), load<i32>(part, 8), i);
      const size = endOf(load<usize>(part, 4), load<i32>(part, 8), i) - start;
      copyText(out, load<usize>(part) + start, size, last);
      out += size;
    }
  }
}

export function text_repeat_offsets(offsets: usize, step: i32, n: usize, nStep: i32, out: usize, length: i32): i32 {
  let bytes: i64 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < length; i++) {
    const times = min<i64>(max<i64>(integer(n, nStep, i), 0), i32.MAX_VALUE);
    bytes += times * <i64>(endOf(offsets, step, i) - startOf(offsets, step, i));
    if (bytes > i32.MAX_VALUE) return -1;
    store<i32>(out + ((<usize>i) << 2), <i32>bytes, 4);
  }
  return total(bytes);
}

export function text_repeat(data: usize, offsets: usize, step: i32, outOffsets: usize, out: usize, length: i32): void {
  const last = lastLoad();
  for (let i = 0; i < length; i++) {
    const start = startOf(offsets, step, i);
    const size = endOf(offsets, step, i) - start;
    const end = endOf(outOffsets, 1, i);
    if (size == 0) continue;
    for (let at = startOf(outOffsets, 1, i); at < end; at += size) copyText(out + at, data + start, size, last);
  }
}

/** With `out` 0 only the offsets of the result are written. An empty `from` replaces nothing. */
export function text_replace(
  data: usize,
  offsets: usize,
  step: i32,
  from: usize,
  fromOffsets: usize,
  fromStep: i32,
  to: usize,
  toOffsets: usize,
  toStep: i32,
  outOffsets: usize,
  out: usize,
  length: i32,
): i32 {
  const last = lastLoad();
  let bytes: i64 = 0;
  if (out == 0) store<i32>(outOffsets, 0);
  for (let i = 0; i < length; i++) {
    const text = data + startOf(offsets, step, i);
    const size = endOf(offsets, step, i) - startOf(offsets, step, i);
    const old = from + startOf(fromOffsets, fromStep, i);
    const oldSize = endOf(fromOffsets, fromStep, i) - startOf(fromOffsets, fromStep, i);
    const fresh = to + startOf(toOffsets, toStep, i);
    const freshSize = endOf(toOffsets, toStep, i) - startOf(toOffsets, toStep, i);
    let at = 0;
    while (true) {
      const found = oldSize == 0 ? -1 : find(text, size, old, oldSize, at, last);
      const kept = (found < 0 ? size : found) - at;
      if (out != 0) copyText(out + <usize>bytes, text + at, kept, last);
      bytes += kept;
      if (found < 0) break;
      if (out != 0) copyText(out + <usize>bytes, fresh, freshSize, last);
      bytes += freshSize;
      at = found + oldSize;
    }
    if (out == 0) store<i32>(outOffsets + ((<usize>i) << 2), <i32>bytes, 4);
  }
  return total(bytes);
}

/** The code points backwards; offsets stay. */
export function text_reverse(data: usize, offsets: usize, outOffsets: usize, out: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    const start = startOf(offsets, 1, i);
    const size = endOf(offsets, 1, i) - start;
    let to = endOf(outOffsets, 1, i);
    for (let at = 0; at < size; ) {
      const point = min(sizeOf(load<u8>(data + start + at)), size - at);
      to -= point;
      for (let j = 0; j < point; j++) store<u8>(out + to + j, load<u8>(data + start + at + j));
      at += point;
    }
  }
}
