/** How answers are compared: a few sums as text, rounded so that the order of adding does not show. */

/** Sums to three digits, as the published ones are, and to eleven in all: those were added up in plain doubles. */
export function sumsText(sums: readonly number[]): string {
  return sums.map((sum) => String(Number(Number(sum.toFixed(3)).toPrecision(11)))).join('; ');
}
