/**
 * Outputs of text formats: by one sink, or in pieces that several tasks write at the same time.
 *
 *   task 0 ─▶ rows in a file ─┐
 *   task 1 ─▶ rows in a file ─┼─▶ head, the rows of 0, 1, 2 … in this order, tail ─▶ the output
 *   task 2 ─▶ rows in a file ─┘
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { Schema } from '../arrow/schema.js';
import { stopIfAborted } from '../breathe.js';
import type { Region } from '../memory/arena.js';
import { writeError } from '../write-error.js';
import type { FormatOptions, Joined, Pieces, Runtime, Sink } from './format.js';
import { createOutput, createPiece, type Output, packed } from './output.js';
import { createTextSink, type TextLayout } from './text-sink.js';

/** What a format says about its rows; what its kernels have to know lives in `home`. */
export type TextFormat = (
  path: string,
  schema: Schema,
  options: FormatOptions,
  home: Region,
  runtime: Runtime,
) => TextLayout;

export function createText(
  format: TextFormat,
  path: string,
  schema: Schema,
  options: FormatOptions,
  runtime: Runtime,
): Promise<Sink> {
  const output = async (): Promise<Output> =>
    packed(path, await createOutput(path, options.overwrite === true, runtime));
  return sinkOf(schema, (home) => format(path, schema, options, home, runtime), output, runtime);
}

/** Only of formats whose rows need no look at those before them. */
export function piecesOf(format: TextFormat): Pieces {
  return {
    create(file, path, schema, options, runtime) {
      const layout = (home: Region): TextLayout => {
        return { ...format(path, schema, options, home, runtime), head: '', tail: '' };
      };
      return sinkOf(schema, layout, async () => packed(path, createPiece(file, path, runtime)), runtime);
    },
    async join(path, schema, options, runtime) {
      const home = runtime.arena.region('text output');
      try {
        const { head, tail } = format(path, schema, options, home, runtime);
        const output = await createOutput(path, options.overwrite === true, runtime);
        return new JoinedText(path, head, tail, output, runtime);
      } finally {
        home.release();
      }
    },
  };
}

async function sinkOf(
  schema: Schema,
  layout: (home: Region) => TextLayout,
  output: () => Promise<Output>,
  runtime: Runtime,
): Promise<Sink> {
  const home = runtime.arena.region('text output');
  let made: Output | null = null;
  try {
    const rows = layout(home);
    made = await output();
    return createTextSink(schema, rows, home, made, runtime);
  } catch (error) {
    home.release();
    await made?.abort();
    throw error;
  }
}

const copyBytes = 2 ** 20;

class JoinedText implements Joined {
  readonly #head: string;
  readonly #tail: string;
  readonly #output: Output;
  /** The same output for what is not packed yet. */
  readonly #text: Output;
  readonly #runtime: Runtime;
  readonly #buffer = Buffer.allocUnsafeSlow(copyBytes);
  #begun = false;

  constructor(path: string, head: string, tail: string, output: Output, runtime: Runtime) {
    this.#head = head;
    this.#tail = tail;
    this.#output = output;
    this.#text = packed(path, output);
    this.#runtime = runtime;
  }

  async append(file: string): Promise<void> {
    await this.#begin();
    const piece = await opened(file);
    try {
      for (;;) {
        stopIfAborted(this.#runtime);
        const { bytesRead } = await piece.read(this.#buffer, 0, copyBytes);
        if (bytesRead === 0) return;
        await this.#output.write(this.#buffer.subarray(0, bytesRead));
      }
    } finally {
      await piece.close();
    }
  }

  async finish(): Promise<{ readonly bytes: number }> {
    await this.#begin();
    await this.#text.write(Buffer.from(this.#tail));
    await this.#text.finish();
    return { bytes: this.#output.bytes };
  }

  abort(): Promise<void> {
    return this.#output.abort();
  }

  async #begin(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    await this.#text.write(Buffer.from(this.#head));
  }
}

async function opened(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (error) {
    throw writeError(error, file);
  }
}
