/** Expressions as SQL, for explain and for the names of columns that were given none. */
import { familyOf, typeName } from '../arrow/types.js';
import type { CallExpr, Expr, LiteralExpr, NamedAggregate, SortKey } from './expr.js';
import { infix, levels } from './operators.js';
import { quoteName } from './quote-name.js';
import { dateText, timestampText } from './time-text.js';

type ColumnText = (name: string) => string;

/**
 * SQL that is parsed to the same expression, with no more parentheses than it takes. `columnText` says how
 * columns are written where it is not by their names.
 */
export function exprText(expr: Expr, columnText: ColumnText = quoteName): string {
  return write(expr, columnText).text;
}

/** `count(distinct origin) filter (where delay > 60)` */
export function aggregateText(
  aggregate: Omit<NamedAggregate, 'name'>,
  columnText: ColumnText = quoteName,
): string {
  const text = (expr: Expr): string => exprText(expr, columnText);
  const args = aggregate.args.length === 0 ? '*' : aggregate.args.map(text).join(', ');
  const filter = aggregate.filter === null ? '' : ` filter (where ${text(aggregate.filter)})`;
  const keys = (aggregate.orderBy ?? []).map((key) => sortKeyText(key, columnText));
  const order = keys.length > 0 ? ` order by ${keys.join(', ')}` : '';
  return `${aggregate.aggregate}(${aggregate.distinct ? 'distinct ' : ''}${args}${order})${filter}`;
}

/** `delay desc nulls first` */
export function sortKeyText(key: SortKey, columnText: ColumnText = quoteName): string {
  return (
    exprText(key.expr, columnText) + (key.descending ? ' desc' : '') + (key.nullsFirst ? ' nulls first' : '')
  );
}

/** Text and how tightly its outermost operator binds. */
interface Written {
  readonly text: string;
  readonly level: number;
}

function write(expr: Expr, names: ColumnText): Written {
  switch (expr.op) {
    case 'column':
      return primary(names(expr.name));
    case 'literal':
      return writeLiteral(expr);
    case 'call':
      return writeCall(expr, names);
    case 'cast': {
      const type = typeName(expr.type);
      const name = /^[a-z0-9(),]+$/.test(type) ? type : `"${type}"`;
      return primary(`${expr.try ? 'try_cast' : 'cast'}(${exprText(expr.input, names)} as ${name})`);
    }
    case 'case': {
      const branches = expr.branches.map(
        ({ when, then }) => `when ${exprText(when, names)} then ${exprText(then, names)} `,
      );
      const untyped = expr.otherwise.op === 'literal' && expr.otherwise.type.kind === 'null';
      const otherwise = untyped ? '' : `else ${exprText(expr.otherwise, names)} `;
      return primary(`case ${branches.join('')}${otherwise}end`);
    }
  }
}

function writeCall({ name, args }: CallExpr, names: ColumnText): Written {
  const [first, second, third] = args;
  const operator = Object.hasOwn(infix, name) ? infix[name] : undefined;
  if (operator && first && second && third === undefined) {
    const { symbol, level, leftAssociative } = operator;
    const text = `${operand(first, leftAssociative ? level : level + 1, names)} ${symbol} ${operand(second, level + 1, names)}`;
    return { text, level };
  }
  if ((name === 'and' || name === 'or') && args.length > 2) {
    const { level } = infix[name]!;
    return { text: args.map((arg) => operand(arg, level + 1, names)).join(` ${name} `), level };
  }
  if (name === 'not' && first) {
    const member = writeMember(first, 'not ', names);
    return member ?? { text: `not ${operand(first, levels.not, names)}`, level: levels.not };
  }
  if (name === 'neg' && first)
    return { text: `-${operand(first, levels.primary, names)}`, level: levels.sign };
  if (name === 'is_null' && first) return is(first, 'is null', names);
  if (name === 'is_not_null' && first) return is(first, 'is not null', names);
  return writeMember({ op: 'call', name, args }, '', names) ?? primary(`${name}(${list(args, names)})`);
}

function is(input: Expr, test: string, names: ColumnText): Written {
  return { text: `${operand(input, levels.is + 1, names)} ${test}`, level: levels.is };
}

/** `a in (1, 2)`, `a not like 'x%' escape '!'`; null for anything else. */
function writeMember(expr: Expr, not: '' | 'not ', names: ColumnText): Written | null {
  if (expr.op !== 'call') return null;
  const { name, args } = expr;
  const [first, second, third] = args;
  if (first === undefined || second === undefined) return null;
  const input = operand(first, levels.member + 1, names);
  if (name === 'in') {
    return {
      text: `${input} ${not}in (${list(args.slice(1), names)})`,
      level: levels.member,
    };
  }
  if (name !== 'like' && name !== 'ilike') return null;
  const ending = third ? ` escape ${operand(third, levels.member + 1, names)}` : '';
  return {
    text: `${input} ${not}${name} ${operand(second, levels.member + 1, names)}${ending}`,
    level: levels.member,
  };
}

function list(exprs: readonly Expr[], names: ColumnText): string {
  return exprs.map((expr) => exprText(expr, names)).join(', ');
}

function operand(expr: Expr, least: number, names: ColumnText): string {
  const { text, level } = write(expr, names);
  return level < least ? `(${text})` : text;
}

function writeLiteral({ type, value }: LiteralExpr): Written {
  if (value === null) return primary(type.kind === 'null' ? 'null' : `cast(null as ${typeName(type)})`);
  switch (familyOf(type)) {
    case 'null':
    case 'boolean':
      return primary(String(value));
    case 'text':
      return primary(`'${String(value).replaceAll("'", "''")}'`);
    case 'date':
      return primary(`date '${dateText(BigInt(value as string))}'`);
    case 'timestamp': {
      const text = timestampText(BigInt(value as string));
      if (type.kind !== 'timestamp' || type.zone === null) return primary(`timestamp '${text}'`);
      return primary(`"${typeName(type)}" '${text}Z'`);
    }
    case 'float': {
      if (typeof value === 'string') return primary(`float64 '${value}'`);
      const text = Object.is(value, -0) ? '-0' : String(value);
      return signed(/[.e]/.test(text) ? text : `${text}.0`);
    }
    case 'integer':
      return signed(String(value));
    case 'list':
      throw new Error('bug: a list is no literal');
    case 'decimal':
      return signed(decimalText(String(value), type.kind === 'decimal' ? type.scale : 0));
  }
}

function decimalText(unscaled: string, scale: number): string {
  if (scale === 0) return unscaled;
  const [sign, digits] = unscaled.startsWith('-') ? ['-', unscaled.slice(1)] : ['', unscaled];
  const padded = digits.padStart(scale + 1, '0');
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

function signed(text: string): Written {
  return { text, level: text.startsWith('-') ? levels.sign : levels.primary };
}

function primary(text: string): Written {
  return { text, level: levels.primary };
}
