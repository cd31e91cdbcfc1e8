/** Lists. Positions count from 1; lists that are null give null. */
import { bool, type DataType, int64, list, nullType, utf8 } from '../../arrow/types.js';
import { type AggregateRow, findAggregate } from '../aggregates.js';
import { commonType, type Rule } from '../signature.js';
import { joined, listed, split } from './list-made.js';
import { arranged, contained, distinctElements, elementAt, lengths, summarized } from './list-parts.js';
import { always, type FunctionRow, never, row } from './row.js';

export const listRows: readonly FunctionRow[] = [
  row({
    name: 'list_value',
    run: listed,
    aliases: ['list_pack', 'array_value', 'array'],
    params: ['any*'],
    result: (args) => {
      const type = commonType(args);
      return type && { args: args.map(() => type), result: list(type) };
    },
    adapts: true,
    nulls: 'own',
    nullable: never,
    spark: 'array',
    doc: 'the arguments as a list',
  }),
  row({
    name: 'list_length',
    run: lengths,
    aliases: ['cardinality', 'array_length', 'array_size'],
    params: ['list'],
    result: int64,
    spark: 'size',
    doc: 'the number of elements, nulls too; len does too',
  }),
  row({
    name: 'list_contains',
    run: contained,
    aliases: ['list_has', 'array_contains', 'array_has'],
    params: ['list', 'any'],
    result: (args) => {
      const type = commonType([elementOf(args[0]!), args[1]!]);
      return type === null || type.kind === 'list' ? null : { args: [list(type), type], result: bool };
    },
    spark: 'array_contains',
    doc: 'an element equals b; false if none does, whatever is null among them',
  }),
  row({
    name: 'list_extract',
    run: elementAt,
    aliases: ['list_element', 'array_extract', 'element_at', '[]'],
    params: ['list', 'integer'],
    result: (args) => ({ args, result: elementOf(args[0]!) }),
    nullable: always,
    spark: 'element_at',
    doc: 'the n-th element, counted from the end if n is negative; null if there is none',
  }),
  ...(
    [
      ['sum', 'the sum of the elements that are not null'],
      ['min', 'the least element'],
      ['max', 'the greatest element'],
      ['avg', 'the average of the elements that are not null'],
      ['count', 'the number of elements that are not null'],
      ['first', 'the first element'],
      ['last', 'the last element'],
      ['any_value', 'the first element that is not null'],
      ['median', 'the exact median'],
      ['stddev', "the sample's standard deviation"],
      ['bool_and', 'all elements that are not null are true'],
      ['bool_or', 'one of the elements is true'],
    ] as const
  ).map(([name, doc]) => summary(name, doc)),
  row({
    name: 'list_sort',
    run: (call) => arranged(call, false),
    aliases: ['array_sort'],
    params: ['list'],
    result: comparableElements,
    spark: 'array_sort',
    doc: 'the elements in ascending order, nulls last',
  }),
  row({
    name: 'list_reverse_sort',
    run: (call) => arranged(call, true),
    aliases: ['array_reverse_sort'],
    params: ['list'],
    result: comparableElements,
    spark: null,
    doc: 'the elements in descending order, nulls last',
  }),
  row({
    name: 'list_distinct',
    run: distinctElements,
    aliases: ['array_distinct'],
    params: ['list'],
    result: comparableElements,
    spark: 'array_distinct',
    doc: 'each element once, where it is first; nulls left out',
  }),
  row({
    name: 'array_to_string',
    run: joined,
    aliases: ['list_to_string', 'array_join'],
    params: ['list', 'text!'],
    result: (args) =>
      elementOf(args[0]!).kind === 'list' ? null : { args: [list(utf8), utf8], result: utf8 },
    spark: 'array_join',
    doc: 'the elements that are not null as one text, with b between them',
  }),
  row({
    name: 'string_split',
    run: split,
    aliases: ['str_split', 'split', 'string_to_array'],
    params: ['text', 'text!'],
    result: list(utf8),
    spark: null,
    doc: 'the parts of a between separators b as a list; the code points where b is empty',
  }),
];

function elementOf(type: DataType): DataType {
  return type.kind === 'list' ? type.element : nullType;
}

function comparableElements(args: readonly DataType[]): ReturnType<Rule> {
  return elementOf(args[0]!).kind === 'list' ? null : { args, result: args[0]! };
}

/** An aggregate of the table over the elements of each list. */
function summary(name: string, doc: string): FunctionRow {
  const aggregate = (): AggregateRow => findAggregate(name)!;
  return row({
    name: `list_${name}`,
    run: (call) => summarized(call, aggregate()),
    aliases: [`array_${name}`],
    params: ['list'],
    result: (args) => {
      const typing = aggregate().typing([elementOf(args[0]!)]);
      return typing && { args: [list(typing.args[0]!)], result: typing.result };
    },
    nullable: name === 'count' ? (args) => args.includes(true) : always,
    fails: name === 'sum',
    spark: null,
    doc,
  });
}
