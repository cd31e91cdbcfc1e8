/** Resolves an aggregate: its row of the table, its arguments bound and converted, its type. */
import type { Schema } from '../arrow/schema.js';
import { type DataType, float64, typeName } from '../arrow/types.js';
import { queryError, type SpillwayError } from '../errors.js';
import { type AggregateRow, aggregateNames, findAggregate, type State } from '../kernels/aggregates.js';
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
  const parameter = constants === 0 ? fractionOfMedian : fractionOf(given.at(-1)!, row);
  const args = constants === 0 ? given : given.slice(0, -constants);
  if (aggregate.distinct && (row.distinct === 'refused' || args.length === 0))
    throw queryError(`${row.name} cannot take distinct${args.length === 0 ? ' without an argument' : ''}`);
  if (aggregate.distinct && args[0]?.type.kind === 'list')
    refuseList(args[0].type, `take distinct values of ${row.name}`);
  const typing = row.typing(args.map((arg) => arg.type));
  if (typing === null) throw mismatch(row, given);
  const keys = (aggregate.orderBy ?? []).map((key) => ({ ...key, bound: bind(key.expr, schema) }));
  if (keys.length > 0 && typing.state.form !== 'list')
    throw queryError(`order by means nothing to ${row.name}; it is for list`);
  for (const { bound, expr } of keys) refuseList(bound.type, `sort by ${exprText(expr)}`);
  const converted = args.map((arg, i) => convert(arg, typing.args[i]!));
  return {
    name: aggregate.name,
    row,
    args: [...converted, ...keys.map(({ bound }) => bound)],
    filter: aggregate.filter && bindPredicate(aggregate.filter, schema, `the filter of ${row.name}`),
    distinct: aggregate.distinct && row.distinct === 'matters',
    type: typing.result,
    nullable: row.nullable,
    state: typing.state.form === 'list' ? { ...typing.state, orders: keys.map(orderOf) } : typing.state,
    parameter,
  };
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
  return '';
}
