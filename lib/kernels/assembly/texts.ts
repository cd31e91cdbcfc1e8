// Where a row's text is, in plain and in coded columns. Helpers of kernels, not kernels.

/** Address of the offsets entry of a row's text; `codes` is 0 for plain text. */
// @ts-ignore: decorator
@inline
export function entryOf(offsets: usize, codes: usize, row: i32): usize {
  return offsets + ((codes == 0 ? <usize>row : <usize>load<i32>(codes + (<usize>row << 2))) << 2);
}
