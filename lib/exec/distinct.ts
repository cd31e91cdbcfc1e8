/** The first row of each distinct combination of all columns goes out as it comes. Memory: a key row a distinct row. */
import type { Schema } from '../arrow/schema.js';
import type { Runtime } from '../formats/format.js';
import { GroupTable } from '../kernels/group-table.js';
import { takeBatch } from '../kernels/take.js';
import type { Stream } from './context.js';

const owner = 'distinct';

export async function* distinct(input: Stream, schema: Schema, runtime: Runtime): Stream {
  const types = schema.fields.map((field) => field.type);
  const table = new GroupTable(types, runtime.arena, runtime.kernels, owner);
  const region = runtime.arena.region(owner);
  try {
    for await (const batch of input) {
      region.reset();
      const { fresh, freshCount } = table.assign(batch.columns, batch.length, region);
      if (freshCount === batch.length) yield batch;
      else if (freshCount > 0) yield takeBatch(batch, fresh, freshCount, region, runtime);
    }
  } finally {
    region.release();
    table.release();
  }
}
