/** Plain rows as the input of an operator, and its output as plain cells. */
import type { Vector } from '../lib/arrow/batch.js';
import type { Schema } from '../lib/arrow/schema.js';
import type { DataType } from '../lib/arrow/types.js';
import type { Stream } from '../lib/exec/context.js';
import type { Runtime } from '../lib/formats/format.js';
import { Interner } from '../lib/kernels/interner.js';
import { type Cell, cellsOf, vectorOf } from './helpers.js';

export type Row = readonly Cell[];

export interface Input {
  readonly schema: Schema;
  readonly rows: readonly Row[];
}

export function inputOf(fields: Readonly<Record<string, DataType>>, rows: readonly Row[]): Input {
  return {
    schema: { fields: Object.entries(fields).map(([name, type]) => ({ name, type, nullable: true })) },
    rows,
  };
}

/**
 * The rows as batches of `size`, each gone when the next is asked for. Text comes with two dictionaries and plain
 * in turn, or always plain.
 */
export async function* streamOf(
  { schema, rows }: Input,
  size: number,
  { arena, kernels }: Runtime,
  plain = false,
): Stream {
  const region = arena.region('input');
  const interners = plain ? [] : [0, 1].map(() => new Interner(arena, kernels, 'input'));
  try {
    for (let from = 0; from < rows.length; from += size) {
      region.reset();
      const part = rows.slice(from, from + size);
      const interner = interners[(from / size) % 3];
      const columns = schema.fields.map(({ type }, c): Vector => {
        const cells = part.map((row) => row[c]!);
        const vector = vectorOf(type, cells, region);
        return type.kind === 'utf8' && interner !== undefined ? interner.intern(vector, region) : vector;
      });
      // Columns share the dictionary, which moves as it grows.
      yield {
        length: part.length,
        columns: columns.map((vector) =>
          vector.dictionary === null ? vector : { ...vector, dictionary: interner!.dictionary() },
        ),
      };
    }
  } finally {
    region.release();
    for (const interner of interners) interner.release();
  }
}

/** All rows of a stream, column by column. */
export async function columnsOf(stream: Stream, width: number, { arena }: Runtime): Promise<Cell[][]> {
  const out: Cell[][] = Array.from({ length: width }, () => []);
  for await (const batch of stream) {
    if (batch.columns.length !== width) throw new Error(`${batch.columns.length} columns, not ${width}`);
    batch.columns.forEach((vector, c) => {
      if (vector.length !== batch.length) throw new Error('columns of different lengths');
      out[c]!.push(...cellsOf(vector, arena));
    });
  }
  return out;
}
