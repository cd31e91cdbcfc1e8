/** Stored values as ours: narrower integers, microseconds, decimals of 128 bits. */
import type { SchemaElement } from 'hyparquet';
import { widthOf } from '../../arrow/types.js';
import { dataError } from '../../errors.js';
import type { Runtime } from '../format.js';
import type { Conversion } from './stored-values.js';
import type { ColumnType, TimeUnit } from './types.js';

/** Null where values are stored as we hold them. */
export function conversionOf(
  column: ColumnType,
  element: SchemaElement,
  file: string,
  runtime: Runtime,
): Conversion | null {
  const { kernels } = runtime;
  const { type, unit } = column;
  if (type.kind === 'decimal') return decimals(element, runtime);
  if (unit !== null && element.type !== (unit === 'INT96' ? 'INT96' : 'INT64')) throw misfit(element);
  if (unit !== null) return unit === 'MICROS' ? null : microseconds(unit, element.name, file, runtime);
  switch (element.type) {
    case 'BOOLEAN':
      if (type.kind === 'bool') return null;
      break;
    case 'FLOAT':
    case 'INT32':
      if (widthOf(type) === 4) return null;
      if (widthOf(type) === 2) return (data, _, count, out) => kernels.narrow_4_2(data, count, out);
      if (widthOf(type) === 1) return (data, _, count, out) => kernels.narrow_4_1(data, count, out);
      break;
    case 'DOUBLE':
    case 'INT64':
      if (widthOf(type) === 8) return null;
      break;
  }
  throw misfit(element);
}

const misfit = ({ type }: SchemaElement): Error => new Error(`its type cannot be stored as ${type}`);

function decimals(element: SchemaElement, { kernels }: Runtime): Conversion {
  switch (element.type) {
    case 'INT32':
      return (data, _, count, out) => kernels.parquet_decimals_4(data, count, out);
    case 'INT64':
      return (data, _, count, out) => kernels.parquet_decimals_8(data, count, out);
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return (data, lengths, count, out) => {
        if (!kernels.parquet_decimals_bytes(data, lengths, element.type_length ?? 0, count, out))
          throw new Error('a decimal has more than 38 digits');
      };
    default:
      throw misfit(element);
  }
}

/** No digit may be lost: finer times are refused. */
function microseconds(
  unit: Exclude<TimeUnit, 'MICROS'>,
  name: string,
  file: string,
  { kernels }: Runtime,
): Conversion {
  const refuse = (what: string): never => {
    throw dataError(`${file}: column "${name}": ${what}`, { file, column: name });
  };
  const finer = (): never => refuse('a timestamp has nanoseconds; only microseconds can be held');
  const beyond = (): never => refuse('a timestamp is out of range');
  switch (unit) {
    case 'MILLIS':
      return (data, _, count, out) => {
        if (kernels.foreign_times_i64(data, 0, count, 1000, out) >= 0) beyond();
      };
    case 'NANOS':
      return (data, _, count, out) => {
        if (kernels.foreign_over_i64(data, 0, count, 1000, out) >= 0) finer();
      };
    case 'INT96':
      return (data, _, count, out) => {
        const fault = kernels.parquet_int96(data, count, out);
        if (fault === 1) finer();
        if (fault === 2) beyond();
      };
  }
}
