/** Checked arithmetic: int64 for integers, float64 where a float takes part; the try_ forms give null for an error. */
import { fixedVector, type Vector } from '../../arrow/batch.js';
import {
  type DataType,
  date,
  familyOf,
  float32,
  float64,
  int32,
  int64,
  physicalOf,
  typeName,
  widthOf,
} from '../../arrow/types.js';
import { dataError } from '../../errors.js';
import type { Region } from '../../memory/arena.js';
import { cellText } from '../cell.js';
import { columnOf } from '../compare.js';
import { convertColumn } from '../convert.js';
import { type Datum, isConstant, operandOf } from '../datum.js';
import type { Machine } from '../machine.js';
import { arithmeticType, type Rule, type Typing } from '../signature.js';
import { ownValidity } from '../validity.js';
import { kernel } from '../wasm.js';
import { always, type Call, type FunctionRow, row } from './row.js';

const numeric: Rule = (args) => {
  const type = arithmeticType(args);
  return type && { args: args.map(() => type), result: type };
};

/** The opposite of a uint64 is negative, but for zero. */
const opposite: Rule = (args) => {
  const typing = numeric(args);
  return typing?.result.kind === 'uint64' ? same(int64, 1) : typing;
};

const whole: Rule = (args) => {
  const typing = numeric(args);
  return typing && familyOf(typing.result) === 'integer' ? typing : null;
};

const quotient: Rule = (args) => {
  const type = arithmeticType(args);
  return type && same(type.kind === 'float32' ? float32 : float64, args.length);
};

/** Days are added to dates; dates have a distance in days. */
const addition: Rule = (args) => {
  const [a, b] = args.map(familyOf);
  if (a === 'date' && b === 'integer') return { args: [date, int64], result: date };
  if (a === 'integer' && b === 'date') return { args: [int64, date], result: date };
  return numeric(args);
};

const subtraction: Rule = (args) => {
  const [a, b] = args.map(familyOf);
  if (a === 'date' && b === 'integer') return { args: [date, int64], result: date };
  if (a === 'date' && b === 'date') return { args: [date, date], result: int64 };
  return numeric(args);
};

function same(type: DataType, count: number): Typing {
  return { args: Array.from({ length: count }, () => type), result: type };
}

/** A function and its try_ form. */
function checked(
  name: string,
  operators: readonly string[],
  params: FunctionRow['params'],
  result: Rule,
  spark: string | null,
  doc: string,
): readonly FunctionRow[] {
  const trySpark = name === 'sub' ? 'try_subtract' : name === 'mul' ? 'try_multiply' : null;
  const has = ['add', 'div', 'mod'].includes(name);
  return [
    row({
      name,
      aliases: operators,
      params,
      result,
      adapts: true,
      fails: true,
      run: (call) => compute(call, name, false),
      spark,
      doc,
    }),
    row({
      name: `try_${name}`,
      params,
      result,
      adapts: true,
      nullable: always,
      run: (call) => compute(call, name, true),
      spark: has ? (name === 'div' ? 'try_divide' : `try_${name}`) : trySpark,
      doc: `${doc}; null where that is an error`,
    }),
  ];
}

export const arithmeticRows: readonly FunctionRow[] = [
  ...checked('add', ['+'], ['any', 'any'], addition, '+', 'the sum; a date plus days'),
  ...checked('sub', ['-'], ['any', 'any'], subtraction, '-', 'the difference; of two dates in days'),
  ...checked('mul', ['*'], ['any', 'any'], numeric, '*', 'the product'),
  ...checked('div', ['/'], ['any', 'any'], quotient, '/', 'the quotient, always a float'),
  ...checked('int_div', ['//'], ['any', 'any'], whole, 'div', 'the quotient of integers, cut toward zero'),
  ...checked('mod', ['%'], ['any', 'any'], numeric, '%', 'the remainder, with the sign of the dividend'),
  ...checked('neg', [], ['any'], opposite, 'negative', 'the opposite number'),
  ...checked('abs', [], ['any'], numeric, 'abs', 'the distance from zero'),
];

/** Division of floats and of integers is one kernel; which it is shows in the type. */
const kernelNames: Readonly<Record<string, string>> = { int_div: 'div' };

const signs: Readonly<Record<string, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  int_div: '//',
  mod: '%',
};

function compute(call: Call, name: string, lenient: boolean): Vector {
  const { args, type, length, region, machine } = call;
  if (args.some((arg) => arg.type.kind === 'date')) return computeDays(call, name, lenient);
  const validity = lenient ? ownValidity(call.validity, length, region, machine) : call.validity;
  const out = region.reserve(length * widthOf(type));
  const operate = kernel(machine.kernels, `arithmetic_${kernelNames[name] ?? name}_${physicalOf(type)}`);
  const operands = args.map((arg) => operandOf(arg, region, machine));
  const [a, b] = operands;
  const bad =
    b === undefined
      ? operate(columnOf(args[0]!, length, region, machine).data, out, validity, length, lenient ? 1 : 0)
      : operate(a!.address, a!.step, b.address, b.step, out, validity, length, lenient ? 1 : 0);
  if (bad >= 0) throw refusal(name, args, bad, type, machine);
  return fixedVector(type, length, out, validity);
}

/** Dates are computed with as int64 days. */
function computeDays(call: Call, name: string, lenient: boolean): Vector {
  const { args, type, region, machine } = call;
  const days = args.map((arg) => (arg.type.kind === 'date' ? daysOf(arg, region, machine) : arg));
  const sum = compute({ ...call, args: days, type: int64 }, name, lenient);
  if (type.kind !== 'date') return sum;
  return { ...convertColumn(sum, int32, lenient, region, machine), type };
}

function daysOf(datum: Datum, region: Region, machine: Machine): Datum {
  if (isConstant(datum)) return { type: int64, value: datum.value };
  return convertColumn({ ...datum, type: int32 }, int64, false, region, machine);
}

function refusal(name: string, args: readonly Datum[], row: number, type: DataType, machine: Machine): Error {
  const [a, b] = args.map((arg) => cellText(arg, row, machine));
  const text = b === undefined ? `${name}(${a})` : `${a} ${signs[name]} ${b}`;
  const divides = ['div', 'int_div', 'mod'].includes(name) && Number(b) === 0;
  const what = divides ? `division by zero: ${text}` : `${text} does not fit into ${typeName(type)}`;
  return dataError(`${what}; use try_${name} for null instead`);
}
