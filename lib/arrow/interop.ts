/**
 * Our types as apache-arrow's. That library takes a tenth of a second to load, so this module is
 * imported where a user is given its objects, never on the way of a command.
 */
import * as arrow from 'apache-arrow';
import { unreachable } from '../errors.js';
import type { Field } from './schema.js';
import type { DataType } from './types.js';

/** The type that a vector of ours has in apache-arrow, buffers unchanged; `coded` where it has a dictionary. */
export function toArrowType(type: DataType, coded = false): arrow.DataType {
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
