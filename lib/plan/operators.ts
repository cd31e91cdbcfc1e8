/** Functions that are written as operators, and how tightly they bind; the order is PostgreSQL's grammar's. */

export const levels = {
  or: 1,
  and: 2,
  not: 3,
  is: 4,
  comparison: 5,
  /** in, like, between */
  member: 6,
  concat: 7,
  sum: 8,
  product: 9,
  power: 10,
  sign: 11,
  primary: 12,
} as const;

export interface Infix {
  readonly symbol: string;
  readonly level: number;
  /** `a - b - c` is `(a - b) - c`; comparisons do not chain at all. */
  readonly leftAssociative: boolean;
}

const left = (symbol: string, level: number): Infix => ({ symbol, level, leftAssociative: true });
const single = (symbol: string, level: number): Infix => ({ symbol, level, leftAssociative: false });

/** By the name of the function. */
export const infix: Readonly<Record<string, Infix>> = {
  or: left('or', levels.or),
  and: left('and', levels.and),
  is_distinct_from: single('is distinct from', levels.is),
  is_not_distinct_from: single('is not distinct from', levels.is),
  eq: single('=', levels.comparison),
  ne: single('<>', levels.comparison),
  lt: single('<', levels.comparison),
  le: single('<=', levels.comparison),
  gt: single('>', levels.comparison),
  ge: single('>=', levels.comparison),
  concat: left('||', levels.concat),
  add: left('+', levels.sum),
  sub: left('-', levels.sum),
  mul: left('*', levels.product),
  div: left('/', levels.product),
  int_div: left('//', levels.product),
  mod: left('%', levels.product),
  power: left('^', levels.power),
};
