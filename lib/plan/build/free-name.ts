/** `wish`, or `wish_2`, `wish_3`, ... where that is taken. */
export function freeName(wish: string, taken: ReadonlySet<string>, first = 2): string {
  let name = wish;
  for (let i = first; taken.has(name); i++) name = `${wish}_${i}`;
  return name;
}
