/**
 * Ranges of text files are read at the same time, each from where it guesses that a record begins. Afterwards, in order:
 *
 *   known: the next record begins at P (0 in a new file)
 *   part [from, to) began at P    it stands; P is where it ended
 *   part [from, to) with to <= P  none of its records begins there: what it gave is dropped
 *   otherwise                     the guess was wrong: [P, to) is read again, P being exact
 *
 * So a quoted field that holds line ends costs time and never a row, whatever was guessed.
 */
import type { ErrorPlace } from '../../errors.js';
import type { RangeRead } from '../../formats/format.js';
import type { ByteRange } from '../../plan/plan.js';

/** A part that has ended. */
export interface RangePart {
  readonly range: ByteRange;
  /** Null where nothing was asked of its source. */
  readonly read: RangeRead | null;
  /** With an error, whichever. */
  readonly failed: boolean;
}

export type Verdict =
  /** Its rows count; `lines` come before it in its file. */
  | { readonly kind: 'accept'; readonly lines: number }
  /** Its error is true. */
  | { readonly kind: 'fail'; readonly lines: number }
  /** What it gave, or failed with, is of no account, and nothing is missing without it. */
  | { readonly kind: 'drop' }
  /** The same, but this range has to be read in its place. */
  | { readonly kind: 'again'; readonly range: ByteRange };

/** Judges parts in the order in which `Source.split` gave them; after one that is to be read again comes its new part. */
export class RangeJudge {
  #file = -1;
  /** Where the next record of the file begins, and the lines before it. */
  #next = 0;
  #lines = 0;
  #left = false;

  judge(part: RangePart): Verdict {
    const { range, read } = part;
    if (range.file !== this.#file) {
      this.#file = range.file;
      this.#next = 0;
      this.#lines = 0;
    }
    const verdict = this.#left ? dropped : judge(part, this.#next, this.#lines);
    if (verdict.kind !== 'accept') return verdict;
    this.#next = read === null ? range.to : read.to;
    this.#lines += read?.lines ?? 0;
    // Who left it early had all the rows that are wanted: those of the parts behind it are not.
    this.#left = this.#next < range.to;
    return verdict;
  }
}

const dropped: Verdict = { kind: 'drop' };

function judge({ range, read, failed }: RangePart, next: number, lines: number): Verdict {
  const { file, from, to } = range;
  if (next > from && next >= to) return dropped;
  if (read !== null && read.from !== next)
    return { kind: 'again', range: { file, from: next, to, exact: true } };
  return { kind: failed ? 'fail' : 'accept', lines };
}

/** What an error tells, in this process or another. */
export interface Told {
  readonly message: string;
  readonly place: ErrorPlace;
}

/** An error of a part as the user is told: its line is that of the file, `lines` of which come before the part. */
export function withLinesBefore(told: Told, lines: number): Told {
  const { message, place } = told;
  const { relative, ...absolute } = place;
  const { file, line } = place;
  if (relative !== true || line === undefined) return told;
  const named = `${file}, line `;
  const counted = message.replace(`${named}${line}`, () => `${named}${line + lines}`);
  return { message: counted, place: { ...absolute, line: line + lines } };
}
