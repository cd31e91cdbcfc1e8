/** Which names are aggregates. */
export const aggregateNames: readonly string[] = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'stddev',
  'variance',
  'first',
  'last',
  'median',
  'quantile',
  'corr',
];

export function isAggregate(name: string): boolean {
  return aggregateNames.includes(name);
}
