// Values as 64-bit integers that order as they do, and the k-th least of them. Helpers of kernels.

/** NaN is the greatest, and -0.0 is 0.0. */
// @ts-ignore: decorator
@inline
export function orderOf<T>(value: T): i64 {
  if (isFloat<T>()) {
    const wide = value == <T>0 ? 0.0 : value != value ? NaN : <f64>value;
    const bits = reinterpret<i64>(wide);
    return bits ^ ((bits >> 63) & i64.MAX_VALUE);
  }
  if (!isSigned<T>() && sizeof<T>() == 8) return <i64>value ^ i64.MIN_VALUE;
  return <i64>value;
}

// @ts-ignore: decorator
@inline
export function valueOf<T>(order: i64): T {
  if (isFloat<T>()) return <T>reinterpret<f64>(order ^ ((order >> 63) & i64.MAX_VALUE));
  if (!isSigned<T>() && sizeof<T>() == 8) return <T>(order ^ i64.MIN_VALUE);
  return <T>order;
}

/** Moves the k-th least of values [left, right] to place k, the lesser ones before it (Hoare's selection). */
export function select(values: usize, left: i32, right: i32, k: i32): void {
  while (right > left) {
    // The median of three as pivot: sorted input is not the worst.
    const middle = left + ((right - left) >> 1);
    const a = load<i64>(values + (<usize>left << 3));
    const b = load<i64>(values + (<usize>middle << 3));
    const c = load<i64>(values + (<usize>right << 3));
    const pivot = max<i64>(min<i64>(a, b), min<i64>(max<i64>(a, b), c));
    let i = left;
    let j = right;
    while (i <= j) {
      while (load<i64>(values + (<usize>i << 3)) < pivot) i++;
      while (load<i64>(values + (<usize>j << 3)) > pivot) j--;
      if (i <= j) {
        const swap = load<i64>(values + (<usize>i << 3));
        store<i64>(values + (<usize>i << 3), load<i64>(values + (<usize>j << 3)));
        store<i64>(values + (<usize>j << 3), swap);
        i++;
        j--;
      }
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else return;
  }
}
