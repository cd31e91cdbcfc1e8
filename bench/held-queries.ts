/** Queries that hold rows, each as ours and as DuckDB's. */
import { groupAnswer, questions, tableAnswer } from './group-queries.js';
import { type DataPlace, datasetOf, duckFileOf, type Input, pathOf } from './inputs.js';
import { joinAnswer, joinQuestions, joinSql } from './join-queries.js';
import type { RacedQuery } from './query-task.js';

/** `tables` names what a query reads, for the engine. */
interface HeldQuery {
  readonly name: string;
  readonly inputs: readonly Input[];
  sql(...tables: readonly string[]): string;
  readonly checks: readonly string[];
  answer(rows: number): string | null;
  readonly long: boolean;
}

const held: readonly HeldQuery[] = [
  {
    name: 'sort by id3, v3',
    inputs: ['group'],
    sql: (table) => `select * from ${table} order by id3, v3`,
    checks: ['v1', 'v2', 'v3'],
    answer: tableAnswer,
    long: true,
  },
  ...joinQuestions.map((question) => ({
    name: `join ${question.name}`,
    inputs: ['left', question.right] as const,
    sql: (left?: string, right?: string) => joinSql(question, left!, right!),
    checks: ['v1', 'v2'],
    answer: (rows: number) => joinAnswer(question, rows),
    long: true,
  })),
  ...questions.map((question) => ({
    name: question.title,
    inputs: ['group'] as const,
    sql: question.sql,
    checks: question.checks,
    answer: (rows: number) => groupAnswer(question, rows),
    long: question.long,
  })),
];

/** Those whose names begin with one of `names`, which are whole words: q1 is not q10. */
export function heldQueries(names: readonly string[], place: DataPlace): RacedQuery[] {
  return held
    .filter(({ name }) => names.some((wanted) => new RegExp(`^${wanted}\\b`).test(name)))
    .map(({ name, inputs, sql, checks, answer, long }) => ({
      name,
      inputs,
      ours: sql(...inputs.map((input) => `"${pathOf(input, '_dataset/', place)}"`)),
      theirs: sql(...inputs.map((input) => `${input}_file.data`)),
      checks,
      answer: answer(place.rows),
      long,
    }));
}

/** Makes what the queries read. */
export async function prepareOurs(queries: readonly RacedQuery[], place: DataPlace): Promise<void> {
  for (const input of inputsOf(queries)) await datasetOf(input, place);
}

/** The statements that attach what the queries read. */
export async function prepareTheirs(queries: readonly RacedQuery[], place: DataPlace): Promise<string[]> {
  const statements: string[] = [];
  for (const input of inputsOf(queries))
    statements.push(`attach '${await duckFileOf(input, place)}' as ${input}_file (read_only)`);
  return statements;
}

function inputsOf(queries: readonly RacedQuery[]): Set<Input> {
  return new Set(queries.flatMap(({ inputs }) => inputs));
}
