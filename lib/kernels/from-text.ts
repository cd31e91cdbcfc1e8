/** Text columns to typed ones: the cast from utf8, and the measure of what a text means anywhere. */
import { bitmapBytes, fixedVector, type Vector } from '../arrow/batch.js';
import { type DataType, physicalOf, typeName, widthOf } from '../arrow/types.js';
import type { Arena, Region } from '../memory/arena.js';
import { type Kernels, kernel } from './wasm.js';

export interface FromText {
  /** Null where the text was null and where it does not parse. */
  readonly vector: Vector;
  /** The first row whose text is no such value, -1 if there is none. */
  readonly firstBad: number;
}

/**
 * `column` is text, plain or coded; the result is placed in `region`. Spaces around a value are allowed, digits
 * that the type cannot hold are not: a decimal with too many places, a timestamp finer than a microsecond, an
 * offset where the type has no zone. A timestamp without offset is taken as UTC; a type with another zone
 * needs the offset.
 */
export function fromText(
  column: Vector,
  type: DataType,
  region: Region,
  runtime: { readonly arena: Arena; readonly kernels: Kernels },
): FromText {
  if (type.kind === 'utf8') return { vector: column, firstBad: -1 };
  const { arena, kernels } = runtime;
  const { length, dictionary } = column;
  const validity = region.reserve(bitmapBytes(length));
  if (column.validity === 0) kernels.bitmap_fill(validity, length);
  else arena.bytes.copyWithin(validity, column.validity, column.validity + bitmapBytes(length));
  const width = widthOf(type);
  const out = width === 0 ? region.reserveZeroed(bitmapBytes(length)) : region.reserve(length * width);
  const firstBad = region.reserve(4);
  arena.view.setInt32(firstBad, -1, true);
  const parse = kernel(kernels, `from_text_${parserOf(type)}`);
  const data = dictionary?.data ?? column.data;
  const offsets = dictionary?.offsets ?? column.offsets;
  const codes = dictionary === null ? 0 : column.data;
  const extra = parserArguments(type);
  for (let done = 0; done < length; ) {
    done = parse(data, offsets, codes, validity, done, length, out, firstBad, ...extra);
    if (done === length) break;
    const entry = offsets + 4 * (codes === 0 ? done : arena.view.getInt32(codes + 4 * done, true));
    const start = data + arena.view.getInt32(entry, true);
    const end = data + arena.view.getInt32(entry + 4, true);
    const text = Buffer.from(arena.bytes.subarray(start, end)).toString('latin1');
    if (!placeUndecided(arena, type, text, out + done * width)) {
      arena.bytes[validity + (done >> 3)]! &= ~(1 << (done & 7));
      if (arena.view.getInt32(firstBad, true) < 0) arena.view.setInt32(firstBad, done, true);
    }
    done++;
  }
  const bad = arena.view.getInt32(firstBad, true);
  const vector = fixedVector(type, length, out, column.validity === 0 && bad < 0 ? 0 : validity);
  return { vector, firstBad: bad };
}

/** The suffix of the kernels that parse into this type. */
export function parserOf(type: DataType): string {
  switch (type.kind) {
    case 'date':
    case 'timestamp':
      return type.kind;
    case 'null':
      throw new Error(`bug: no text is ${typeName(type)}`);
    default:
      return physicalOf(type);
  }
}

/** What those kernels take besides: precision and scale, or what is to be done with a timestamp's offset. */
export function parserArguments(type: DataType): number[] {
  if (type.kind === 'decimal') return [type.precision, type.scale];
  if (type.kind !== 'timestamp') return [];
  if (type.zone === null) return [0];
  return [type.zone === 'UTC' || type.zone === 'Etc/UTC' || type.zone === 'Z' ? 1 : 2];
}

/** Places a number with so many digits that the kernel left it to JavaScript; false if it is out of range. */
export function placeUndecided(arena: Arena, type: DataType, text: string, at: number): boolean {
  const value = type.kind === 'float32' ? Math.fround(Number(text)) : Number(text);
  if (type.kind === 'float32') arena.view.setFloat32(at, value, true);
  else arena.view.setFloat64(at, value, true);
  return Number.isFinite(value) && value !== 0;
}
