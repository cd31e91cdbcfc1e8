/** db-benchmark's group-by questions in SQL, the sums that check an answer, and the published sums. */
import { sumsText } from './answers.js';

export interface Question {
  readonly name: string;
  readonly title: string;
  /** The query over a table, which is a name or a quoted path. */
  sql(table: string): string;
  /** Columns of the answer whose sums are compared. */
  readonly checks: readonly string[];
  /** How many rows the answer over `rows` rows has, for the published sizes. */
  groups(rows: number): number;
  /** Does the answer have about as many rows as the table? */
  readonly long: boolean;
}

export const questions: readonly Question[] = [
  grouped('q1', () => 100, 'id1', 'sum(v1) as v1', ['v1']),
  grouped('q2', () => 1e4, 'id1, id2', 'sum(v1) as v1', ['v1']),
  grouped('q3', (rows) => rows / 100, 'id3', 'sum(v1) as v1, avg(v3) as v3', ['v1', 'v3']),
  grouped('q4', () => 100, 'id4', 'avg(v1) as v1, avg(v2) as v2, avg(v3) as v3', ['v1', 'v2', 'v3']),
  grouped('q5', (rows) => rows / 100, 'id6', 'sum(v1) as v1, sum(v2) as v2, sum(v3) as v3', [
    'v1',
    'v2',
    'v3',
  ]),
  grouped('q6', () => 1e4, 'id4, id5', 'median(v3) as median_v3, stddev(v3) as sd_v3', [
    'median_v3',
    'sd_v3',
  ]),
  grouped('q7', (rows) => rows / 100, 'id3', 'max(v1) - min(v2) as range_v1_v2', ['range_v1_v2']),
  {
    name: 'q8',
    title: 'q8: the two largest v3 by id6',
    sql: (table) =>
      `select id6, v3 as largest2_v3 from (select id6, v3, row_number() over (partition by id6 order by v3 desc) as place from ${table}) as placed where place <= 2`,
    checks: ['largest2_v3'],
    groups: (rows) => rows / 50,
    long: false,
  },
  grouped('q9', () => 1e4, 'id2, id4', 'pow(corr(v1, v2), 2) * 1000 as r2', ['r2']),
  {
    ...grouped('q10', (rows) => rows, 'id1, id2, id3, id4, id5, id6', 'sum(v3) as v3, count(*) as count', [
      'v3',
      'count',
    ]),
    long: true,
  },
];

function grouped(
  name: string,
  groups: Question['groups'],
  keys: string,
  aggregates: string,
  checks: readonly string[],
): Question {
  return {
    name,
    title: `${name}: ${aggregates} by ${keys}`,
    sql: (table) => `select ${keys}, ${aggregates} from ${table} group by ${keys}`,
    checks,
    groups,
    long: false,
  };
}

/** From db-benchmark's own time.csv, rounded to three digits; r2 in thousandths. */
const published: Readonly<Record<number, Readonly<Record<string, readonly number[]>>>> = {
  1e7: {
    q1: [29998789],
    q2: [29998789],
    q3: [29998789, 4999719.622],
    q4: [299.988, 799.894, 4999.767],
    q5: [29998789, 79989360, 499976651.408],
    q6: [499920.14, 288648.108],
    q7: [399882],
    q8: [19700450.588],
    q9: [9838.641],
    q10: [499976651.408, 10000000],
  },
  1e8: {
    q1: [299991302],
    q2: [299991302],
    q3: [299991302, 50001192.355],
    q4: [299.991, 799.978, 5000.104],
    q5: [299991302, 799978221, 5000103937.772],
    q6: [500019.998, 288668.357],
    q7: [3998729],
    q8: [196996660.391],
    q9: [1006.723],
    q10: [5000103937.772, 100000000],
  },
};

/** The number of rows and the sums; null where none are published. */
export function groupAnswer({ name, groups }: Question, rows: number): string | null {
  const sums = published[rows]?.[name];
  return sums === undefined ? null : sumsText([groups(rows), ...sums]);
}

/** Of the table itself: its rows, and the sums of v1, v2 and v3. */
export function tableAnswer(rows: number): string | null {
  const sums = published[rows]?.q5;
  return sums === undefined ? null : sumsText([rows, ...sums]);
}
