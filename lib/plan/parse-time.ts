/** Dates and times of literals, in the ISO forms. */

const form =
  /^(-?\d{4,6})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** Days since 1970-01-01; null if the text is no date. A time of day is allowed only if it is midnight. */
export function parseDate(text: string): bigint | null {
  const micros = parseTimestamp(text, null);
  return micros !== null && micros % 86_400_000_000n === 0n ? micros / 86_400_000_000n : null;
}

/**
 * Microseconds since 1970-01-01T00:00:00Z; null if the text is no timestamp. An offset in the text is heeded
 * where `zone` is set; without one the text is wall time in that zone.
 */
export function parseTimestamp(text: string, zone: string | null): bigint | null {
  const match = form.exec(text.trim());
  if (match === null) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] = match;
  const numbers = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(numbers[0], numbers[1] - 1, numbers[2]);
  if (date.getUTCMonth() !== numbers[1] - 1 || date.getUTCDate() !== numbers[2]) return null;
  if (numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 59) return null;
  const seconds = date.getTime() / 1000 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5];
  const wall = BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
  if (offset !== undefined) return wall - BigInt(offsetSeconds(offset)) * 1_000_000n;
  return zone === null ? wall : wall - BigInt(zoneSeconds(seconds, zone)) * 1_000_000n;
}

function offsetSeconds(offset: string): number {
  if (/z/i.test(offset)) return 0;
  const sign = offset.startsWith('-') ? -1 : 1;
  const digits = offset.replace(/\D/g, '');
  return sign * (Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2) || 0) * 60);
}

/** How far a zone is ahead of UTC at a wall time there. */
function zoneSeconds(wallSeconds: number, zone: string): number {
  if (zone === 'UTC') return 0;
  if (/^[+-]\d\d:?\d\d$/.test(zone)) return offsetSeconds(zone);
  // The first guess may lie on the wrong side of a change of the clock; the second does not.
  const guess = aheadAt(wallSeconds, zone);
  return aheadAt(wallSeconds - guess, zone);
}

function aheadAt(utcSeconds: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    timeZoneName: 'longOffset',
  }).formatToParts(utcSeconds * 1000);
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  return name === 'GMT' ? 0 : offsetSeconds(name.slice(3));
}
