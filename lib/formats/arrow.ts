/** Arrow's IPC format: files, Feather files of version 2, and streams, as any library writes them. */
import { type Batch, head } from '../arrow/batch.js';
import type { IpcField } from '../arrow/ipc.js';
import { type Schema, schemaText } from '../arrow/schema.js';
import { sameType } from '../arrow/types.js';
import { dataError, usageError } from '../errors.js';
import { openArrow } from './arrow/messages.js';
import { scanArrow } from './arrow/scan.js';
import type { Format, RangeRead, Runtime, ScanRequest, Source } from './format.js';
import { stopKeeping } from './input.js';
import { type RangedFile, splitRanges } from './split.js';

export const arrow: Format = {
  name: 'arrow',

  async open(paths, _options, runtime): Promise<Source> {
    let schema: Schema | null = null;
    const files: RangedFile[] = [];
    for (const path of paths) {
      const input = await openArrow(path, runtime);
      input.close();
      schema = common(schema, schemaOf(input.fields), path);
      if (input.bytes !== null) files.push({ bytes: input.bytes, seekable: input.seekable });
    }
    const known = files.length === paths.length;
    if (schema === null) throw usageError('no Arrow file is named');
    return {
      schema,
      rows: null,
      bytes: known ? files.reduce((sum, { bytes }) => sum + bytes, 0) : null,
      statistics: null,
      split: (request, bytes) => (known ? splitRanges(request, files, bytes, true) : null),
      scan: (...args) => scan(paths, ...args),
      async close() {},
    };
  },

  create: async (...args) => (await import('./arrow/sink.js')).createArrow(...args),
};

async function* scan(
  paths: readonly string[],
  request: ScanRequest,
  runtime: Runtime,
  onProgress: (bytes: number) => void,
  onRange: (read: RangeRead) => void = () => {},
): AsyncGenerator<Batch, void, void> {
  let left = request.limit ?? Number.POSITIVE_INFINITY;
  stopKeeping(paths);
  const { range } = request;
  let records = 0;
  for (const path of range === null ? paths : [paths[range.file]!]) {
    const input = await openArrow(path, runtime);
    let bodies = 0;
    const onBody = (bytes: number): void => {
      bodies += bytes;
      onProgress(bytes);
    };
    try {
      for await (const batch of scanArrow(input, request.columns, range, runtime, onBody)) {
        if (left <= 0) return;
        const wanted = head(batch, left);
        left -= wanted.length;
        records += wanted.length;
        yield wanted;
        if (left <= 0) return;
      }
      // What is around the bodies counts as read with the last of them.
      if (input.bytes !== null && range === null) onProgress(input.bytes - bodies);
    } finally {
      if (range !== null) onRange({ from: range.from, to: range.to, records, lines: 0 });
      input.close();
    }
  }
}

const schemaOf = (fields: readonly IpcField[]): Schema => ({
  fields: fields.map(({ name, type, nullable }) => ({ name, type, nullable })),
});

/** Several files are read as one where their columns are the same. */
function common(first: Schema | null, other: Schema, path: string): Schema {
  if (first === null) return other;
  const { fields } = first;
  const same =
    other.fields.length === fields.length &&
    other.fields.every((field, i) => field.name === fields[i]!.name && sameType(field.type, fields[i]!.type));
  if (!same)
    throw dataError(
      `${path} has the columns ${schemaText(other)}, but the first file has ${schemaText(first)}`,
      { file: path },
    );
  return {
    fields: fields.map((field, i) => ({ ...field, nullable: field.nullable || other.fields[i]!.nullable })),
  };
}
