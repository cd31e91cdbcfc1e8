/** Three-valued logic and the choice among values. */
import { bool } from '../../arrow/types.js';
import { unified } from '../signature.js';
import { allOf, type FunctionRow, never, row } from './row.js';

export const logicRows: readonly FunctionRow[] = [
  row({
    name: 'and',
    params: ['boolean', 'boolean', 'boolean*'],
    result: bool,
    nulls: 'own',
    doc: 'all are true; false if one is false, else null if one is null',
  }),
  row({
    name: 'or',
    params: ['boolean', 'boolean', 'boolean*'],
    result: bool,
    nulls: 'own',
    doc: 'one is true; true if one is true, else null if one is null',
  }),
  row({ name: 'not', params: ['boolean'], result: bool, doc: 'true for false, false for true' }),
  row({
    name: 'is_null',
    aliases: ['isnull'],
    params: ['any'],
    result: bool,
    nulls: 'own',
    nullable: never,
    spark: 'isnull',
    doc: 'there is no value',
  }),
  row({
    name: 'is_not_null',
    aliases: ['isnotnull', 'notnull'],
    params: ['any'],
    result: bool,
    nulls: 'own',
    nullable: never,
    spark: 'isnotnull',
    doc: 'there is a value',
  }),
  row({
    name: 'coalesce',
    aliases: ['ifnull'],
    params: ['any', 'any*'],
    result: unified(),
    adapts: true,
    nulls: 'own',
    nullable: allOf,
    doc: 'the first argument that is not null; those after it are not evaluated',
  }),
  row({
    name: 'greatest',
    params: ['any', 'any*'],
    result: unified(),
    adapts: true,
    nulls: 'own',
    nullable: allOf,
    doc: 'the greatest of the arguments that are not null',
  }),
  row({
    name: 'least',
    params: ['any', 'any*'],
    result: unified(),
    adapts: true,
    nulls: 'own',
    nullable: allOf,
    doc: 'the least of the arguments that are not null',
  }),
];
