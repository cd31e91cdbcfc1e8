/** Checked arithmetic: int64 for integers, float64 where a float takes part; the try_ forms give null for an error. */
import { type DataType, date, familyOf, float32, float64, int64 } from '../../arrow/types.js';
import { arithmeticType, type Rule, type Typing } from '../signature.js';
import { always, type FunctionRow, row } from './row.js';

const numeric: Rule = (args) => {
  const type = arithmeticType(args);
  return type && { args: args.map(() => type), result: type };
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
    row({ name, aliases: operators, params, result, adapts: true, fails: true, spark, doc }),
    row({
      name: `try_${name}`,
      params,
      result,
      adapts: true,
      nullable: always,
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
  ...checked('neg', [], ['any'], numeric, 'negative', 'the opposite number'),
  ...checked('abs', [], ['any'], numeric, 'abs', 'the distance from zero'),
];
