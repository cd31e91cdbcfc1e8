/** Help with a mistyped name. */

/** `; did you mean "origin"?`, or nothing where no candidate is near. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const near = nearName(name, candidates);
  return near === null ? '' : `; did you mean "${near}"?`;
}

/**
 * The candidate with the fewest edits, at most a third of the name's length, or one; null if there is none. Any letter
 * is one edit away from any other, so that names of one letter are only near if they are the same in lower case.
 */
export function nearName(name: string, candidates: readonly string[]): string | null {
  const wanted = name.toLowerCase();
  let best: string | null = null;
  let least = name.length < 2 ? 1 : Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const found = edits(wanted, candidate.toLowerCase(), least);
    if (found >= least) continue;
    least = found;
    best = candidate;
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b`; `limit` or more is not exact. */
function edits(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, before[j - 2]! + 1);
      }
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
