/**
 * One thing that holds memory for each item. Where one cannot be made, those before it are given to `undo`: nobody
 * else could release them.
 */
export function allOrNone<I, T>(items: readonly I[], make: (item: I) => T, undo: (made: T) => void): T[] {
  const made: T[] = [];
  try {
    for (const item of items) made.push(make(item));
    return made;
  } catch (error) {
    for (const one of made) undo(one);
    throw error;
  }
}
