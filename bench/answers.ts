/** How answers are compared: a few sums as text, rounded so that the order of adding does not show. */

/** Sums to three digits, as the published ones are, and to eleven in all: those were added up in plain doubles. */
export function sumsText(sums: readonly number[]): string {
  return sums.map((sum) => String(Number(Number(sum.toFixed(3)).toPrecision(11)))).join('; ');
}

/** Are all sums equal, but for what rounding makes of them where they are added up in another order? */
export function sameAnswer(a: string, b: string): boolean {
  const [left, right] = [a.split('; ').map(Number), b.split('; ').map(Number)];
  return (
    left.length === right.length &&
    left.every((sum, i) => Math.abs(sum - right[i]!) <= 1e-9 * Math.max(Math.abs(sum), 1))
  );
}
