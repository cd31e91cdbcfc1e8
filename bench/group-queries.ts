/** db-benchmark's group-by questions in SQL, the sums that check an answer, and the published sums. */
export interface Question {
  readonly name: string;
  readonly keys: string;
  readonly aggregates: string;
  /** Columns of the answer whose sums are compared. */
  readonly checks: readonly string[];
}

export const questions: readonly Question[] = [
  { name: 'q1', keys: 'id1', aggregates: 'sum(v1) as v1', checks: ['v1'] },
  { name: 'q2', keys: 'id1, id2', aggregates: 'sum(v1) as v1', checks: ['v1'] },
  { name: 'q3', keys: 'id3', aggregates: 'sum(v1) as v1, avg(v3) as v3', checks: ['v1', 'v3'] },
  {
    name: 'q4',
    keys: 'id4',
    aggregates: 'avg(v1) as v1, avg(v2) as v2, avg(v3) as v3',
    checks: ['v1', 'v2', 'v3'],
  },
  {
    name: 'q5',
    keys: 'id6',
    aggregates: 'sum(v1) as v1, sum(v2) as v2, sum(v3) as v3',
    checks: ['v1', 'v2', 'v3'],
  },
  { name: 'q7', keys: 'id3', aggregates: 'max(v1) - min(v2) as range_v1_v2', checks: ['range_v1_v2'] },
  { name: 'q9', keys: 'id2, id4', aggregates: 'pow(corr(v1, v2), 2) as r2', checks: ['r2'] },
];

/** From db-benchmark's own time.csv, rounded to three digits (r2 to six). */
export const published: Readonly<Record<number, Readonly<Record<string, readonly number[]>>>> = {
  1e7: {
    q1: [29998789],
    q2: [29998789],
    q3: [29998789, 4999719.622],
    q4: [299.988, 799.894, 4999.767],
    q5: [29998789, 79989360, 499976651.408],
    q7: [399882],
    q9: [9.838641],
  },
  1e8: {
    q1: [299991302],
    q2: [299991302],
    q3: [299991302, 50001192.355],
    q4: [299.991, 799.978, 5000.104],
    q5: [299991302, 799978221, 5000103937.772],
    q7: [3998729],
    q9: [1.006723],
  },
};

/**
 * Sums as text, rounded as the published ones are: to three digits (r2 to six), and to twelve in all, since
 * those were added up in plain doubles.
 */
export function answerText(question: Question, sums: readonly number[]): string {
  const decimals = question.name === 'q9' ? 6 : 3;
  return sums.map((sum) => String(Number(Number(sum.toFixed(decimals)).toPrecision(12)))).join('; ');
}
