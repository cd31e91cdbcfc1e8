/** What NDJSON and JSON have in common: rows as objects. */
import type { Vector } from '../arrow/batch.js';
import { bitmapBytes } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import { type DataType, familyOf } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import type { FormatOptions, Runtime, Sink } from './format.js';
import { createTextOutput } from './output.js';
import { createTextSink, type Quoting } from './text-sink.js';

/** What stands around the objects. */
interface Frame {
  readonly head: string;
  readonly between: string;
  readonly after: string;
  readonly tail: string;
}

/**
 * Integers and decimals are written with all their digits, dates and timestamps as strings. NaN and the
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
  const quoting: Quoting = {
    bytes: runtime.kernels.json_quoted_bytes,
    write: runtime.kernels.json_quoted,
    rules: 0,
  };
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
        quoting: schema.fields.map(({ type }) => (isString(type) ? quoting : null)),
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

const isString = (type: DataType): boolean => ['text', 'date', 'timestamp'].includes(familyOf(type));

function finiteOnly(column: Vector, region: Region, runtime: Runtime): Vector {
  const { kind } = column.type;
  if (kind !== 'float32' && kind !== 'float64') return column;
  const validity = region.reserve(bitmapBytes(column.length));
  const finite = kind === 'float32' ? runtime.kernels.json_finite_f32 : runtime.kernels.json_finite_f64;
  finite(column.data, column.validity, column.length, validity);
  return { ...column, validity };
}
