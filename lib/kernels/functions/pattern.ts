/** like and regular expressions. */
import { bitmapBytes, fixedVector, type Vector } from '../../arrow/batch.js';
import { bool } from '../../arrow/types.js';
import { queryError } from '../../errors.js';
import type { Datum } from '../datum.js';
import { eachDistinctBits } from '../each-distinct.js';
import type { Call } from './row.js';
import { cased } from './text-made.js';
import { constantText, matched, plainText } from './text-parts.js';

/** Tokens that are not a byte, as in assembly/text.ts. */
const anyPoint = 256;
const anyText = 257;

export function like(call: Call, ignoreCase: boolean): Vector {
  const { args, length, validity, region, machine } = call;
  const pattern = constantText(args[1]) ?? '';
  const escaping = constantText(args[2]) ?? '';
  const lowered = ignoreCase ? pattern.toLowerCase() : pattern;
  const subject = ignoreCase
    ? cased({ ...call, args: args.slice(0, 1) }, 'lower')
    : plainText(args[0]!, call);
  const simple = escaping === '' ? simplePattern(lowered) : null;
  if (simple !== null) {
    const part = { type: subject.type, value: simple.part };
    return matched({ ...call, args: [subject, part] }, simple.what);
  }
  const tokens = compileLike(lowered, ignoreCase ? escaping.toLowerCase() : escaping);
  const address = region.reserve(tokens.length * 4);
  new Int32Array(machine.arena.buffer, address, tokens.length).set(tokens);
  const out = region.reserve(bitmapBytes(length));
  machine.kernels.text_like(subject.data, subject.offsets, address, tokens.length, out, length);
  return fixedVector(bool, length, out, validity);
}

/** abc%, %abc and %abc% need no matcher. */
function simplePattern(pattern: string): { readonly part: string; readonly what: 0 | 1 | 2 } | null {
  const found = /^(%?)([^%_]+)(%?)$/s.exec(pattern);
  if (found === null) return null;
  const [, before, part, after] = found as unknown as [string, string, string, string];
  if (before !== '' && after !== '') return { part, what: 2 };
  if (after !== '') return { part, what: 0 };
  return before !== '' ? { part, what: 1 } : null;
}

/** The pattern as the kernel takes it; refuses an escape of more than a character or before nothing. */
export function tokensOf(pattern: Datum | null | undefined, escaping: Datum | null | undefined): number[] {
  return compileLike(constantText(pattern) ?? '', constantText(escaping) ?? '');
}

function compileLike(pattern: string, escaping: string): number[] {
  if ([...escaping].length > 1) throw queryError(`the escape of like is one character, not '${escaping}'`);
  const tokens: number[] = [];
  const points = [...pattern];
  for (let i = 0; i < points.length; i++) {
    const point = points[i]!;
    if (point === escaping) {
      i++;
      if (i === points.length) throw queryError(`the pattern '${pattern}' ends with its escape character`);
      tokens.push(...Buffer.from(points[i]!));
    } else if (point === '_') tokens.push(anyPoint);
    else if (point === '%') tokens.push(anyText);
    else tokens.push(...Buffer.from(point));
  }
  return tokens;
}

/** JavaScript's regular expressions, once for each distinct text. */
export function regexpMatches(call: Call): Vector {
  const { args, validity, region, machine } = call;
  const expression = regExpOf(args[1], args[2]);
  const bits = eachDistinctBits(plainText(args[0]!, call), (text) => expression.test(text), region, machine);
  return { ...bits, validity };
}

/** The regular expression of constant arguments; null and undefined are empty texts. */
export function regExpOf(pattern: Datum | null | undefined, flagText: Datum | null | undefined): RegExp {
  const source = constantText(pattern) ?? '';
  const flags = constantText(flagText) ?? '';
  if (!/^[ims]*$/.test(flags)) throw queryError(`regexp_matches knows the flags i, m and s, not '${flags}'`);
  try {
    return new RegExp(source, `u${flags}`);
  } catch (error) {
    throw queryError(`'${source}' is no regular expression: ${(error as Error).message}`);
  }
}
