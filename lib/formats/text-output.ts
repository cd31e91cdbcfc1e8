/** Outputs of text formats: what a format says about its rows, and where they go. */
import type { Schema } from '../arrow/schema.js';
import type { Region } from '../memory/arena.js';
import type { FormatOptions, Runtime, Sink } from './format.js';
import { createOutput, type Output, packed } from './output.js';
import { createTextSink, type TextLayout } from './text-sink.js';

/** What a format says about its rows; what its kernels have to know lives in `home`. */
export type TextFormat = (
  path: string,
  schema: Schema,
  options: FormatOptions,
  home: Region,
  runtime: Runtime,
) => TextLayout;

export async function createText(
  format: TextFormat,
  path: string,
  schema: Schema,
  options: FormatOptions,
  runtime: Runtime,
): Promise<Sink> {
  const home = runtime.arena.region('text output');
  let output: Output | null = null;
  try {
    const layout = format(path, schema, options, home, runtime);
    output = packed(path, await createOutput(path, options.overwrite === true, runtime));
    return createTextSink(schema, layout, home, output, runtime);
  } catch (error) {
    home.release();
    await output?.abort();
    throw error;
  }
}
