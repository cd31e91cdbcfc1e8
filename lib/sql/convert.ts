/** The grammar's expressions as ours. */
import type { A_Expr, FuncCall, GroupingFunc, Node, SortBy, SubLink } from 'libpg-query';
import { bool, utf8 } from '../arrow/types.js';
import { aggregateNames, findAggregate } from '../kernels/aggregates.js';
import { findFunction, functionNames } from '../kernels/functions.js';
import { unknownFunction } from '../plan/bind.js';
import type { Expr, NamedAggregate } from '../plan/expr.js';
import { call, callCode, caseOf, cast, integer, literal, text, untypedNull } from '../plan/make-expr.js';
import { constant, typedConstant } from './constants.js';
import type { Parsed } from './grammar.js';
import { intervalParts, isInterval } from './interval.js';
import { columnNames, nameOf } from './names.js';
import { orderOf } from './sort-nodes.js';
import { startOf } from './start-of.js';
import { typeOf } from './type-name.js';

/** What a name or an aggregate means where the expression stands. */
export interface Scope {
  readonly parsed: Parsed;
  /** `qualifier` is the t of `t.x`. Throws where there is no such column. */
  column(name: string, qualifier: string | null, byte: number): Expr;
  /** Takes an aggregate and gives what stands for its result; throws where aggregates make no sense. */
  aggregate(aggregate: Omit<NamedAggregate, 'name'>, byte: number): Expr;
  /** Takes a call with `over`; as `aggregate`. */
  window(call: FuncCall, byte: number): Expr;
  /** Takes a query that stands for a value or a condition. */
  subquery(link: SubLink, byte: number): Expr;
  /** Takes grouping(a, b). */
  grouping(call: GroupingFunc, byte: number): Expr;
  /** Where each expression begins, for errors that are found later. */
  readonly places: WeakMap<Expr, number>;
}

export function convert(node: Node | undefined, scope: Scope): Expr {
  const [kind, body] = (Object.entries(node ?? {})[0] ?? ['nothing', {}]) as [string, never];
  const converter = converters[kind];
  if (!converter) {
    throw scope.parsed.source.unsupported(refused[kind] ?? kind, startOf(node));
  }
  const expr = converter(body, scope);
  const start = startOf(node);
  if (start !== undefined && !scope.places.has(expr)) scope.places.set(expr, start);
  return expr;
}

type Converter = (body: never, scope: Scope) => Expr;

const converters: Readonly<Record<string, Converter | undefined>> = {
  ColumnRef: columnRef,
  A_Const: constant,
  A_Expr: operation,
  BoolExpr: booleanOperation,
  NullTest: nullTest,
  BooleanTest: booleanTest,
  FuncCall: functionCall,
  CaseExpr: caseExpression,
  A_ArrayExpr: (body: { elements?: Node[] }, scope) =>
    call('list_value', ...convertAll(body.elements, scope)),
  A_Indirection: subscript,
  CoalesceExpr: (body: { args?: Node[] }, scope) => call('coalesce', ...convertAll(body.args, scope)),
  MinMaxExpr: (body: { op?: string; args?: Node[] }, scope) =>
    call(body.op === 'IS_LEAST' ? 'least' : 'greatest', ...convertAll(body.args, scope)),
  TypeCast: typeCast,
  SQLValueFunction: currentValue,
  SubLink: (body: SubLink, scope) => scope.subquery(body, startOf(body) ?? 0),
  GroupingFunc: (body: GroupingFunc, scope) => scope.grouping(body, body.location ?? 0),
} satisfies Record<string, Converter>;

/** What users call the nodes that have no converter. */
const refused: Readonly<Record<string, string>> = {
  RowExpr: 'a row of values',
  ParamRef: 'a parameter',
  CollateClause: 'collate',
  NamedArgExpr: 'an argument with a name',
  XmlExpr: 'XML',
  XmlSerialize: 'XML',
  SetToDefault: 'default',
  JsonFuncExpr: 'JSON',
  JsonObjectConstructor: 'JSON',
  JsonArrayConstructor: 'JSON',
  JsonIsPredicate: 'is json',
  nothing: 'an empty expression',
};

/** `l[1]`, `l[1][-1]` */
function subscript(body: { arg?: Node; indirection?: Node[] }, scope: Scope): Expr {
  return (body.indirection ?? []).reduce(
    (value, node) => {
      const { A_Indices } = node as { A_Indices?: { is_slice?: boolean; uidx?: Node } };
      if (A_Indices === undefined || A_Indices.is_slice === true)
        throw scope.parsed.source.unsupported(
          A_Indices ? 'a slice of a list' : 'a field of a value',
          startOf(body.arg),
        );
      return call('list_extract', value, convert(A_Indices.uidx, scope));
    },
    convert(body.arg, scope),
  );
}

function columnRef(body: { fields?: Node[]; location?: number }, scope: Scope): Expr {
  const byte = body.location ?? 0;
  const { source } = scope.parsed;
  const names = columnNames(body.fields ?? [], byte, source);
  if (names.includes('*')) throw source.error('* stands for all columns and is no value', byte);
  if (names.length > 2) throw source.unsupported(`a name of ${names.length} parts`, byte);
  return scope.column(names.at(-1)!, names.length === 2 ? names[0]! : null, byte);
}

/** Operators whose function takes the same two arguments: the operator is an alias of the function. */
const plainOperators = new Set(['=', '<>', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '^', '||', '~']);

function operation(body: A_Expr, scope: Scope): Expr {
  const { source, wholeDivisions } = scope.parsed;
  const byte = body.location ?? 0;
  const symbol = nameOf(body.name?.at(-1));
  const left = (): Expr => convert(body.lexpr, scope);
  const right = (): Expr => convert(body.rexpr, scope);
  const items = (): Expr[] =>
    convertAll((body.rexpr as { List?: { items?: Node[] } } | undefined)?.List?.items, scope);
  switch (body.kind) {
    case 'AEXPR_OP': {
      const shifted = shiftedTime(body, symbol, scope);
      if (shifted !== null) return shifted;
      if (body.lexpr === undefined) {
        if (symbol === '-') return call('neg', right());
        if (symbol === '+') return right();
      } else if (symbol === '/' && wholeDivisions.has(byte)) return call('int_div', left(), right());
      else if (plainOperators.has(symbol)) return call(findFunction(symbol)!.name, left(), right());
      else if (symbol === '!~') return call('not', call('regexp_matches', left(), right()));
      else if (symbol === '~*') return call('regexp_matches', left(), right(), text('i'));
      else if (symbol === '!~*') return call('not', call('regexp_matches', left(), right(), text('i')));
      const help = symbol === '==' ? '; write =' : '';
      throw source.error(`the operator ${symbol} is not supported yet${help}`, byte);
    }
    case 'AEXPR_DISTINCT':
      return call('is_distinct_from', left(), right());
    case 'AEXPR_NOT_DISTINCT':
      return call('is_not_distinct_from', left(), right());
    case 'AEXPR_NULLIF':
      return call('nullif', left(), right());
    case 'AEXPR_IN':
      return negateIf(symbol === '<>', call('in', left(), ...items()));
    case 'AEXPR_LIKE':
      return negateIf(symbol.startsWith('!'), call('like', left(), ...pattern(body.rexpr, scope)));
    case 'AEXPR_ILIKE':
      return negateIf(symbol.startsWith('!'), call('ilike', left(), ...pattern(body.rexpr, scope)));
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN': {
      const [low, high] = items() as [Expr, Expr];
      return negateIf(body.kind === 'AEXPR_NOT_BETWEEN', between(left(), low, high));
    }
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM': {
      const [low, high] = items() as [Expr, Expr];
      const input = left();
      const either = call('or', between(input, low, high), between(input, high, low));
      return negateIf(body.kind === 'AEXPR_NOT_BETWEEN_SYM', either);
    }
    case 'AEXPR_SIMILAR':
      throw source.error('similar to is not supported yet; use ~ with a regular expression', byte);
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
      throw source.unsupported(`${symbol} ${body.kind === 'AEXPR_OP_ANY' ? 'any' : 'all'} (...)`, byte);
    default:
      throw source.unsupported(`${body.kind}`, byte);
  }
}

/** `day + interval '3' month` as a date_add for each unit; null where no interval is added. */
function shiftedTime(body: A_Expr, symbol: string, scope: Scope): Expr | null {
  if (symbol !== '+' && symbol !== '-') return null;
  const { lexpr, rexpr } = body;
  const [interval, time] = isInterval(rexpr) ? [rexpr, lexpr] : [lexpr, rexpr];
  if (!isInterval(interval) || time === undefined || isInterval(time)) return null;
  if (symbol === '-' && interval === lexpr) return null;
  return intervalParts(interval, scope.parsed.source).reduce(
    (input, { unit, count }) => call('date_add', text(unit), integer(symbol === '-' ? -count : count), input),
    convert(time, scope),
  );
}

function between(input: Expr, low: Expr, high: Expr): Expr {
  return call('and', call('ge', input, low), call('le', input, high));
}

function negateIf(negated: boolean, expr: Expr): Expr {
  return negated ? call('not', expr) : expr;
}

/** `'a%' escape '!'` is a call of like_escape. */
function pattern(node: Node | undefined, scope: Scope): Expr[] {
  const escaped = (node as { FuncCall?: FuncCall } | undefined)?.FuncCall;
  return nameOf(escaped?.funcname?.at(-1)) === 'like_escape'
    ? convertAll(escaped?.args, scope)
    : [convert(node, scope)];
}

function booleanOperation(body: { boolop?: string; args?: Node[] }, scope: Scope): Expr {
  const args = convertAll(body.args, scope);
  if (body.boolop === 'NOT_EXPR') return call('not', args[0]!);
  return call(body.boolop === 'OR_EXPR' ? 'or' : 'and', ...args);
}

function nullTest(body: { arg?: Node; nulltesttype?: string }, scope: Scope): Expr {
  return call(body.nulltesttype === 'IS_NULL' ? 'is_null' : 'is_not_null', convert(body.arg, scope));
}

/** `x is true` is never null, so it is written with coalesce. */
function booleanTest(body: { arg?: Node; booltesttype?: string }, scope: Scope): Expr {
  const input = convert(body.arg, scope);
  const holds = (expr: Expr): Expr => call('coalesce', expr, literal(bool, false));
  switch (body.booltesttype) {
    case 'IS_TRUE':
      return holds(input);
    case 'IS_NOT_TRUE':
      return call('not', holds(input));
    case 'IS_FALSE':
      return holds(call('not', input));
    case 'IS_NOT_FALSE':
      return call('not', holds(call('not', input)));
    case 'IS_UNKNOWN':
      return call('is_null', input);
    default:
      return call('is_not_null', input);
  }
}

function functionCall(body: FuncCall, scope: Scope): Expr {
  const { source } = scope.parsed;
  const byte = body.location ?? 0;
  const name = nameOf(body.funcname?.at(-1));
  if (body.over) return scope.window(body, byte);
  if (isWindowFunction(name)) throw source.error(`${name}(...) needs over (...)`, byte);
  if (body.agg_within_group) {
    throw source.error('within group is not supported yet; use quantile(x, 0.5)', byte);
  }
  if (body.func_variadic) throw source.unsupported('variadic', byte);
  const aggregate = findAggregate(name);
  if (body.agg_order && !aggregate) throw source.unsupported(`order by inside ${name}(...)`, byte);
  if (aggregate) {
    const inside = insideAggregate(scope, name);
    const orderBy = (body.agg_order ?? []).map((node) => {
      const { SortBy } = node as { SortBy: SortBy };
      return orderOf(SortBy, convert(SortBy.node, inside), scope.parsed);
    });
    return scope.aggregate(
      {
        aggregate: aggregate.name,
        args: convertAll(body.args, inside),
        distinct: body.agg_distinct ?? false,
        filter: body.agg_filter ? convert(body.agg_filter, inside) : null,
        ...(orderBy.length > 0 && { orderBy }),
      },
      byte,
    );
  }
  if (name === 'extract' || name === 'date_part') {
    if (body.args?.length === 2) return extract(body, scope, byte);
    throw source.error(`${name}('year', x) takes a field and a time`, byte);
  }
  if (name === 'timezone' && body.funcformat === 'COERCE_SQL_SYNTAX') {
    throw source.unsupported('at time zone', byte);
  }
  if (name === 'unnest') {
    throw source.error('unnest(...) stands alone in a select list, or in from', byte);
  }
  const code = scope.parsed.functions.get(name);
  const row = findFunction(name);
  if (row === null && code === undefined) {
    const known = [...functionNames, ...aggregateNames, ...scope.parsed.functions.keys()];
    throw source.error(unknownFunction(name, known).message, byte);
  }
  if (body.agg_star) throw source.error(`${name}(*) makes no sense: ${name} is no aggregate`, byte);
  if (body.agg_distinct) throw source.error(`distinct makes no sense: ${name} is no aggregate`, byte);
  if (body.agg_filter) throw source.error(`filter makes no sense: ${name} is no aggregate`, byte);
  const args = convertAll(body.args, scope);
  return code === undefined ? call(row!.name, ...args) : callCode(name, code, args);
}

/** Functions that make sense in a window only; aggregates may stand there too. */
export const windowFunctions: readonly string[] = [
  ...['row_number', 'rank', 'dense_rank', 'percent_rank', 'cume_dist', 'ntile'],
  ...['lag', 'lead', 'first_value', 'last_value', 'nth_value'],
];

const isWindowFunction = (name: string): boolean => windowFunctions.includes(name);

export function convertAll(nodes: readonly Node[] | undefined, scope: Scope): Expr[] {
  return (nodes ?? []).map((node) => convert(node, scope));
}

function insideAggregate(scope: Scope, outer: string): Scope {
  return {
    ...scope,
    aggregate({ aggregate }, byte) {
      throw scope.parsed.source.error(`${aggregate}(...) inside ${outer}(...) makes no sense`, byte);
    },
    window(_, byte) {
      throw scope.parsed.source.error(`a window function inside ${outer}(...) makes no sense`, byte);
    },
  };
}

/** What can be extracted, and the function that does it. */
const fields: Readonly<Record<string, string>> = {
  year: 'year',
  quarter: 'quarter',
  month: 'month',
  week: 'week',
  day: 'day',
  isodow: 'day_of_week',
  doy: 'day_of_year',
  hour: 'hour',
  minute: 'minute',
  second: 'second',
  millisecond: 'millisecond',
  milliseconds: 'millisecond',
  epoch: 'epoch',
};

/** `extract(year from x)` and `date_part('year', x)`. */
function extract(body: FuncCall, scope: Scope, byte: number): Expr {
  const [field, input] = body.args ?? [];
  const name = (field as { A_Const?: { sval?: { sval?: string } } } | undefined)?.A_Const?.sval?.sval ?? '';
  // Sunday is 0 here and 7 in ISO's count.
  if (name.toLowerCase() === 'dow')
    return call('mod', call('day_of_week', convert(input, scope)), integer(7));
  const found = Object.hasOwn(fields, name.toLowerCase()) ? fields[name.toLowerCase()] : undefined;
  if (!found) {
    const known = ['dow', ...Object.keys(fields)].join(', ');
    const what = name === '' ? 'the field of extract must be a constant' : `extract knows no field ${name}`;
    throw scope.parsed.source.error(`${what}; it knows ${known}`, byte);
  }
  return call(found, convert(input, scope));
}

/** current_date, user, ...: the grammar takes these words for functions wherever they stand. */
function currentValue(body: { location?: number }, { parsed: { source } }: Scope): Expr {
  const byte = body.location ?? 0;
  const word = source.tokens[source.tokenAt(byte)]?.text ?? '';
  const named = `a column of that name is written "${word}"`;
  throw source.error(`${unknownFunction(word).message}; ${named}`, byte);
}

function caseExpression(body: { arg?: Node; args?: Node[]; defresult?: Node }, scope: Scope): Expr {
  const subject = body.arg ? convert(body.arg, scope) : null;
  const branches = (body.args ?? []).map((node) => {
    const { CaseWhen } = node as { CaseWhen: { expr?: Node; result?: Node } };
    const condition = convert(CaseWhen.expr, scope);
    return {
      when: subject ? call('eq', subject, condition) : condition,
      then: convert(CaseWhen.result, scope),
    };
  });
  return caseOf(branches, body.defresult ? convert(body.defresult, scope) : untypedNull);
}

function typeCast(body: { arg?: Node; typeName?: object; location?: number }, scope: Scope): Expr {
  const { tryCasts, source } = scope.parsed;
  const type = typeOf(body.typeName ?? {}, source);
  const orNull = tryCasts.has(body.location ?? -1);
  const input = convert(body.arg, scope);
  if (input.op === 'literal' && input.value === null) return literal(type, null);
  if (input.op === 'literal' && input.type.kind === utf8.kind && !orNull) {
    return typedConstant(String(input.value), type, source, startOf(body)) ?? cast(input, type);
  }
  return cast(input, type, orNull);
}
