/** What NDJSON and JSON have in common: rows as objects. */
import type { Schema } from '../arrow/schema.js';
import type { FormatOptions, Runtime, Sink } from './format.js';
import { finiteOnly, isJsonString, jsonQuoting } from './json-text.js';
import { createTextOutput } from './output.js';
import { createTextSink } from './text-sink.js';

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
export async function createJsonRows(
  path: string,
  schema: Schema,
  frame: Frame,
  options: FormatOptions,
  runtime: Runtime,
): Promise<Sink> {
  const output = await createTextOutput(path, options.overwrite === true, runtime);
  const home = runtime.arena.region('json output');
  const open = `${frame.between}{`;
  const quoting = jsonQuoting(runtime);
  try {
    return createTextSink(
      schema,
      {
        head: frame.head,
        before: schema.fields.map(({ name }, i) => `${i === 0 ? open : ','}${JSON.stringify(name)}:`),
        nullText: 'null',
        after: `${schema.fields.length === 0 ? open : ''}}${frame.after}`,
        skip: frame.between === '' ? 0 : 1,
        tail: frame.tail,
        quoting: schema.fields.map(({ type }) => (isJsonString(type) ? quoting : null)),
        prepare: finiteOnly,
      },
      home,
      output,
      runtime,
    );
  } catch (error) {
    home.release();
    await output.abort();
    throw error;
  }
}
