import { type DataType, typeName } from './types.js';

export interface Field {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
}

/** Column names are unique. */
export interface Schema {
  readonly fields: readonly Field[];
}

export function fieldIndex(schema: Schema, name: string): number {
  return schema.fields.findIndex((field) => field.name === name);
}

/** The schema with only `names`, in their order; every name must exist. */
export function selectFields(schema: Schema, names: readonly string[]): Schema {
  return { fields: names.map((name) => schema.fields[fieldIndex(schema, name)]!) };
}

/** `a int64, b utf8 null` */
export function schemaText(schema: Schema): string {
  return schema.fields
    .map((field) => `${field.name} ${typeName(field.type)}${field.nullable ? ' null' : ''}`)
    .join(', ');
}
