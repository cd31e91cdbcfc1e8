/** Mathematics in float64, as the C library has it: no argument is an error, sqrt(-1) is NaN. */
import { bool, familyOf, float64, int64 } from '../../arrow/types.js';
import { arithmeticType, type Rule } from '../signature.js';
import { type FunctionRow, row } from './row.js';

/** Integers stay what they are, floats keep their width. */
const rounding: Rule = (args) => {
  const type = args[0]!;
  const family = familyOf(type);
  if (family === 'null') return { args: [float64, ...args.slice(1)], result: float64 };
  return family === 'integer' || family === 'float' ? { args, result: type } : null;
};

/** Digits before the point too: round(1234, -2) = 1200. */
const roundingTo: Rule = (args) => {
  const [type, digits] = args;
  if (digits === undefined) return rounding(args);
  const family = familyOf(type!);
  if (family === 'integer' && type!.kind !== 'uint64') return { args: [int64, int64], result: int64 };
  return family === 'float' || family === 'null' ? { args: [float64, int64], result: float64 } : null;
};

const numeric: Rule = (args) => {
  const type = arithmeticType(args);
  return type && { args: args.map(() => type), result: type };
};

const unary = (name: string, doc: string, spark: string | null = name, aliases: string[] = []): FunctionRow =>
  row({ name, aliases, params: ['number'], result: float64, spark, doc });

export const mathRows: readonly FunctionRow[] = [
  row({
    name: 'ceil',
    aliases: ['ceiling'],
    params: ['any'],
    result: rounding,
    doc: 'the next whole number up',
  }),
  row({ name: 'floor', params: ['any'], result: rounding, doc: 'the next whole number down' }),
  row({ name: 'trunc', params: ['any'], result: rounding, spark: null, doc: 'the number cut toward zero' }),
  row({
    name: 'round',
    params: ['any', 'integer?'],
    result: roundingTo,
    doc: 'the nearest number with n digits after the point (0 if not given), halves away from zero',
  }),
  row({ name: 'sign', params: ['any'], result: numeric, doc: '-1, 0 or 1' }),
  unary('sqrt', 'the square root'),
  unary('cbrt', 'the cube root'),
  unary('exp', 'e to the power of x'),
  unary('ln', 'the natural logarithm'),
  unary('log10', 'the logarithm to base 10', 'log10', ['log']),
  unary('log2', 'the logarithm to base 2'),
  row({
    name: 'power',
    aliases: ['pow', '^', '**'],
    params: ['number', 'number'],
    result: float64,
    doc: 'a to the power of b',
  }),
  unary('sin', 'the sine of radians'),
  unary('cos', 'the cosine of radians'),
  unary('tan', 'the tangent of radians'),
  unary('asin', 'the arc sine in radians'),
  unary('acos', 'the arc cosine in radians'),
  unary('atan', 'the arc tangent in radians'),
  row({
    name: 'atan2',
    params: ['number', 'number'],
    result: float64,
    doc: 'the angle of the point (x = b, y = a)',
  }),
  unary('degrees', 'radians as degrees'),
  unary('radians', 'degrees as radians'),
  row({ name: 'pi', params: [], result: float64, doc: 'the ratio of circumference and diameter' }),
  row({
    name: 'is_nan',
    aliases: ['isnan'],
    params: ['number'],
    result: bool,
    spark: 'isnan',
    doc: 'is not a number',
  }),
  row({
    name: 'is_finite',
    aliases: ['isfinite'],
    params: ['number'],
    result: bool,
    spark: null,
    doc: 'is neither NaN nor infinite',
  }),
];
