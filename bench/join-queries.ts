/** db-benchmark's join questions in SQL, and the published rows and sums that check an answer. */
import { sumsText } from './answers.js';
import type { JoinFiles } from './join-data.js';

export interface JoinQuestion {
  readonly name: string;
  readonly right: Exclude<keyof JoinFiles, 'left'>;
  readonly kind: 'join' | 'left join';
  readonly key: string;
}

export const joinQuestions: readonly JoinQuestion[] = [
  { name: 'q1', right: 'small', kind: 'join', key: 'id1' },
  { name: 'q2', right: 'medium', kind: 'join', key: 'id2' },
  { name: 'q3', right: 'medium', kind: 'left join', key: 'id2' },
  { name: 'q4', right: 'medium', kind: 'join', key: 'id5' },
  { name: 'q5', right: 'big', kind: 'join', key: 'id3' },
];

/** All columns of both sides, the key once, those of the right side with a name of their own. */
export function joinSql(question: JoinQuestion, left: string, right: string): string {
  const { kind, key } = question;
  const columns = rightColumns[question.right]
    .filter((name) => name !== key)
    .map((name) => `y.${name} as ${name === 'v2' ? name : `right_${name}`}`);
  return `select x.*, ${columns.join(', ')} from ${left} as x ${kind} ${right} as y on x.${key} = y.${key}`;
}

const rightColumns: { readonly [K in JoinQuestion['right']]: readonly string[] } = {
  small: ['id1', 'id4', 'v2'],
  medium: ['id1', 'id2', 'id4', 'id5', 'v2'],
  big: ['id1', 'id2', 'id3', 'id4', 'id5', 'id6', 'v2'],
};

/** Of an answer: its rows, and the sums of v1 and v2. */
type Answer = readonly [rows: number, v1: number, v2: number];

const q2of1e7: Answer = [8998412, 449954076.026, 449999844.937];
const q2of1e8: Answer = [89995511, 4499423746.365, 4507751463.252];

/** From db-benchmark's own time.csv. */
const published: Readonly<Record<number, Readonly<Record<string, Answer>>>> = {
  1e7: {
    q1: [8998860, 450015153.577, 347720187.395],
    q2: q2of1e7,
    q3: [1e7, 500043740.752, 449999844.937],
    q4: q2of1e7,
    q5: [9000000, 450032091.841, 449860428.616],
  },
  1e8: {
    q1: [89997128, 4499430832.39, 4388703871.229],
    q2: q2of1e8,
    q3: [1e8, 4999542477.919, 4507751463.252],
    q4: q2of1e8,
    q5: [90000000, 4499590098.078, 4499913694.243],
  },
};

/** The number of rows and the sums; null where none are published. */
export function joinAnswer({ name }: Pick<JoinQuestion, 'name'>, rows: number): string | null {
  const answer = published[rows]?.[name];
  return answer === undefined ? null : sumsText(answer);
}

/** The sum of the left table's v1; undefined where it is not published. */
export function leftSum(rows: number): number | undefined {
  return published[rows]?.q3?.[1];
}
