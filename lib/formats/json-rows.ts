/** What NDJSON and JSON have in common: rows as objects. */
import { finiteOnly, isJsonString, jsonQuoting } from './json-text.js';
import type { TextFormat } from './text-output.js';

/** What stands around the objects. */
interface Frame {
  readonly head: string;
  readonly between: string;
  readonly after: string;
  readonly tail: string;
}

/**
 * Integers and decimals are written with all their digits, dates and timestamps as strings, lists as arrays. NaN and the
 * infinities become null, as in JSON.stringify: JSON has no words for them.
 */
export const jsonText =
  (frame: Frame): TextFormat =>
  (_path, schema, _options, _home, runtime) => {
    const open = `${frame.between}{`;
    const quoting = jsonQuoting(runtime);
    return {
      head: frame.head,
      before: schema.fields.map(({ name }, i) => `${i === 0 ? open : ','}${JSON.stringify(name)}:`),
      nullText: 'null',
      after: `${schema.fields.length === 0 ? open : ''}}${frame.after}`,
      skip: frame.between === '' ? 0 : 1,
      tail: frame.tail,
      quoting: schema.fields.map(({ type }) => (isJsonString(type) ? quoting : null)),
      prepare: finiteOnly,
    };
  };
