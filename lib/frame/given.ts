/** What callers without a compiler may have given instead: each is told in one line what was wanted. */
import { usageError } from '../errors.js';
import { didYouMean } from '../plan/near-name.js';

export function mustBeText(value: unknown, what: string): void {
  if (typeof value !== 'string') throw wanted(`${what} must be a text`, value);
}

export function mustBeTexts(values: readonly unknown[], what: string): void {
  for (const value of values) mustBeText(value, what);
}

export function mustBeCallback(value: unknown, what: string): void {
  if (typeof value !== 'function') throw wanted(what, value);
}

export function mustBeObject(value: unknown, what: string): void {
  if (typeof value !== 'object' || value === null) throw wanted(what, value);
}

/** An option with a typing error would be ignored, and with it what was promised. */
export function mustKnowOptions(options: object, known: readonly string[], of: string): void {
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw usageError(`there is no option "${name}" of ${of}${didYouMean(name, known)}`);
}

function wanted(what: string, value: unknown): Error {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  return usageError(`${what}, not ${value === undefined ? 'nothing' : kind}`);
}
