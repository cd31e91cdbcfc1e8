// Where aggregates keep what they know of a group. Helpers of kernels.
//
// A group's struct begins with its row count; the state of each aggregate follows, and begins with `missing`:
// how many of the group's rows gave it no value (null, or left out by a filter). So a batch without nulls
// touches no counter but the one that all aggregates share, and the values seen are rows - missing.
//
// A kernel that updates must not touch `missing` where it is given no validity bitmap: until the first null the word is
// not there (group-structs.ts), and `states` is such that what follows it still is at `states` + 8. Kernels that merge
// or finish find it always.
//
// Kernels are given, for each row, its group's place: group * stride, how far its struct is from the first. So
// it is worked out once for all aggregates. `states` is the address of the aggregate's state in the first struct.

// @ts-ignore: decorator
@inline
export function stateOf(states: usize, places: usize, row: i32): usize {
  return states + load<u32>(places + (<usize>row << 2));
}

// @ts-ignore: decorator
@inline
export function miss(state: usize): void {
  store<i64>(state, load<i64>(state) + 1);
}

/** Signed 128 bits at `at`, low word first: += value. */
// @ts-ignore: decorator
@inline
export function addWide(at: usize, low: u64, high: i64): void {
  const before = load<u64>(at);
  const after = before + low;
  store<u64>(at, after);
  // Mostly nothing: of a small negative value the -1 and the carry cancel.
  const change = high + i64(after < before);
  if (change != 0) store<i64>(at, load<i64>(at, 8) + change, 8);
}

/** Marks row `index` of a bitmap that was cleared before. */
// @ts-ignore: decorator
@inline
export function present(map: usize, index: i32): void {
  const at = map + (<usize>index >> 3);
  store<u8>(at, load<u8>(at) | (<u8>1 << <u8>(index & 7)));
}
