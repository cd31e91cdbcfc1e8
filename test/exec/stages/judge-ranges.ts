import { RangeJudge, type RangePart, type Verdict } from '../../../lib/exec/stages/ranges.js';

/** Judges the parts from the first on: up to the first that fails or is to be read again. */
export function judgeRanges(parts: readonly RangePart[]): Verdict[] {
  const judge = new RangeJudge();
  const verdicts: Verdict[] = [];
  for (const part of parts) {
    const verdict = judge.judge(part);
    verdicts.push(verdict);
    if (verdict.kind === 'fail' || verdict.kind === 'again') break;
  }
  return verdicts;
}
