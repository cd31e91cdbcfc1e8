/** The types of columns, one row each; everything that depends on a type looks here. */

export type DataType =
  | {
      readonly kind:
        | 'null'
        | 'bool'
        | 'int8'
        | 'int16'
        | 'int32'
        | 'int64'
        | 'uint8'
        | 'uint16'
        | 'uint32'
        | 'uint64'
        | 'float32'
        | 'float64'
        | 'date'
        | 'utf8';
    }
  | { readonly kind: 'timestamp'; readonly zone: string | null }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'list'; readonly element: DataType };

export type TypeKind = DataType['kind'];

/** How values lie in memory; kernels are named after it. `bit` is a bitmap, `text` has offsets or a dictionary, `list` offsets and a child. */
export type Physical =
  | 'bit'
  | 'i8'
  | 'i16'
  | 'i32'
  | 'i64'
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64'
  | 'f32'
  | 'f64'
  | 'i128'
  | 'text'
  | 'list';

export type Family =
  | 'null'
  | 'boolean'
  | 'integer'
  | 'float'
  | 'decimal'
  | 'date'
  | 'timestamp'
  | 'text'
  | 'list';

interface TypeInfo {
  readonly family: Family;
  readonly physical: Physical;
  /** Bytes of one value; 0 for bitmaps, text and lists. */
  readonly width: number;
}

const table: Readonly<Record<TypeKind, TypeInfo>> = {
  null: { family: 'null', physical: 'bit', width: 0 },
  bool: { family: 'boolean', physical: 'bit', width: 0 },
  int8: { family: 'integer', physical: 'i8', width: 1 },
  int16: { family: 'integer', physical: 'i16', width: 2 },
  int32: { family: 'integer', physical: 'i32', width: 4 },
  int64: { family: 'integer', physical: 'i64', width: 8 },
  uint8: { family: 'integer', physical: 'u8', width: 1 },
  uint16: { family: 'integer', physical: 'u16', width: 2 },
  uint32: { family: 'integer', physical: 'u32', width: 4 },
  uint64: { family: 'integer', physical: 'u64', width: 8 },
  float32: { family: 'float', physical: 'f32', width: 4 },
  float64: { family: 'float', physical: 'f64', width: 8 },
  /** Days since 1970-01-01. */
  date: { family: 'date', physical: 'i32', width: 4 },
  /** Microseconds since 1970-01-01T00:00:00Z; without a zone it is local wall time counted as if UTC. */
  timestamp: { family: 'timestamp', physical: 'i64', width: 8 },
  /** Arrow decimal128, little endian two's complement of value * 10^scale. Carried, compared and printed; no arithmetic. */
  decimal: { family: 'decimal', physical: 'i128', width: 16 },
  utf8: { family: 'text', physical: 'text', width: 0 },
  list: { family: 'list', physical: 'list', width: 0 },
};

export const nullType: DataType = { kind: 'null' };
export const bool: DataType = { kind: 'bool' };
export const int8: DataType = { kind: 'int8' };
export const int16: DataType = { kind: 'int16' };
export const int32: DataType = { kind: 'int32' };
export const int64: DataType = { kind: 'int64' };
export const uint8: DataType = { kind: 'uint8' };
export const uint16: DataType = { kind: 'uint16' };
export const uint32: DataType = { kind: 'uint32' };
export const uint64: DataType = { kind: 'uint64' };
export const float32: DataType = { kind: 'float32' };
export const float64: DataType = { kind: 'float64' };
export const date: DataType = { kind: 'date' };
export const utf8: DataType = { kind: 'utf8' };
export const timestamp = (zone: string | null = null): DataType => ({ kind: 'timestamp', zone });
export const decimal = (precision: number, scale: number): DataType => ({
  kind: 'decimal',
  precision,
  scale,
});

export const list = (element: DataType): DataType => ({ kind: 'list', element });

export const familyOf = (type: DataType): Family => table[type.kind].family;
export const physicalOf = (type: DataType): Physical => table[type.kind].physical;
export const widthOf = (type: DataType): number => table[type.kind].width;
export const isNumeric = (type: DataType): boolean =>
  table[type.kind].family === 'integer' || table[type.kind].family === 'float';

export function sameType(a: DataType, b: DataType): boolean {
  if (a.kind === 'timestamp' && b.kind === 'timestamp') return a.zone === b.zone;
  if (a.kind === 'decimal' && b.kind === 'decimal') return a.precision === b.precision && a.scale === b.scale;
  if (a.kind === 'list' && b.kind === 'list') return sameType(a.element, b.element);
  return a.kind === b.kind;
}

/** `int64`, `timestamp`, `timestamp[Europe/Berlin]`, `decimal(12,2)`, `int64[]`: what users read and write. */
export function typeName(type: DataType): string {
  if (type.kind === 'timestamp') return type.zone === null ? 'timestamp' : `timestamp[${type.zone}]`;
  if (type.kind === 'decimal') return `decimal(${type.precision},${type.scale})`;
  if (type.kind === 'list') return `${typeName(type.element)}[]`;
  return type.kind;
}

const aliases: Readonly<Record<string, DataType>> = {
  boolean: bool,
  tinyint: int8,
  smallint: int16,
  int2: int16,
  int: int32,
  integer: int32,
  int4: int32,
  bigint: int64,
  utinyint: uint8,
  usmallint: uint16,
  uinteger: uint32,
  ubigint: uint64,
  real: float32,
  float: float64,
  float4: float32,
  float8: float64,
  double: float64,
  'double precision': float64,
  text: utf8,
  string: utf8,
  varchar: utf8,
  str: utf8,
  date32: date,
  datetime: timestamp(),
  timestamptz: timestamp('UTC'),
  'timestamp with time zone': timestamp('UTC'),
};

/** The inverse of `typeName`, with the SQL and Arrow aliases; null if it names no type. */
export function parseType(name: string): DataType | null {
  const text = name.trim().toLowerCase();
  const listed = /^(.+)\[\]$/s.exec(name.trim()) ?? /^list\((.+)\)$/is.exec(name.trim());
  if (listed) {
    const element = /^null$/i.test(listed[1]!.trim()) ? nullType : parseType(listed[1]!);
    return element && list(element);
  }
  const zoned = /^timestamp\[(.+)\]$/.exec(name.trim());
  if (zoned) return timestamp(zoned[1]!);
  const exact = /^(?:decimal|numeric)\((\d+)(?:,\s*(\d+))?\)$/.exec(text);
  if (exact) {
    const precision = Number(exact[1]);
    const scale = Number(exact[2] ?? 0);
    return precision >= 1 && precision <= 38 && scale <= precision ? decimal(precision, scale) : null;
  }
  if (text === 'timestamp') return timestamp();
  if (text === 'decimal' || text === 'null' || text === 'list') return null;
  if (Object.hasOwn(aliases, text)) return aliases[text]!;
  return Object.hasOwn(table, text) ? ({ kind: text } as DataType) : null;
}

/** The names `parseType` takes, for messages. */
export const typeNames: readonly string[] = [
  ...Object.keys(table).filter((kind) => kind !== 'null' && kind !== 'decimal' && kind !== 'list'),
  'decimal(p,s)',
  'type[]',
];
