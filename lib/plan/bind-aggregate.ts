/** Resolves an aggregate: its row of the table, its arguments bound and converted, its type. */
import type { Schema } from '../arrow/schema.js';
import { type DataType, float64, typeName } from '../arrow/types.js';
import { queryError, type SpillwayError } from '../errors.js';
import {
  type AggregateRow,
  aggregateNames,
  type FixedState,
  findAggregate,
  listState,
  type State,
} from '../kernels/aggregates.js';
import { signatureText } from '../kernels/signature.js';
import type { SortOrder } from '../kernels/sort-keys.js';
import { bind, bindPredicate, convert } from './bind.js';
import type { Bound } from './bound.js';
import type { NamedAggregate } from './expr.js';
import { exprText } from './expr-text.js';
import { convertLiteral } from './literal.js';
import { didYouMean } from './near-name.js';
import { refuseList } from './refuse-list.js';

export interface BoundAggregate {
  /** Name of the output column. */
  readonly name: string;
  readonly row: AggregateRow;
  /** Of exactly the types that the state's kernels take; without constants, with the keys of an order behind them. */
  readonly args: readonly Bound[];
  /** A boolean, or null where every row counts. */
  readonly filter: Bound | null;
  /** Set only where it makes a difference. */
  readonly distinct: boolean;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly state: State;
  /** The fraction of a quantile. */
  readonly parameter: number;
}

/** Whatever is wrong with the aggregate is a query error that names it. */
export function bindAggregate(aggregate: NamedAggregate, schema: Schema): BoundAggregate {
  const row = findAggregate(aggregate.aggregate);
  if (row === null) {
    const near = didYouMean(aggregate.aggregate, aggregateNames);
    throw queryError(
      `there is no aggregate "${aggregate.aggregate}"${near || `; there are: ${aggregateNames.join(', ')}`}`,
    );
  }
  const given = aggregate.args.map((arg) => bind(arg, schema));
  const constants = row.params.filter((param) => param.endsWith('!')).length;
  const least = row.params.filter((param) => !param.endsWith('?')).length;
  if (given.length < least || given.length > row.params.length) throw mismatch(row, given);
  const steered = constants > 0 ? given.at(-1)! : null;
  const parameter =
    steered !== null && row.constant === 'fraction' ? fractionOf(steered, row) : fractionOfMedian;
  const separator = steered !== null && row.constant === 'separator' ? separatorOf(steered, row) : '';
  const args = constants === 0 ? given : given.slice(0, -constants);
  if (aggregate.distinct && (row.distinct === 'refused' || args.length === 0))
    throw queryError(`${row.name} cannot take distinct${args.length === 0 ? ' without an argument' : ''}`);
  if (aggregate.distinct && args[0]?.type.kind === 'list')
    refuseList(args[0].type, `take distinct values of ${row.name}`);
  const typing = row.typing(args.map((arg) => arg.type));
  if (typing === null) throw mismatch(row, given);
  const keys = (aggregate.orderBy ?? []).map((key) => ({ ...key, bound: bind(key.expr, schema) }));
  if (keys.length > 0 && !orderMatters(row, typing.state))
    throw queryError(`order by means nothing to ${row.name}; it is for list, string_agg, first and last`);
  for (const { bound, expr } of keys) refuseList(bound.type, `sort by ${exprText(expr)}`);
  const converted = args.map((arg, i) => convert(arg, typing.args[i]!));
  if (row.name === 'count_if') converted[0] = nullUnlessTrue(converted[0]!);
  const orders = keys.map(orderOf);
  return {
    name: aggregate.name,
    row,
    args: [...converted, ...keys.map(({ bound }) => bound)],
    filter: aggregate.filter && bindPredicate(aggregate.filter, schema, `the filter of ${row.name}`),
    distinct: aggregate.distinct && row.distinct === 'matters',
    type: typing.result,
    nullable: row.nullable,
    state: steer(typing.state, row, orders, parameter, separator),
    parameter,
  };
}

/** The state with what the aggregate says beside its arguments. */
function steer(
  state: State,
  row: AggregateRow,
  orders: readonly SortOrder[],
  parameter: number,
  separator: string,
): State {
  if (state.form === 'list') return { ...state, orders: [...state.orders, ...orders], separator };
  if (orders.length > 0) return listState(row.name as 'first' | 'last', { orders });
  return row.name === 'approx_quantile' ? { ...(state as FixedState), parameter } : state;
}

function orderMatters(row: AggregateRow, state: State): boolean {
  if (['first', 'last'].includes(row.name)) return true;
  return state.form === 'list' && ['list', 'text'].includes(state.gives);
}

function nullUnlessTrue(condition: Bound): Bound {
  const { type } = condition;
  const literal = (value: true | null): Bound => ({ op: 'literal', type, nullable: value === null, value });
  const branches = [{ when: condition, then: literal(true) }];
  return { op: 'case', branches, otherwise: literal(null), type, nullable: true };
}

function separatorOf(bound: Bound, row: AggregateRow): string {
  if (bound.op === 'literal' && typeof bound.value === 'string' && bound.type.kind === 'utf8')
    return bound.value;
  throw queryError(`the last argument of ${row.name} must be a constant text, which goes between the values`);
}

const orderOf = ({ descending, nullsFirst }: SortOrder): SortOrder => ({ descending, nullsFirst });

const fractionOfMedian = 0.5;

function fractionOf(bound: Bound, row: AggregateRow): number {
  const literal = bound.op === 'literal' ? convertLiteral(bound, float64) : null;
  const fraction = literal === null || literal.value === null ? NaN : Number(literal.value);
  if (fraction >= 0 && fraction <= 1) return fraction;
  throw queryError(
    `the last argument of ${row.name} must be a constant from 0 to 1, the share of values below`,
  );
}

function mismatch(row: AggregateRow, given: readonly Bound[]): SpillwayError {
  const types = given.map((arg) => typeName(arg.type)).join(', ');
  if (given.length === 0) return queryError(`${signatureText(row.name, row.params)} needs an argument`);
  return queryError(`${signatureText(row.name, row.params)} cannot take (${types})${advice(row, given)}`);
}

function advice(row: AggregateRow, given: readonly Bound[]): string {
  const first = given[0]?.type.kind;
  if (first === 'list') return '; explode the list, or use a function of lists: list_max(x), len(x)';
  if (first === 'utf8' && row.params[0] === 'number') return '; cast the text to a number';
  if (first === 'bool' && row.params[0] === 'number') return '; count_if(x) counts the rows where it is true';
  if (row.params[0] === 'text') return '; cast the argument to text';
  return '';
}
