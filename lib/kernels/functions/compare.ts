/** Comparisons. Text by bytes, NaN = NaN and greatest, -0 = 0. */
import { bool } from '../../arrow/types.js';
import { unified } from '../signature.js';
import { always, anyOf, type FunctionRow, never, row } from './row.js';

const compared = (name: string, operators: readonly string[], spark: string, doc: string): FunctionRow =>
  row({
    name,
    aliases: operators,
    params: ['any', 'any'],
    result: unified(bool),
    adapts: true,
    spark,
    doc,
  });

export const compareRows: readonly FunctionRow[] = [
  compared('eq', ['=', '=='], '=', 'a equals b'),
  compared('ne', ['<>', '!='], '!=', 'a differs from b'),
  compared('lt', ['<'], '<', 'a is less than b'),
  compared('le', ['<='], '<=', 'a is at most b'),
  compared('gt', ['>'], '>', 'a is greater than b'),
  compared('ge', ['>='], '>=', 'a is at least b'),
  row({
    name: 'is_distinct_from',
    params: ['any', 'any'],
    result: unified(bool),
    adapts: true,
    nulls: 'own',
    nullable: never,
    spark: null,
    doc: 'a differs from b, where null equals null',
  }),
  row({
    name: 'is_not_distinct_from',
    aliases: ['<=>'],
    params: ['any', 'any'],
    result: unified(bool),
    adapts: true,
    nulls: 'own',
    nullable: never,
    spark: '<=>',
    doc: 'a equals b, where null equals null',
  }),
  row({
    name: 'in',
    params: ['any', 'any', 'any*'],
    result: unified(bool),
    adapts: true,
    nulls: 'own',
    nullable: anyOf,
    doc: 'x equals one of the constants that follow',
  }),
  row({
    name: 'nullif',
    params: ['any', 'any'],
    result: unified(),
    adapts: true,
    nulls: 'own',
    nullable: always,
    doc: 'a, or null where a equals b',
  }),
];

/** Functions whose literals may lie outside the range of the column they are compared with. */
export const isComparison = (name: string): boolean => comparisons.has(name);

const comparisons = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge']);

/** The comparison that holds for (b, a) where `name` holds for (a, b). */
export const mirrored: Readonly<Record<string, string>> = {
  eq: 'eq',
  ne: 'ne',
  lt: 'gt',
  le: 'ge',
  gt: 'lt',
  ge: 'le',
};
