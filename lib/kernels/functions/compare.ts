/** Comparisons. Text by bytes, NaN = NaN and greatest, -0 = 0. */
import { bitmapBytes, fixedVector, type Vector } from '../../arrow/batch.js';
import { bool } from '../../arrow/types.js';
import { type Comparison, columnOf, comparedBits } from '../compare.js';
import { type Datum, isConstant } from '../datum.js';
import { comparable } from '../signature.js';
import { validityOf } from '../validity.js';
import { inConstants } from './in.js';
import { always, anyOf, type Call, type FunctionRow, never, row } from './row.js';

const compared = (name: Comparison, operators: readonly string[], spark: string, doc: string): FunctionRow =>
  row({
    name,
    aliases: operators,
    params: ['any', 'any'],
    result: comparable(bool),
    adapts: true,
    run: ({ args, length, validity, region, machine }) =>
      fixedVector(bool, length, comparedBits(name, args[0]!, args[1]!, length, region, machine), validity),
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
    result: comparable(bool),
    adapts: true,
    nulls: 'own',
    nullable: never,
    run: (call) => sameness(call, true),
    spark: null,
    doc: 'a differs from b, where null equals null',
  }),
  row({
    name: 'is_not_distinct_from',
    aliases: ['<=>'],
    params: ['any', 'any'],
    result: comparable(bool),
    adapts: true,
    nulls: 'own',
    nullable: never,
    run: (call) => sameness(call, false),
    spark: '<=>',
    doc: 'a equals b, where null equals null',
  }),
  row({
    name: 'in',
    params: ['any', 'any', 'any*'],
    result: comparable(bool),
    adapts: true,
    nulls: 'own',
    nullable: anyOf,
    run: inConstants,
    doc: 'x equals one of the constants that follow',
  }),
  row({
    name: 'nullif',
    params: ['any', 'any'],
    result: comparable(),
    adapts: true,
    nulls: 'own',
    nullable: always,
    run: nullIf,
    doc: 'a, or null where a equals b',
  }),
];

/** a where it differs from b; b being null is no equality. */
function nullIf(call: Call): Vector {
  const { length, region, machine } = call;
  const { kernels } = machine;
  const a = columnOf(call.args[0]!, length, region, machine);
  const b = call.args[1]!;
  const same = comparedBits('eq', a, b, length, region, machine);
  const validity = region.reserve(bitmapBytes(length));
  kernels.bitmap_fill(validity, length);
  if (a.validity !== 0) kernels.bitmap_and(validity, a.validity, validity, length);
  const other = validityOf(b, length, region);
  if (other !== 0) kernels.bitmap_and(same, other, same, length);
  kernels.logic_andnot(validity, same, validity, length);
  return { ...a, validity };
}

/** Equal values, or both null. */
function sameness(call: Call, flip: boolean): Vector {
  const { args, length, region, machine } = call;
  const { kernels } = machine;
  const [a, b] = args as [Datum, Datum];
  const first = isConstant(a) ? columnOf(a, length, region, machine) : a;
  const same = comparedBits('eq', first, b, length, region, machine);
  const x = validityOf(first, length, region);
  const y = validityOf(b, length, region);
  if (x !== 0 || y !== 0) {
    const all = region.reserve(bitmapBytes(length));
    kernels.bitmap_fill(all, length);
    const different = region.reserve(bitmapBytes(length));
    kernels.logic_xor(x === 0 ? all : x, y === 0 ? all : y, different, length);
    const neither = region.reserve(bitmapBytes(length));
    kernels.logic_bitor(x === 0 ? all : x, y === 0 ? all : y, neither, length);
    kernels.logic_not(neither, neither, length);
    kernels.logic_bitor(same, neither, same, length);
    kernels.logic_andnot(same, different, same, length);
  }
  if (flip) kernels.logic_not(same, same, length);
  return fixedVector(bool, length, same);
}
