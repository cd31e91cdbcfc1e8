/** Reads a source: the columns wanted and those of the predicate, then only the rows where it is true. */
import { head } from '../arrow/batch.js';
import { fieldIndex, selectFields } from '../arrow/schema.js';
import { breathe } from '../breathe.js';
import type { ScanRequest } from '../formats/format.js';
import type { Scan } from '../plan/plan.js';
import { columnsUsed } from '../plan/walk-expr.js';
import type { Context, Stream } from './context.js';
import { filter } from './filter.js';
import { required } from './required.js';

export async function* scan(node: Scan, context: Context): Stream {
  const { predicate, limit, schema } = node;
  const { wanted, read } = namesRead(node);
  const batches = isExchange(node.source.format)
    ? (await import('./stages/exchange-scan.js')).exchangeScan(node.source, scanRequest(node), context)
    : await readSource(node, context);
  const rows = predicate === null ? batches : filter(predicate, batches, selectFields(schema, read), context);
  let left = limit ?? Number.POSITIVE_INFINITY;
  if (left === 0) return;
  for await (const batch of rows) {
    const kept = head(batch, left);
    left -= kept.length;
    yield { length: kept.length, columns: kept.columns.slice(0, wanted.length) };
    if (left === 0) return;
  }
}

/** What is read between two stages. */
export const isExchange = (format: string): boolean => format === 'runs' || format === 'sorted-runs';

async function readSource(node: Scan, context: Context): Promise<Stream> {
  const source = await context.sources.open(node, context);
  const request = scanRequest(node);
  const given = breathing(
    source.scan(
      request,
      context,
      (bytes) => context.progress.read(bytes),
      (read) => context.progress.range?.(read),
    ),
    context,
  );
  const promised = request.columns.map((index) => {
    const { name, nullable } = node.schema.fields[index]!;
    return source.schema.fields[index]!.nullable && !nullable ? name : null;
  });
  return promised.some((name) => name !== null) ? required(promised, given, context) : given;
}

/** What the scan asks of its source. */
export function scanRequest(node: Scan): ScanRequest {
  const { predicate, limit, schema } = node;
  return {
    columns: namesRead(node).read.map((name) => fieldIndex(schema, name)),
    chunks: node.chunks,
    range: node.range,
    limit: predicate === null ? limit : null,
  };
}

/** The columns that come out, and after them those that only the predicate takes. */
function namesRead({ columns, predicate, schema }: Scan): { wanted: readonly string[]; read: string[] } {
  const wanted = columns ?? schema.fields.map((field) => field.name);
  const tested =
    predicate === null ? [] : [...columnsUsed([predicate])].filter((name) => !wanted.includes(name));
  return { wanted, read: [...wanted, ...tested] };
}

async function* breathing(batches: Stream, context: Context): Stream {
  for await (const batch of batches) {
    await breathe(context);
    yield batch;
  }
}
