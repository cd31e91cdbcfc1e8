/** Parquet's physical, converted and logical types as ours, and back. */
import type { SchemaElement } from 'hyparquet';
import type { Field } from '../../arrow/schema.js';
import {
  bool,
  type DataType,
  date,
  decimal,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  nullType,
  timestamp,
  typeName,
  uint8,
  uint16,
  uint32,
  uint64,
  utf8,
} from '../../arrow/types.js';
import { dataError, queryError } from '../../errors.js';

/** How stored integers become microseconds; INT96 is a day and the nanoseconds in it. */
export type TimeUnit = 'MILLIS' | 'MICROS' | 'NANOS' | 'INT96';

export interface ColumnType {
  readonly type: DataType;
  /** Only of timestamps. */
  readonly unit: TimeUnit | null;
}

/** The type of a column; one that cannot be held is refused with its name. */
export function columnType(element: SchemaElement, file: string): ColumnType {
  const { name } = element;
  const refuse = (what: string): never => {
    throw dataError(`${file}: column "${name}" is ${what}, which is not supported`, { file, column: name });
  };
  if (element.num_children !== undefined && element.num_children > 0) return refuse('nested');
  if (element.repetition_type === 'REPEATED') return refuse('a list');
  const plain = (type: DataType): ColumnType => ({ type, unit: null });
  const { type, converted_type: converted, logical_type: logical } = element;
  if (logical?.type === 'NULL') return plain(nullType);
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') {
    const { precision, scale } = logical?.type === 'DECIMAL' ? logical : element;
    if (precision === undefined || precision < 1 || precision > 38) return refuse(`decimal(${precision})`);
    return plain(decimal(precision, scale ?? 0));
  }
  switch (type) {
    case 'BOOLEAN':
      return plain(bool);
    case 'FLOAT':
      return plain(float32);
    case 'DOUBLE':
      return plain(float64);
    case 'INT96':
      return { type: timestamp(), unit: 'INT96' };
    case 'INT32':
    case 'INT64': {
      if (converted === 'DATE' || logical?.type === 'DATE') return plain(date);
      if (logical?.type === 'TIMESTAMP')
        return { type: timestamp(logical.isAdjustedToUTC ? 'UTC' : null), unit: logical.unit };
      if (converted === 'TIMESTAMP_MILLIS') return { type: timestamp(), unit: 'MILLIS' };
      if (converted === 'TIMESTAMP_MICROS') return { type: timestamp(), unit: 'MICROS' };
      if (logical?.type === 'TIME' || converted?.startsWith('TIME_')) return refuse('a time of day');
      const width =
        logical?.type === 'INTEGER' ? logical.bitWidth : Number(/\d+$/.exec(converted ?? '')?.[0] ?? 0);
      const unsigned =
        logical?.type === 'INTEGER' ? !logical.isSigned : converted?.startsWith('UINT_') === true;
      return plain(integers[`${unsigned ? 'u' : ''}${width || (type === 'INT32' ? 32 : 64)}`] ?? int64);
    }
    case 'BYTE_ARRAY':
      if (converted === 'JSON' || logical?.type === 'JSON') return refuse('JSON');
      if (converted === 'UTF8' || converted === 'ENUM') return plain(utf8);
      if (logical?.type === 'STRING' || logical?.type === 'ENUM') return plain(utf8);
      return refuse(converted === 'BSON' ? 'BSON' : 'binary');
    case 'FIXED_LEN_BYTE_ARRAY':
      if (logical?.type === 'UUID') return refuse('a UUID');
      if (logical?.type === 'FLOAT16') return refuse('a 16-bit float');
      return refuse(converted === 'INTERVAL' ? 'an interval' : 'binary');
    default:
      return refuse(`of the unknown type ${type}`);
  }
}

const integers: Readonly<Record<string, DataType>> = {
  '8': int8,
  '16': int16,
  '32': int32,
  '64': int64,
  u8: uint8,
  u16: uint16,
  u32: uint32,
  u64: uint64,
};

/** How a column is declared when it is written. Every column may hold nulls, as the type of a batch does not tell. */
export function schemaElement({ name, type }: Field): SchemaElement {
  const base = { name, repetition_type: 'OPTIONAL' } as const;
  switch (type.kind) {
    case 'null':
      return { ...base, type: 'INT32', logical_type: { type: 'NULL' } };
    case 'bool':
      return { ...base, type: 'BOOLEAN' };
    case 'int8':
      return { ...base, type: 'INT32', converted_type: 'INT_8' };
    case 'int16':
      return { ...base, type: 'INT32', converted_type: 'INT_16' };
    case 'int32':
      return { ...base, type: 'INT32' };
    case 'int64':
      return { ...base, type: 'INT64' };
    case 'uint8':
      return { ...base, type: 'INT32', converted_type: 'UINT_8' };
    case 'uint16':
      return { ...base, type: 'INT32', converted_type: 'UINT_16' };
    case 'uint32':
      return { ...base, type: 'INT32', converted_type: 'UINT_32' };
    case 'uint64':
      return { ...base, type: 'INT64', converted_type: 'UINT_64' };
    case 'float32':
      return { ...base, type: 'FLOAT' };
    case 'float64':
      return { ...base, type: 'DOUBLE' };
    case 'date':
      return { ...base, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } };
    case 'timestamp':
      return {
        ...base,
        type: 'INT64',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: type.zone !== null, unit: 'MICROS' },
      };
    case 'decimal': {
      const { precision, scale } = type;
      const declared = {
        ...base,
        converted_type: 'DECIMAL',
        precision,
        scale,
        logical_type: { type: 'DECIMAL', precision, scale },
      } as const;
      if (precision <= 9) return { ...declared, type: 'INT32' };
      if (precision <= 18) return { ...declared, type: 'INT64' };
      return { ...declared, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16 };
    }
    case 'utf8':
      return { ...base, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
    case 'list':
      throw queryError(
        `column "${name}" is a list (${typeName(type)}), and lists cannot be written to Parquet yet; write Arrow or a dataset, or leave it out`,
        { column: name },
      );
  }
}
