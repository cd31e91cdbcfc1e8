/** Did it become slower? Compares how many times faster than DuckDB it is with what was kept. */

/** Of a task, how many times the time of ours its rival takes. */
export type Ratios = Readonly<Record<string, number>>;

export interface Verdict {
  readonly task: string;
  /** Null where it is new. */
  readonly kept: number | null;
  readonly now: number;
  readonly lost: boolean;
}

/** More than this part of a ratio may not be lost. */
export const tolerance = 0.25;

export function judge(kept: Ratios, now: Ratios): Verdict[] {
  return Object.entries(now).map(([task, ratio]) => {
    const before = kept[task] ?? null;
    return { task, kept: before, now: ratio, lost: before !== null && ratio < before * (1 - tolerance) };
  });
}

/** A table, and a line on what is lost. */
export function verdictText(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ task, kept, now, lost }) =>
    [task, kept === null ? 'new' : kept.toFixed(2), now.toFixed(2), lost ? '**slower**' : ''].join(' | '),
  );
  const slower = verdicts.filter(({ lost }) => lost).map(({ task }) => task);
  const end =
    slower.length === 0
      ? 'Nothing has become slower.'
      : `More than ${tolerance * 100} % slower, against DuckDB, than what was kept: ${slower.join(', ')}`;
  return `| task | kept | now | |\n|---|---|---|---|\n${rows.map((row) => `| ${row} |`).join('\n')}\n\n${end}\n`;
}
