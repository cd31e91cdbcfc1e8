/**
 * The metadata of Arrow's IPC format (Columnar Format 1.5, metadata version V5): messages and the footer.
 * Written by hand because apache-arrow takes a tenth of a second to load, and a command that converts a file
 * needs only these few tables.
 */
import { dataError } from '../errors.js';
import {
  encodeFlat,
  FlatReader,
  type FlatTable,
  type FlatValue,
  flag,
  int8,
  int16,
  int32,
  int64,
} from './flatbuffer.js';
import type { Field } from './schema.js';
import {
  type DataType,
  date,
  decimal,
  familyOf,
  float32,
  float64,
  list,
  parseType,
  timestamp,
  typeName,
  utf8,
  widthOf,
} from './types.js';

/** A column as a file holds it. */
export interface IpcField extends Field {
  /** How the stored values differ from `type`'s in memory. */
  readonly storage: Storage;
  /** Set where the column is stored as codes. */
  readonly dictionary: { readonly id: number; readonly index: DataType } | null;
  /** What the lists of a column hold, as the file has it; null where there are none. */
  readonly element: IpcField | null;
  /** The column's own key-value pairs. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** `seconds`, `milliseconds`, `nanoseconds`: a timestamp's or date's unit; `large`: texts or lists with 64-bit offsets. */
export type Storage = 'same' | 'seconds' | 'milliseconds' | 'nanoseconds' | 'large';

/** A column stored just as it is in memory. */
export const plainField = (field: Field): IpcField => ({
  ...field,
  storage: 'same',
  dictionary: null,
  element:
    field.type.kind === 'list'
      ? plainField({ name: 'item', type: field.type.element, nullable: true })
      : null,
  metadata: {},
});

/** Where a message's parts are in a file: `metadata` counts the eight bytes before it and its padding. */
export interface Block {
  readonly offset: number;
  readonly metadata: number;
  readonly body: number;
}

/** Of a record batch, or of the one column of a dictionary; buffers are relative to the body. */
export interface BatchMessage {
  readonly rows: number;
  readonly body: number;
  /** Rows and nulls of each column, followed by those of its elements. */
  readonly nodes: readonly { readonly rows: number; readonly nulls: number }[];
  readonly buffers: readonly { readonly offset: number; readonly bytes: number }[];
  /** LZ4 or ZSTD, where the buffers are compressed. */
  readonly compression: string | null;
  /** Set for a dictionary batch; `delta` adds to the entries there are. */
  readonly dictionary: { readonly id: number; readonly delta: boolean } | null;
}

export type Message =
  | { readonly kind: 'schema'; readonly fields: readonly IpcField[] }
  | ({ readonly kind: 'batch' } & BatchMessage);

export interface Footer {
  readonly fields: readonly IpcField[];
  readonly dictionaries: readonly Block[];
  readonly batches: readonly Block[];
}

/** A file starts with this, padded to eight bytes, and ends with it. */
export const magic = Buffer.from('ARROW1');

/** Precedes every message since format 0.15; alone with a zero length it ends the stream. */
export const continuation = 0xffffffff;

export const endOfStream = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

const version = 4;
const header = { schema: 1, dictionary: 2, batch: 3 } as const;
const union = {
  null: 1,
  int: 2,
  float: 3,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  timestamp: 10,
  list: 12,
  largeUtf8: 20,
  largeList: 21,
} as const;
const unionNames = [
  '?',
  'null',
  'int',
  'float',
  'binary',
  'utf8',
  'bool',
  'decimal',
  'date',
  'time',
  'timestamp',
  'interval',
  'list',
  'struct',
  'union',
  'fixed-size binary',
  'fixed-size list',
  'map',
  'duration',
  'large binary',
  'large utf8',
  'large list',
  'run-end encoded',
  'binary view',
  'utf8 view',
  'list view',
  'large list view',
];
const units: readonly Storage[] = ['seconds', 'milliseconds', 'same', 'nanoseconds'];

/**
 * The message with its prefix, padded so that what follows is aligned to 64 bytes if the message stands at
 * `position` in its file.
 */
export function encodeSchema(fields: readonly IpcField[], position = 0): Uint8Array {
  return framed([int16(version), int8(header.schema), { table: schemaTable(fields) }, int64(0)], position);
}

/** As `encodeSchema`, for a message at an aligned position. */
export function encodeBatch(message: Omit<BatchMessage, 'compression'>): Uint8Array {
  const batch: FlatTable = [
    int64(message.rows),
    { words: message.nodes.flatMap((node) => [node.rows, node.nulls]), width: 2 },
    { words: message.buffers.flatMap((buffer) => [buffer.offset, buffer.bytes]), width: 2 },
  ];
  const { dictionary } = message;
  const kind = dictionary === null ? header.batch : header.dictionary;
  const table =
    dictionary === null ? batch : [int64(dictionary.id), { table: batch }, flag(dictionary.delta)];
  return framed([int16(version), int8(kind), { table }, int64(message.body)], 0);
}

/** The footer, its length and the closing magic: the last bytes of a file. */
export function encodeFooter(footer: Footer): Uint8Array {
  const blocks = (list: readonly Block[]): FlatValue => ({
    words: list.flatMap((block) => [block.offset, block.metadata, block.body]),
    width: 3,
  });
  const flat = encodeFlat([
    int16(version),
    { table: schemaTable(footer.fields) },
    blocks(footer.dictionaries),
    blocks(footer.batches),
  ]);
  const end = Buffer.alloc(4);
  end.writeInt32LE(flat.length);
  return Buffer.concat([flat, end, magic]);
}

/** `bytes` is a message's metadata without its prefix. */
export function decodeMessage(bytes: Uint8Array, file: string): Message {
  return orDamaged(file, 'a message', () => {
    const message = FlatReader.root(bytes);
    const kind = message.int8(1);
    const table = message.table(2);
    if (table !== null && kind === header.schema)
      return { kind: 'schema', fields: decodeSchema(table, file) };
    if (table !== null && kind === header.batch)
      return { kind: 'batch', ...decodeBatch(table, message.int64(3)), dictionary: null };
    const data = table?.table(1) ?? null;
    if (table !== null && kind === header.dictionary && data !== null) {
      const dictionary = { id: table.int64(0), delta: table.int8(2) !== 0 };
      return { kind: 'batch', ...decodeBatch(data, message.int64(3)), dictionary };
    }
    throw dataError(`${file} has a message that is neither a schema nor a batch`, { file });
  });
}

/** `bytes` is the footer without length and magic. */
export function decodeFooter(bytes: Uint8Array, file: string): Footer {
  return orDamaged(file, 'the footer', () => {
    const footer = FlatReader.root(bytes);
    const schema = footer.table(1);
    if (schema === null) throw dataError(`${file} has no schema in its footer`, { file });
    const blocks = (slot: number): Block[] => {
      const words = footer.words(slot, 3);
      return Array.from({ length: words.length / 3 }, (_, i) => ({
        offset: words[i * 3]!,
        // An int32 and four bytes of padding.
        metadata: words[i * 3 + 1]! % 2 ** 32,
        body: words[i * 3 + 2]!,
      }));
    };
    return { fields: decodeSchema(schema, file), dictionaries: blocks(2), batches: blocks(3) };
  });
}

/** How many buffers a column has in a batch: validity, offsets, values, and those of its elements. */
export function bufferCount(field: IpcField): number {
  if (field.element !== null) return 2 + bufferCount(field.element);
  if (field.dictionary !== null) return 2;
  if (field.type.kind === 'null') return 0;
  return field.type.kind === 'utf8' ? 3 : 2;
}

/** How many nodes a column has in a batch: itself, and its elements'. */
export function nodeCount(field: IpcField): number {
  return field.element === null ? 1 : 1 + nodeCount(field.element);
}

function framed(message: FlatTable, position: number): Uint8Array {
  const flat = encodeFlat(message);
  const bytes = new Uint8Array(Math.ceil((position + 8 + flat.length) / 64) * 64 - position);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, continuation, true);
  view.setInt32(4, bytes.length - 8, true);
  bytes.set(flat, 8);
  return bytes;
}

function schemaTable(fields: readonly IpcField[]): FlatTable {
  return [int16(0), { tables: fields.map(fieldTable) }];
}

function fieldTable(field: IpcField): FlatTable {
  const [kind, type] = typeTable(field.type);
  const { dictionary } = field;
  const metadata = Object.entries(field.metadata);
  return [
    { text: field.name },
    flag(field.nullable),
    int8(kind),
    { table: type },
    dictionary === null
      ? null
      : { table: [int64(dictionary.id), { table: typeTable(dictionary.index)[1] }, flag(false)] },
    { tables: field.element === null ? [] : [fieldTable(field.element)] },
    metadata.length === 0
      ? null
      : { tables: metadata.map(([key, value]) => [{ text: key }, { text: value }]) },
  ];
}

function typeTable(type: DataType): readonly [number, FlatTable] {
  switch (type.kind) {
    case 'null':
      return [union.null, []];
    case 'bool':
      return [union.bool, []];
    case 'utf8':
      return [union.utf8, []];
    case 'float32':
      return [union.float, [int16(1)]];
    case 'float64':
      return [union.float, [int16(2)]];
    case 'date':
      return [union.date, [int16(0)]];
    case 'timestamp':
      return [union.timestamp, [int16(2), type.zone === null ? null : { text: type.zone }]];
    case 'list':
      return [union.list, []];
    case 'decimal':
      return [union.decimal, [int32(type.precision), int32(type.scale), int32(128)]];
    default:
      return [union.int, [int32(widthOf(type) * 8), flag(!type.kind.startsWith('u'))]];
  }
}

function decodeSchema(schema: FlatReader, file: string): IpcField[] {
  if (schema.int16(0) !== 0)
    throw dataError(`${file} is in big-endian byte order, which is not supported`, { file });
  const fields = schema.tables(1).map((table) => decodeField(table, file));
  const names = new Set<string>();
  for (const { name } of fields) {
    if (names.has(name)) throw dataError(`${file} has two columns named ${name}`, { file, column: name });
    names.add(name);
  }
  return fields;
}

/** `name` is that of the column, where the field is inside of one. */
function decodeField(table: FlatReader, file: string, name = table.text(0) ?? ''): IpcField {
  const encoding = table.table(4);
  const inner = listKinds.has(table.int8(2)) ? decodeElement(table, name, file) : null;
  const stored = decodeType(table.int8(2), table.table(3), inner);
  const index = encoding === null ? null : decodeIndex(encoding.table(1));
  if (typeof stored === 'string' || (encoding !== null && stored.type.kind !== 'utf8')) {
    const refused = typeof stored === 'string' ? stored : `dictionary of ${typeName(stored.type)}`;
    throw dataError(`${file}: column ${name} has type ${refused}, which is not supported; leave it out`, {
      file,
      column: name,
    });
  }
  return {
    name,
    nullable: table.int8(1) !== 0,
    ...stored,
    dictionary: encoding === null || index === null ? null : { id: encoding.int64(0), index },
    element: inner,
    metadata: Object.fromEntries(table.tables(6).map((pair) => [pair.text(0) ?? '', pair.text(1) ?? ''])),
  };
}

const listKinds: ReadonlySet<number> = new Set([union.list, union.largeList]);

/** The field of what lists hold; errors name the column. */
function decodeElement(table: FlatReader, name: string, file: string): IpcField {
  const [child] = table.tables(5);
  if (child === undefined)
    throw dataError(`${file} is damaged: column ${name} has no field for its elements`, { file });
  return { ...decodeField(child, file, name), name };
}

/** The type that holds the values, or the name of one that we cannot hold. */
function decodeType(
  kind: number,
  table: FlatReader | null,
  inner: IpcField | null,
): { type: DataType; storage: Storage } | string {
  const plain = (type: DataType | null, refused: string) =>
    type === null ? refused : { type, storage: 'same' as const };
  switch (kind) {
    case union.null:
      return plain({ kind: 'null' }, '');
    case union.bool:
      return plain({ kind: 'bool' }, '');
    case union.int:
      return plain(decodeIndex(table), 'int');
    case union.float:
      return plain([null, float32, float64][table?.int16(0) ?? 0] ?? null, 'float16');
    case union.utf8:
      return plain(utf8, '');
    case union.list:
      return plain(inner && list(inner.type), '');
    case union.largeList:
      return inner === null ? '' : { type: list(inner.type), storage: 'large' };
    case union.largeUtf8:
      return { type: utf8, storage: 'large' };
    case union.date:
      return { type: date, storage: table?.int16(0, 1) === 0 ? 'same' : 'milliseconds' };
    case union.timestamp:
      return { type: timestamp(table?.text(1) || null), storage: units[table?.int16(0) ?? 0] ?? 'same' };
    case union.decimal: {
      const bits = table?.int32(2, 128) ?? 128;
      const scale = table?.int32(1) ?? 0;
      if (bits !== 128 || scale < 0) return `decimal${bits} with scale ${scale}`;
      return plain(decimal(table?.int32(0) ?? 0, scale), '');
    }
    default:
      return unionNames[kind] ?? `number ${kind}`;
  }
}

/** An Int table's type; the default, where it is left out, is int32. */
function decodeIndex(table: FlatReader | null): DataType | null {
  if (table === null) return { kind: 'int32' };
  const type = parseType(`${table.int8(1) === 0 ? 'u' : ''}int${table.int32(0)}`);
  return type !== null && familyOf(type) === 'integer' ? type : null;
}

function decodeBatch(table: FlatReader, body: number): Omit<BatchMessage, 'dictionary'> {
  const pairs = (slot: number): [number, number][] => {
    const words = table.words(slot, 2);
    return Array.from({ length: words.length / 2 }, (_, i) => [words[i * 2]!, words[i * 2 + 1]!]);
  };
  const compression = table.table(3);
  return {
    rows: table.int64(0),
    body,
    nodes: pairs(1).map(([rows, nulls]) => ({ rows, nulls })),
    buffers: pairs(2).map(([offset, bytes]) => ({ offset, bytes })),
    compression: compression === null ? null : compression.int8(0) === 0 ? 'LZ4' : 'ZSTD',
  };
}

function orDamaged<T>(file: string, what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw dataError(`${file} is damaged: ${what} cannot be read`, { file }, { cause: error });
  }
}
