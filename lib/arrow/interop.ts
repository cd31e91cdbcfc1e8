/**
 * Our types as apache-arrow's and back. That library takes a tenth of a second to load, so this module is
 * imported where a user is given its objects, never on the way of a command.
 */
import * as arrow from 'apache-arrow';
import { dataError, unreachable } from '../errors.js';
import type { Field, Schema } from './schema.js';
import * as types from './types.js';

/** The type that a vector of ours has in apache-arrow, buffers unchanged; `coded` where it has a dictionary. */
export function toArrowType(type: types.DataType, coded = false): arrow.DataType {
  switch (type.kind) {
    case 'null':
      return new arrow.Null();
    case 'bool':
      return new arrow.Bool();
    case 'int8':
      return new arrow.Int8();
    case 'int16':
      return new arrow.Int16();
    case 'int32':
      return new arrow.Int32();
    case 'int64':
      return new arrow.Int64();
    case 'uint8':
      return new arrow.Uint8();
    case 'uint16':
      return new arrow.Uint16();
    case 'uint32':
      return new arrow.Uint32();
    case 'uint64':
      return new arrow.Uint64();
    case 'float32':
      return new arrow.Float32();
    case 'float64':
      return new arrow.Float64();
    case 'date':
      return new arrow.DateDay();
    case 'timestamp':
      return new arrow.TimestampMicrosecond(type.zone);
    case 'decimal':
      return new arrow.Decimal(type.scale, type.precision, 128);
    case 'utf8':
      return coded ? new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()) : new arrow.Utf8();
    case 'list':
      return new arrow.List(new arrow.Field('item', toArrowType(type.element), true));
    default:
      return unreachable(type, 'type');
  }
}

export function toArrowField(field: Field, coded = false): arrow.Field {
  return new arrow.Field(field.name, toArrowType(field.type, coded), field.nullable);
}

/** `coded` tells, by position, which text columns have a dictionary. */
export function toArrowSchema(schema: Schema, coded: readonly boolean[] = []): arrow.Schema {
  return new arrow.Schema(schema.fields.map((field, i) => toArrowField(field, coded[i])));
}

/**
 * The type that holds the values of an apache-arrow column; null if none does. The buffers may differ: a
 * timestamp is in microseconds here, a date in days, and a text's offsets are 32 bits.
 */
export function fromArrowType(type: arrow.DataType): types.DataType | null {
  if (arrow.DataType.isNull(type)) return types.nullType;
  if (arrow.DataType.isBool(type)) return types.bool;
  if (arrow.DataType.isInt(type)) return types.parseType(`${type.isSigned ? '' : 'u'}int${type.bitWidth}`);
  if (arrow.DataType.isFloat(type)) {
    if (type.precision === arrow.Precision.DOUBLE) return types.float64;
    return type.precision === arrow.Precision.SINGLE ? types.float32 : null;
  }
  if (arrow.DataType.isDate(type)) return types.date;
  if (arrow.DataType.isTimestamp(type)) return types.timestamp(type.timezone || null);
  if (arrow.DataType.isDecimal(type))
    return type.bitWidth === 128 && type.scale >= 0 ? types.decimal(type.precision, type.scale) : null;
  if (arrow.DataType.isUtf8(type) || arrow.DataType.isLargeUtf8(type)) return types.utf8;
  if (arrow.DataType.isList(type)) {
    const element = fromArrowType(type.valueType);
    return element && types.list(element);
  }
  if (arrow.DataType.isDictionary(type)) {
    const values = fromArrowType(type.dictionary as arrow.DataType);
    return values?.kind === 'utf8' ? values : null;
  }
  return null;
}

/** A column of a type we cannot hold is a data error that names it. */
export function fromArrowField(field: arrow.Field): Field {
  const type = fromArrowType(field.type);
  if (type === null)
    throw dataError(`column ${field.name} has type ${field.type}, which is not supported; leave it out`, {
      column: field.name,
    });
  return { name: field.name, type, nullable: field.nullable };
}

export function fromArrowSchema(schema: arrow.Schema): Schema {
  return { fields: schema.fields.map(fromArrowField) };
}
