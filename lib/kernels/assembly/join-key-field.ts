// The layout of a join's key field, which the kernels read.

/** How a field becomes a digit; mirrored in lib/kernels/join-keys.ts. */
@unmanaged
export class KeyField {
  /** The least value. */
  base: i64;
  /** Values from `base` on that have a digit. */
  span: u64;
  /** What the digit is multiplied by. */
  weight: u64;
  /** The digit of null; all ones where null matches nothing. */
  nothing: u64;
}
