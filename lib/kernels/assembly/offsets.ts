/** `length` + 1 offsets moved so that the first is 0. */
export function offsets_rebase(offsets: usize, length: i32, out: usize): void {
  const first = i32x4.splat(load<i32>(offsets));
  for (let i: usize = 0; i < (<usize>length + 1) << 2; i += 16)
    v128.store(out + i, i32x4.sub(v128.load(offsets + i), first));
}
