/**
 * Lines of JSON that tell whether they are what was written:
 *
 *   0123456789abcdef {"stage":0,"task":3}     the first half of a SHA-256 over the rest, in hexadecimal digits
 *
 * A file of them only grows, so a crash or a power cut can leave no more than a torn end.
 */
import { createHash } from 'node:crypto';

export interface CheckedLines {
  readonly values: readonly unknown[];
  /** Bytes of the lines that are whole; what follows them is the torn end. */
  readonly bytes: number;
  /** Of a line that is no longer what it was, with others behind it; null where there is none. */
  readonly damaged: number | null;
}

export function encodeLine(value: unknown): string {
  const json = JSON.stringify(value);
  return `${checkOf(json)} ${json}\n`;
}

export function decodeLines(text: string): CheckedLines {
  const values: unknown[] = [];
  let bytes = 0;
  let torn: number | null = null;
  // What follows the last line break was never ended.
  for (const [i, line] of text.split('\n').slice(0, -1).entries()) {
    const json = line.slice(17);
    if (line[16] !== ' ' || checkOf(json) !== line.slice(0, 16)) torn ??= i + 1;
    else if (torn !== null) return { values, bytes, damaged: torn };
    else {
      values.push(JSON.parse(json));
      bytes += Buffer.byteLength(line) + 1;
    }
  }
  return { values, bytes, damaged: null };
}

const checkOf = (json: string): string => createHash('sha256').update(json).digest('hex').slice(0, 16);
