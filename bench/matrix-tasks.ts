/** The tasks of bench/memory.ts: what each engine is asked, and what checks the answer. */
import { sumsText } from './answers.js';
import { groupAnswer, questions, tableAnswer } from './group-queries.js';
import type { Input } from './inputs.js';
import { joinAnswer, joinQuestions, joinSql } from './join-queries.js';

export interface MatrixTask {
  readonly name: string;
  /** The tables it reads: the group-by file, as CSV for `convert`, or two of the join's. */
  readonly inputs: readonly Input[];
  /** The query over its inputs as the engine names them. */
  sql(...tables: readonly string[]): string;
  /** Columns of the answer, or expressions over them, whose sums are compared, after the number of rows. */
  readonly checks: readonly string[];
  /** Null where none is known: then the engines must agree. */
  answer(rows: number): string | null;
  /** The order that the answer must have. */
  readonly sorted: boolean;
}

const all = ['v1', 'v2', 'v3'];
const grouped = { inputs: ['group'], sorted: false } as const;

export const matrixTasks: readonly MatrixTask[] = [
  {
    ...grouped,
    name: 'convert',
    inputs: ['csv'],
    sql: (csv) => `select * from ${csv}`,
    checks: all,
    answer: tableAnswer,
  },
  {
    ...grouped,
    name: 'filter',
    sql: (table) => `select * from ${table} where v1 >= 3 and v3 < 50`,
    checks: all,
    answer: () => null,
  },
  {
    ...grouped,
    name: 'sort',
    sql: (table) => `select * from ${table} order by id3, v3`,
    checks: all,
    answer: tableAnswer,
    sorted: true,
  },
  joinTask(),
  ...questions.filter(({ name }) => ['q3', 'q5', 'q6', 'q8', 'q10'].includes(name)).map(groupTask),
  {
    ...grouped,
    name: 'distinct',
    sql: (table) => `select distinct * from ${table}`,
    checks: all,
    // No two rows are equal.
    answer: tableAnswer,
  },
  {
    ...grouped,
    name: 'window',
    sql: (table) =>
      `select id6, v3, rank() over (partition by id6 order by v3) as place, lag(v3) over (partition by id6 order by v3) as previous, sum(v1) over (partition by id6) as total from ${table}`,
    checks: ['place', 'previous', 'total'],
    answer: () => null,
  },
  {
    ...grouped,
    name: 'list',
    sql: (table) => `select id6, array_agg(v3) as vs from ${table} group by id6`,
    checks: ['len(vs)'],
    answer: (rows) => (tableAnswer(rows) === null ? null : sumsText([rows / 100, rows])),
  },
];

function groupTask(question: (typeof questions)[number]): MatrixTask {
  const { name, sql, checks } = question;
  return { ...grouped, name, sql, checks, answer: (rows) => groupAnswer(question, rows) };
}

function joinTask(): MatrixTask {
  const question = joinQuestions.find(({ name }) => name === 'q5')!;
  return {
    name: 'join',
    inputs: ['left', 'big'],
    sql: (left, big) => joinSql(question, left!, big!),
    checks: ['v1', 'v2'],
    answer: (rows) => joinAnswer(question, rows),
    sorted: false,
  };
}
