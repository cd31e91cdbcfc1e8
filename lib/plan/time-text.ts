/** Days since 1970-01-01 as `2024-12-31`. */
export function dateText(days: bigint): string {
  return isoText(days * 86_400_000n).slice(0, -14);
}

/** Microseconds since 1970-01-01T00:00:00 as `2024-12-31 23:59:59.5`; a fraction only where there is one. */
export function timestampText(micros: bigint): string {
  const millis = micros >= 0n ? micros / 1000n : -((999n - micros) / 1000n);
  const fraction = (((micros % 1_000_000n) + 1_000_000n) % 1_000_000n).toString().padStart(6, '0');
  const whole = isoText(millis).slice(0, -5).replace('T', ' ');
  return fraction === '000000' ? whole : `${whole}.${fraction.replace(/0+$/, '')}`;
}

/** `Date` writes years beyond 9999 as +012345. */
function isoText(millis: bigint): string {
  return new Date(Number(millis)).toISOString().replace(/^\+0?/, '');
}
