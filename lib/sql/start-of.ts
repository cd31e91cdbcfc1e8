/** The first byte of an expression, where the grammar tells. */
export function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  const known = starts.get(node);
  if (known !== undefined) return known;
  let least = Infinity;
  for (const [key, value] of Object.entries(node)) {
    const found = key === 'location' ? (value as number) : (startOf(value) ?? -1);
    if (found >= 0 && found < least) least = found;
  }
  if (least === Infinity) return undefined;
  starts.set(node, least);
  return least;
}

const starts = new WeakMap<object, number>();
