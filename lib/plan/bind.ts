/**
 * Resolves names and types: columns become indices, implicit conversions become casts, calls get exactly the
 * argument types that their function computes with.
 */
import { fieldIndex, type Schema } from '../arrow/schema.js';
import { bool, type DataType, familyOf, float64, sameType, typeName } from '../arrow/types.js';
import { queryError, type SpillwayError, unreachable } from '../errors.js';
import { isComparison } from '../kernels/compare.js';
import { type FunctionRow, findFunction, functionNames } from '../kernels/functions.js';
import { castable, commonType, mustBeConstant, signatureText, typeCall } from '../kernels/signature.js';
import { bindComparison } from './bind-comparison.js';
import type { Bound, BoundCall, BoundCase, BoundLiteral } from './bound.js';
import type { CallExpr, CaseExpr, CastExpr, Expr, FunctionCode } from './expr.js';
import { convertLiteral, literal } from './literal.js';
import { didYouMean } from './near-name.js';
import { infix, levels } from './operators.js';

/** Whatever is wrong with the expression is a query error that names it. */
export function bind(expr: Expr, schema: Schema): Bound {
  switch (expr.op) {
    case 'column': {
      const index = fieldIndex(schema, expr.name);
      const field = schema.fields[index];
      if (field === undefined) throw unknownColumn(expr.name, schema);
      return { op: 'column', index, type: field.type, nullable: field.nullable };
    }
    case 'literal':
      return literal(expr.type, expr.value);
    case 'call':
      return bindCalled(
        expr,
        expr.args.map((arg) => bind(arg, schema)),
      );
    case 'cast':
      return bindCast(expr, schema);
    case 'case':
      return bindCase(expr, schema);
    default:
      return unreachable(expr, 'expression');
  }
}

/** As `bind`, for a condition: it must be a boolean. `what` names it in the error: "the filter". */
export function bindPredicate(expr: Expr, schema: Schema, what: string): Bound {
  const bound = bind(expr, schema);
  if (familyOf(bound.type) !== 'boolean' && familyOf(bound.type) !== 'null')
    throw queryError(`${what} must be true or false, but its type is ${typeName(bound.type)}`);
  return convert(bound, bool);
}

export function unknownColumn(name: string, schema: Schema): SpillwayError {
  // Both sides of a join may have a name.
  const names = [...new Set(schema.fields.map((field) => field.name))];
  const listed = names.length > 20 ? `${names.slice(0, 20).join(', ')}, ...` : names.join(', ');
  const near = didYouMean(name, names) || ';';
  return queryError(`there is no column "${name}"${near} columns: ${listed}`, { column: name });
}

/** The expression converted to `type`, implicitly: literals at once, the rest by a cast. */
export function convert(bound: Bound, type: DataType): Bound {
  if (sameType(bound.type, type)) return bound;
  if (bound.op === 'literal') {
    const exact = convertLiteral(bound, type);
    if (exact !== null) return exact;
  }
  return { op: 'cast', input: bound, type, try: false, nullable: bound.nullable };
}

function bindCalled({ name, code }: CallExpr, args: readonly Bound[]): Bound {
  return code === undefined ? bindCall(name, args) : bindCode(name, code, args);
}

/** Arguments become what the function was registered for, where that loses nothing. */
function bindCode(name: string, code: FunctionCode, given: readonly Bound[]): BoundCall {
  const args = code.args.map((type, i): Bound | null => {
    const arg = given[i];
    if (arg === undefined) return null;
    const exact = arg.op === 'literal' ? convertLiteral(arg, type) : null;
    if (exact !== null) return exact;
    const common = commonType([arg.type, type]);
    return common !== null && sameType(common, type) ? convert(arg, type) : null;
  });
  if (given.length !== code.args.length || args.includes(null)) {
    const wanted = code.args.map(typeName).join(', ');
    const advice = given.length === code.args.length ? '; cast them' : '';
    throw queryError(`${name}(${wanted}) does not take (${typeList(given)})${advice}`);
  }
  const nullable = code.nullable || (code.nulls === 'skip' && given.some((arg) => arg.nullable));
  return { op: 'call', name, args: args as Bound[], type: code.returns, nullable, code };
}

function bindCall(name: string, args: readonly Bound[]): Bound {
  const row = findFunction(name);
  if (row === null) throw unknownFunction(name);
  if (row.name === 'if') return bindIf(row, args);
  if (row.name === 'pi' && args.length === 0) return literal(float64, Math.PI);
  if (row.name === 'neg' && args.length === 1) {
    const folded = negated(args[0]!);
    if (folded !== null) return folded;
  }
  if (row.name === 'in' && args.length > 1 && !args.slice(1).every((arg) => arg.op === 'literal')) {
    const equals = args.slice(1).map((arg) => bindCall('eq', [args[0]!, arg]));
    return equals.length === 1 ? equals[0]! : bindCall('or', equals);
  }
  return (isComparison(row.name) ? bindComparison(row.name, args) : null) ?? typedCall(row, args);
}

function typedCall(row: FunctionRow, given: readonly Bound[]): BoundCall {
  const args = row.adapts ? adapted(row, given) : given;
  const typing = typeCall(
    row.params,
    row.result,
    args.map((arg) => arg.type),
  );
  if (typing === null) throw mismatch(row, given);
  typing.args.forEach((_, index) => {
    if (mustBeConstant(row.params, index) && args[index]!.op !== 'literal')
      throw queryError(`argument ${index + 1} of ${signatureText(row.name, row.params)} must be a constant`);
  });
  const converted = args.map((arg, i) => convert(arg, typing.args[i]!));
  row.check?.(converted.map((arg) => (arg.op === 'literal' && arg.value !== null ? arg : null)));
  return {
    op: 'call',
    name: row.name,
    args: converted,
    type: typing.result,
    nullable: row.nullable(converted.map((arg) => arg.nullable)),
  };
}

/** Literals take the common type of the other arguments where their value fits exactly. */
function adapted(row: FunctionRow, args: readonly Bound[]): readonly Bound[] {
  const others = args.filter((arg) => arg.op !== 'literal').map((arg) => arg.type);
  const common = commonType(others);
  // A decimal literal among floats and integers is a way to write a number, not a wish for decimals.
  const target = common === null || common.kind === 'null' ? null : common;
  const spelled = !others.some((type) => type.kind === 'decimal');
  return args.map((arg) => {
    if (arg.op !== 'literal') return arg;
    const exact = target && convertLiteral(arg, target);
    if (exact) return exact;
    return spelled && arg.type.kind === 'decimal' && row.name !== 'in' ? convertLiteral(arg, float64)! : arg;
  });
}

function bindIf(row: FunctionRow, args: readonly Bound[]): BoundCase {
  if (args.length !== 3) throw mismatch(row, args);
  return typedCase([{ when: args[0]!, then: args[1]! }], args[2]!);
}

function bindCase(expr: CaseExpr, schema: Schema): BoundCase {
  const branches = expr.branches.map(({ when, then }) => ({
    when: bind(when, schema),
    then: bind(then, schema),
  }));
  return typedCase(branches, bind(expr.otherwise, schema));
}

function typedCase(branches: BoundCase['branches'], otherwise: Bound): BoundCase {
  for (const { when } of branches) {
    if (familyOf(when.type) !== 'boolean' && familyOf(when.type) !== 'null')
      throw queryError(`a condition of case must be true or false, but its type is ${typeName(when.type)}`);
  }
  const values = [...branches.map(({ then }) => then), otherwise];
  const fixed = commonType(values.filter((value) => value.op !== 'literal').map((value) => value.type));
  const fitted = values.map((value) =>
    value.op === 'literal' && fixed !== null && fixed.kind !== 'null'
      ? (convertLiteral(value, fixed) ?? value)
      : value,
  );
  const type = commonType(fitted.map((value) => value.type));
  if (type === null)
    throw queryError(
      `the branches of case have types that do not go together: ${typeList(values)}; cast them`,
    );
  return {
    op: 'case',
    branches: branches.map(({ when }, i) => ({ when: convert(when, bool), then: convert(fitted[i]!, type) })),
    otherwise: convert(fitted.at(-1)!, type),
    type,
    nullable: values.some((value) => value.nullable),
  };
}

function bindCast(expr: CastExpr, schema: Schema): Bound {
  const input = bind(expr.input, schema);
  const { type } = expr;
  if (sameType(input.type, type)) return input;
  if (!castable(input.type, type))
    throw queryError(`${typeName(input.type)} cannot be cast to ${typeName(type)}`);
  return { op: 'cast', input, type, try: expr.try, nullable: input.nullable || expr.try };
}

function negated(bound: Bound): BoundLiteral | null {
  if (bound.op !== 'literal' || bound.value === null) return null;
  const family = familyOf(bound.type);
  if (family === 'float')
    return literal(bound.type, typeof bound.value === 'number' ? -bound.value : flipped(bound.value));
  if (family !== 'integer' && family !== 'decimal') return null;
  if (bound.type.kind === 'decimal') return literal(bound.type, String(-BigInt(bound.value as string)));
  const negative = String(-BigInt(bound.value as string | number));
  return convertLiteral(literal({ kind: 'decimal', precision: 38, scale: 0 }, negative), { kind: 'int64' });
}

function flipped(value: string | boolean): string | boolean {
  return value === 'Infinity' ? '-Infinity' : value === '-Infinity' ? 'Infinity' : value;
}

const notDeterministic = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
  'current_user',
  'session_user',
  'user',
  'current_role',
  'current_catalog',
  'current_schema',
  'now',
  'today',
  'random',
  'rand',
  'uuid',
  'gen_random_uuid',
]);

export function unknownFunction(name: string, known: readonly string[] = functionNames): SpillwayError {
  if (notDeterministic.has(name.toLowerCase()))
    return queryError(`${name} differs from run to run and is not supported; give its value as a constant`);
  return queryError(`there is no function "${name}"${didYouMean(name, known)}`);
}

function mismatch(row: FunctionRow, args: readonly Bound[]): SpillwayError {
  const { name, params } = row;
  const [a, b] = args.map((arg) => typeName(arg.type));
  const least = params.filter((param) => !/[?*]/.test(param)).length;
  const most = params.at(-1)?.endsWith('*') ? Infinity : params.length;
  if (args.length < least || args.length > most) {
    const count = least === most ? `${most}` : most === Infinity ? `${least} or more` : `${least} to ${most}`;
    const plural = count === '1' ? '' : 's';
    return queryError(`${signatureText(name, params)} takes ${count} argument${plural}, not ${args.length}`);
  }
  const takesLists = params.some((param) => param.startsWith('list'));
  if (
    args.some((arg) => arg.type.kind === 'list') &&
    !takesLists &&
    params.some((param) => param.startsWith('any'))
  )
    return queryError(
      `${name} does not take lists, but got (${typeList(args)}); take an element with list_extract, or cast the list to utf8`,
    );
  if (args.length === 2 && (isComparison(name) || name.startsWith('is_')))
    return queryError(`cannot compare ${a} with ${b}; ${quotedNumber(args) ?? 'cast one'}`);
  if (name === 'in')
    return queryError(`in compares values of one type, but got ${typeList(args)}; cast them`);
  if (args.some((arg) => arg.type.kind === 'decimal') && row.adapts)
    return queryError(`${name} does not compute with decimals; cast to float64`);
  if (args.some((arg) => familyOf(arg.type) === 'timestamp') && row.adapts)
    return queryError(`${name} does not take (${typeList(args)}); times have date_add and date_diff`);
  if (oneType.has(name))
    return queryError(`${name} needs values of one type, but got (${typeList(args)}); cast them`);
  const operator = infix[name];
  if (operator?.level === levels.sum || operator?.level === levels.product)
    return queryError(`cannot compute ${a} ${operator.symbol} ${b}${advice(name, args)}`);
  if (params[0] === 'any')
    return queryError(`${name} takes numbers, but got (${typeList(args)})${advice(name, args)}`);
  return queryError(`${signatureText(name, params)} does not take (${typeList(args)})`);
}

/** Functions whose arguments may be of any type, but of one. */
const oneType: ReadonlySet<string> = new Set(['coalesce', 'greatest', 'least', 'nullif', 'list_value']);

/** `delay > '5'`: the literal is a number but for its quotes. */
function quotedNumber(args: readonly Bound[]): string | null {
  const texts = args.filter((arg) => arg.op === 'literal' && familyOf(arg.type) === 'text');
  const [text] = texts.map((arg) => String((arg as BoundLiteral).value));
  const other = args.find((arg) => familyOf(arg.type) === 'integer' || familyOf(arg.type) === 'float');
  if (text === undefined || other === undefined || !/^-?\d+(\.\d+)?$/.test(text)) return null;
  return `write ${text} without quotes`;
}

function advice(name: string, args: readonly Bound[]): string {
  const texts = args.filter((arg) => familyOf(arg.type) === 'text').length;
  if (name === 'add' && texts === 2) return '; texts are joined with ||';
  return texts > 0 ? '; cast the text to a number' : '';
}

function typeList(args: readonly Bound[]): string {
  return args.map((arg) => typeName(arg.type)).join(', ');
}
