/** db-benchmark's join questions in SQL, and the published rows and sums that check an answer. */
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
export interface JoinAnswer {
  readonly rows: number;
  readonly sums: readonly [v1: number, v2: number];
}

const q2of1e7: JoinAnswer = { rows: 8998412, sums: [449954076.026, 449999844.937] };
const q2of1e8: JoinAnswer = { rows: 89995511, sums: [4499423746.365, 4507751463.252] };

/** From db-benchmark's own time.csv. */
export const published: Readonly<Record<number, Readonly<Record<string, JoinAnswer>>>> = {
  1e7: {
    q1: { rows: 8998860, sums: [450015153.577, 347720187.395] },
    q2: q2of1e7,
    q3: { rows: 1e7, sums: [500043740.752, 449999844.937] },
    q4: q2of1e7,
    q5: { rows: 9000000, sums: [450032091.841, 449860428.616] },
  },
  1e8: {
    q1: { rows: 89997128, sums: [4499430832.39, 4388703871.229] },
    q2: q2of1e8,
    q3: { rows: 1e8, sums: [4999542477.919, 4507751463.252] },
    q4: q2of1e8,
    q5: { rows: 90000000, sums: [4499590098.078, 4499913694.243] },
  },
};

/** Eleven digits: the published sums were added up in plain doubles, in an order of their own. */
export function joinAnswerText({ rows, sums }: JoinAnswer): string {
  return [rows, ...sums.map((sum) => Number(sum.toPrecision(11)))].join('; ');
}
