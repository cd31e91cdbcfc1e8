/** Mathematics in float64, as the C library has it: no argument is an error, sqrt(-1) is NaN. */
import { bitmapBytes, fixedVector, type Vector } from '../../arrow/batch.js';
import { bool, familyOf, float64, int64, physicalOf, widthOf } from '../../arrow/types.js';
import { queryError } from '../../errors.js';
import { columnOf } from '../compare.js';
import { isConstant, operandOf } from '../datum.js';
import { arithmeticType, type Rule } from '../signature.js';
import { kernel } from '../wasm.js';
import { type Call, type FunctionRow, row } from './row.js';

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
  row({ name, aliases, params: ['number'], result: float64, run: (call) => unaryOf(call, name), spark, doc });

export const mathRows: readonly FunctionRow[] = [
  row({
    name: 'ceil',
    run: (call) => rounded(call, 'ceil'),
    aliases: ['ceiling'],
    params: ['any'],
    result: rounding,
    doc: 'the next whole number up',
  }),
  row({
    name: 'floor',
    run: (call) => rounded(call, 'floor'),
    params: ['any'],
    result: rounding,
    doc: 'the next whole number down',
  }),
  row({
    name: 'trunc',
    run: (call) => rounded(call, 'trunc'),
    params: ['any'],
    result: rounding,
    spark: null,
    doc: 'the number cut toward zero',
  }),
  row({
    name: 'round',
    params: ['any', 'integer?!'],
    result: roundingTo,
    run: round,
    doc: 'the nearest number with n digits after the point (0 if not given), halves away from zero',
  }),
  row({ name: 'sign', params: ['any'], result: numeric, run: sign, doc: '-1, 0 or 1' }),
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
    run: (call) => binary(call, 'power'),
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
    run: (call) => binary(call, 'atan2'),
    params: ['number', 'number'],
    result: float64,
    doc: 'the angle of the point (x = b, y = a)',
  }),
  unary('degrees', 'radians as degrees'),
  unary('radians', 'degrees as radians'),
  row({ name: 'pi', run: null, params: [], result: float64, doc: 'the ratio of circumference and diameter' }),
  row({
    name: 'is_nan',
    run: (call) => test(call, 'is_nan'),
    aliases: ['isnan'],
    params: ['number'],
    result: bool,
    spark: 'isnan',
    doc: 'is not a number',
  }),
  row({
    name: 'is_finite',
    run: (call) => test(call, 'is_finite'),
    aliases: ['isfinite'],
    params: ['number'],
    result: bool,
    spark: null,
    doc: 'is neither NaN nor infinite',
  }),
];

function unaryOf({ args, length, validity, region, machine }: Call, name: string): Vector {
  const out = region.reserve(length * 8);
  kernel(machine.kernels, `math_${name}`)(columnOf(args[0]!, length, region, machine).data, out, length);
  return fixedVector(float64, length, out, validity);
}

function binary({ args, length, validity, region, machine }: Call, name: 'power' | 'atan2'): Vector {
  const out = region.reserve(length * 8);
  const [a, b] = args.map((arg) => operandOf(arg, region, machine));
  machine.kernels[`math_${name}`](a!.address, a!.step, b!.address, b!.step, out, length);
  return fixedVector(float64, length, out, validity);
}

function test({ args, length, validity, region, machine }: Call, name: 'is_nan' | 'is_finite'): Vector {
  const out = region.reserve(bitmapBytes(length));
  machine.kernels[`math_${name}`](columnOf(args[0]!, length, region, machine).data, out, length);
  return fixedVector(bool, length, out, validity);
}

function rounded({ args, type, length, validity, region, machine }: Call, name: string): Vector {
  const column = columnOf(args[0]!, length, region, machine);
  if (familyOf(type) === 'integer') return column;
  const out = region.reserve(length * widthOf(type));
  kernel(machine.kernels, `math_${name}_${physicalOf(type)}`)(column.data, out, length);
  return fixedVector(type, length, out, validity);
}

function round(call: Call): Vector {
  const { args, type, length, validity, region, machine } = call;
  const constant = args[1];
  if (constant === undefined) return rounded(call, 'round');
  const digits = Number(isConstant(constant) ? constant.value : 0);
  if (Math.abs(digits) > 300)
    throw queryError(`round cannot keep ${digits} digits; between -300 and 300 it can`);
  const column = columnOf(args[0]!, length, region, machine);
  const out = region.reserve(length * 8);
  if (type.kind === 'int64') {
    if (digits >= 0) return column;
    if (digits < -18) return fixedVector(type, length, region.reserveZeroed(length * 8), validity);
    machine.kernels.math_round_to_i64(column.data, out, length, 10 ** -digits);
  } else {
    machine.kernels.math_round_to_f64(column.data, out, length, digits, 10 ** Math.abs(digits));
  }
  return fixedVector(type, length, out, validity);
}

function sign({ args, type, length, validity, region, machine }: Call): Vector {
  const out = region.reserve(length * widthOf(type));
  const column = columnOf(args[0]!, length, region, machine);
  kernel(machine.kernels, `arithmetic_sign_${physicalOf(type)}`)(column.data, out, validity, length, 0);
  return fixedVector(type, length, out, validity);
}
