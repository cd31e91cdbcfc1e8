// One field of every record in a block, as csv-scan.ts found them: what kernels over a CSV column share.
import { equalBytes } from './hash';
import { offsetBits, quotedField } from './csv-scan';

/** Mirrored in lib/formats/csv/columns.ts. */
@unmanaged
export class Fields {
  block: usize;
  /** Address of the entry before the field's end, in the first record. */
  entries: usize;
  /** Bytes from one record's entries to the next's. */
  stride: usize;
  rows: i32;
  /** Texts that mean null besides the empty one: { length, address } each. */
  tokens: usize;
  tokenCount: i32;
  /** A bitmap of ones; cleared where the field is null. */
  validity: usize;
  nulls: i32;
  out: usize;
  /** Whether only what an inferred type may hold is taken: what is written back the same. */
  strict: i32;
  /** Precision and scale of decimals, or what to do with a timestamp's offset; see from-text.ts. */
  first: i32;
  second: i32;
  /** Why a kernel stopped before the last record: a fault of parse.ts. */
  fault: i32;
  /** For text: the intern table, room for the longest field with doubled quotes, whether UTF-8 is to be checked. */
  table: usize;
  scratch: usize;
  check: i32;
}

/** Where the field lies, without its quotes. */
// @ts-ignore: decorator
@inline
export function fieldStart(entry: usize): i32 {
  return <i32>((load<u32>(entry) & offsetBits) + 1 + (load<u32>(entry, 4) >> 31));
}

// @ts-ignore: decorator
@inline
export function fieldEnd(entry: usize): i32 {
  const end = load<u32>(entry, 4);
  return <i32>((end & offsetBits) - (end >> 31));
}

// @ts-ignore: decorator
@inline
export function isQuoted(entry: usize): bool {
  return (load<u32>(entry, 4) & quotedField) != 0;
}

/** An unquoted field is null if it is empty or one of the tokens. */
// @ts-ignore: decorator
@inline
export function isNull(fields: Fields, entry: usize, at: usize, length: i32): bool {
  if (length == 0) return !isQuoted(entry);
  return fields.tokenCount != 0 && !isQuoted(entry) && isToken(fields, at, length);
}

function isToken(fields: Fields, at: usize, length: i32): bool {
  for (let i = 0; i < fields.tokenCount; i++) {
    const token = fields.tokens + (<usize>i << 3);
    if (load<i32>(token) == length && equalBytes(load<usize>(token, 4), at, length)) return true;
  }
  return false;
}
