/** Batches of the wanted columns of one Arrow file or stream. */
import type { Batch } from '../../arrow/batch.js';
import { type BatchMessage, bufferCount, type IpcField, nodeCount, plainField } from '../../arrow/ipc.js';
import { stopIfAborted } from '../../breathe.js';
import { dataError } from '../../errors.js';
import type { Region } from '../../memory/arena.js';
import type { ByteRange } from '../../plan/plan.js';
import { batchSize } from '../batch-size.js';
import type { Runtime } from '../format.js';
import { type ColumnBuffers, ForeignColumn } from './column.js';
import { entriesAtOnce, ForeignDictionary } from './dictionary.js';
import { type ArrowInput, type ArrowMessage, type Body, damaged } from './messages.js';
import { unpacked } from './unpack.js';

/**
 * Of a range, the batches that begin in it. However large the file's batches are, at most `batchSize` rows are in the
 * arena at once (bodies from a pipe excepted).
 */
export async function* scanArrow(
  input: ArrowInput,
  columns: readonly number[],
  range: ByteRange | null,
  runtime: Runtime,
  onProgress: (bytes: number) => void,
): AsyncGenerator<Batch, void, void> {
  const { fields, path } = input;
  const region = runtime.arena.region(`reading ${path}`);
  const whole = runtime.arena.region(`unpacking ${path}`);
  const dictionaries = new Map<number, ForeignDictionary>();
  const dictionaryOf = (field: IpcField): ForeignDictionary | null => {
    if (field.dictionary === null) return null;
    const { id } = field.dictionary;
    const dictionary = dictionaries.get(id) ?? new ForeignDictionary(field.name, runtime);
    dictionaries.set(id, dictionary);
    return dictionary;
  };
  const readers = columns.map((column) => new ForeignColumn(fields[column]!, path, dictionaryOf, runtime));
  const most = batchSize(
    columns.map((column) => fields[column]!.type),
    runtime,
  );
  let before = 0;
  try {
    for await (const arrived of input.messages()) {
      const { at, message, body } = arrived;
      stopIfAborted(runtime);
      if (message.dictionary === null && range !== null && (at < range.from || at >= range.to)) {
        before += message.rows;
        continue;
      }
      whole.reset();
      onProgress(body.size);
      if (message.dictionary !== null) {
        const { id } = message.dictionary;
        const dictionary = dictionaries.get(id);
        const field = fields.flatMap(withElements).find((one) => one.dictionary?.id === id);
        if (dictionary !== undefined && field !== undefined)
          addEntries(arrived, dictionary, field, path, whole, region, runtime);
        continue;
      }
      const buffers = columnBuffers(arrived, fields, columns, path, whole, runtime);
      for (let from = 0; from < message.rows; from += most) {
        region.reset();
        const length = Math.min(most, message.rows - from);
        const vectors = readers.map((reader, i) => reader.read(buffers[i]!, from, length, before, region));
        yield { length, columns: vectors };
      }
      before += message.rows;
    }
  } finally {
    region.release();
    whole.release();
    for (const dictionary of dictionaries.values()) dictionary.release();
  }
}

function addEntries(
  arrived: ArrowMessage,
  dictionary: ForeignDictionary,
  field: IpcField,
  path: string,
  whole: Region,
  region: Region,
  runtime: Runtime,
): void {
  // The entries are a column of their own.
  const entries: IpcField = { ...plainField(field), storage: field.storage };
  const buffers = columnBuffers(arrived, [entries], [0], path, whole, runtime)[0]!;
  if (buffers.nulls > 0)
    throw dataError(`${path}: the dictionary of column ${field.name} holds null, which is not supported`, {
      file: path,
      column: field.name,
    });
  const { message } = arrived;
  if (!message.dictionary!.delta) dictionary.clear();
  const reader = new ForeignColumn(entries, path, () => null, runtime);
  for (let from = 0; from < message.rows; from += entriesAtOnce) {
    region.reset();
    const texts = reader.read(buffers, from, Math.min(entriesAtOnce, message.rows - from), 0, region);
    dictionary.add(texts, region);
  }
}

/** The buffers of the wanted columns; compressed ones are unpacked into `whole`. */
function columnBuffers(
  { message, body }: ArrowMessage,
  fields: readonly IpcField[],
  columns: readonly number[],
  path: string,
  whole: Region,
  runtime: Runtime,
): ColumnBuffers[] {
  const starts: { readonly node: number; readonly buffer: number }[] = [];
  let nodeTotal = 0;
  let bufferTotal = 0;
  for (const field of fields) {
    starts.push({ node: nodeTotal, buffer: bufferTotal });
    nodeTotal += nodeCount(field);
    bufferTotal += bufferCount(field);
  }
  const { rows, nodes, buffers, compression } = message;
  const sound =
    nodes.length === nodeTotal &&
    buffers.length === bufferTotal &&
    starts.every(({ node }) => nodes[node]!.rows === rows) &&
    nodes.every((node) => node.rows >= 0);
  if (!sound || rows < 0) throw damaged(path, 'a batch that does not fit the schema');
  const buffersOf = (field: IpcField, node: number, buffer: number): ColumnBuffers => {
    const { element } = field;
    const own = bufferCount(field) - (element === null ? 0 : bufferCount(element));
    return {
      ...nodes[node]!,
      buffers: buffers.slice(buffer, buffer + own).map((one) => {
        const stored = within(body, one, path);
        return compression === null ? stored : unpacked(stored, compression, path, whole, runtime);
      }),
      elements: element === null ? null : buffersOf(element, node + 1, buffer + own),
    };
  };
  return columns.map((column) => buffersOf(fields[column]!, starts[column]!.node, starts[column]!.buffer));
}

const withElements = (field: IpcField): IpcField[] =>
  field.element === null ? [field] : [field, ...withElements(field.element)];

function within(body: Body, { offset, bytes }: BatchMessage['buffers'][number], path: string): Body {
  if (offset < 0 || bytes < 0 || offset + bytes > body.size) throw damaged(path, 'a buffer');
  return {
    size: bytes,
    read: (from, target) => body.read(offset + from, target),
  };
}
