/** What the engines are asked: one table of tasks. Queries name their tables in braces, which each engine fills in. */
import { sumsText } from './answers.js';
import { groupAnswer, questions, tableAnswer } from './group-queries.js';
import type { Input } from './inputs.js';
import { joinAnswer, joinQuestions, joinSql } from './join-queries.js';
import { tpchTasks } from './tpch.js';

export interface Task {
  readonly name: string;
  /** `load` turns a file into the engine's own form, the others are queries. */
  readonly kind: 'load' | 'query';
  readonly inputs: readonly Input[];
  /** What it reads: the engine's own form, made outside of the clock and of any limit, or a file. */
  readonly from: 'own' | 'csv' | 'parquet';
  readonly sql: string;
  /** Columns of the answer, or expressions over them, whose sums are compared after the number of rows; null for all columns. */
  readonly checks: readonly string[] | null;
  /** Is the answer so long that it is written to a file, where an engine can? */
  readonly long: boolean;
  /** Must the answer be in the order of id3 and v3? */
  readonly sorted: boolean;
  /** What is published for so many rows; null where nothing is. */
  readonly published: (rows: number) => string | null;
}

const all = ['v1', 'v2', 'v3'];
const query = { kind: 'query', from: 'own', inputs: ['group'], long: false, sorted: false } as const;
const none = (): null => null;

const group: readonly Task[] = questions.map((question) => ({
  ...query,
  name: question.name,
  sql: question.sql('{group}'),
  checks: question.checks,
  long: question.long,
  published: (rows) => groupAnswer(question, rows),
}));

const join: readonly Task[] = joinQuestions.map((question) => ({
  ...query,
  name: `join-${question.name}`,
  inputs: ['left', question.right],
  sql: joinSql(question, '{left}', `{${question.right}}`),
  checks: ['v1', 'v2'],
  long: true,
  published: (rows) => joinAnswer(question, rows),
}));

const load: Task = {
  ...query,
  name: 'load',
  kind: 'load',
  from: 'csv',
  sql: 'select * from {group}',
  checks: all,
  published: tableAnswer,
};

const scan: Task = {
  ...query,
  name: 'scan',
  from: 'parquet',
  sql: 'select count(*) as n, sum(v1) as v1, sum(v2) as v2, sum(v3) as v3, min(id3) as first_id, max(id6) as last_id from {group}',
  checks: ['n', 'v1', 'v2', 'v3', 'last_id'],
  published: none,
};

/** From the CSV file to the form in which an engine writes long answers. */
export const convert: Task = {
  ...query,
  name: 'convert',
  from: 'csv',
  sql: 'select * from {group}',
  checks: all,
  long: true,
  published: tableAnswer,
};

export const filter: Task = {
  ...query,
  name: 'filter',
  sql: 'select * from {group} where v1 >= 3 and v3 < 50',
  checks: all,
  long: true,
  published: none,
};

const sort: Task = {
  ...query,
  name: 'sort',
  sql: 'select * from {group} order by id3, v3',
  checks: all,
  long: true,
  sorted: true,
  published: tableAnswer,
};

const held: readonly Task[] = [
  {
    ...query,
    name: 'distinct',
    sql: 'select distinct * from {group}',
    checks: all,
    long: true,
    // No two rows are equal.
    published: tableAnswer,
  },
  {
    ...query,
    name: 'window',
    sql: 'select id6, v3, rank() over (partition by id6 order by v3) as place, lag(v3) over (partition by id6 order by v3) as previous, sum(v1) over (partition by id6) as total from {group}',
    checks: ['place', 'previous', 'total'],
    long: true,
    published: none,
  },
  {
    ...query,
    name: 'list',
    sql: 'select id6, array_agg(v3) as vs from {group} group by id6',
    checks: ['len(vs)'],
    long: true,
    published: (rows) => (tableAnswer(rows) === null ? null : sumsText([rows / 100, rows])),
  },
];

/** From the CSV file to the answer, as a script does that loads what it needs. */
const fromCsv = [filter, group[2]!, sort, join[4]!].map(
  (task, i): Task => ({
    ...task,
    name: `csv-${['filter', 'group', 'sort', 'join'][i]}`,
    from: 'csv',
    // A group for each hundred rows: of a large file they are many.
    long: true,
  }),
);

export const tasks: readonly Task[] = [
  load,
  scan,
  convert,
  filter,
  sort,
  ...group,
  ...join,
  ...held,
  ...fromCsv,
  ...tpchTasks,
];

const names = (some: readonly Task[]): string[] => some.map(({ name }) => name);

/** Names for several tasks. */
export const taskSets: Readonly<Record<string, readonly string[]>> = {
  group: names(group),
  join: names(join),
  race: ['load', 'scan', 'sort', ...names(group), ...names(join)],
  matrix: ['load', 'filter', 'sort', 'join-q5', 'q3', 'q5', 'q6', 'q8', 'q10', ...names(held)],
  loading: ['load', ...names(fromCsv)],
  tpch: names(tpchTasks),
};
