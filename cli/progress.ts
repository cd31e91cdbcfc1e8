/** Lines on a terminal that tell how far a query is: one, or one for each of its stages. */
import type { ProgressEvent, StageProgress } from '../lib/index.js';

const intervalMs = 100;
/** What is done sooner shows no bar. */
const quietMs = 400;

export class ProgressBar {
  readonly #out: NodeJS.WriteStream;
  readonly #endsWithRows: boolean;
  readonly #start = performance.now();
  #drawnAt = this.#start + quietMs - intervalMs;
  /** Lines on the terminal now. */
  #drawn = 0;
  #ended = false;

  /** With `endsWithRows` nothing is drawn once rows come out. */
  constructor(out: NodeJS.WriteStream, endsWithRows: boolean) {
    this.#out = out;
    this.#endsWithRows = endsWithRows;
  }

  update(event: ProgressEvent): void {
    if (event.done || (this.#endsWithRows && event.rows > 0)) this.end();
    const now = performance.now();
    if (this.#ended || now - this.#drawnAt < intervalMs) return;
    this.#drawnAt = now;
    this.#draw(progressLines(event));
  }

  /** Leaves the terminal as if there had been no bar. */
  end(): void {
    if (this.#drawn > 0 && !this.#ended) this.#out.write(this.#cleared());
    this.#ended = true;
  }

  #draw(lines: readonly string[]): void {
    if (!this.#out.isTTY) {
      this.#out.write(`${lines.join('\n')}\n`);
      return;
    }
    // A terminal scrolls what it has no line for, and then the way back up is not known.
    const shown = lines.slice(-Math.max(1, (this.#out.rows || 24) - 1));
    const width = (this.#out.columns || 100) - 1;
    this.#out.write(this.#cleared() + shown.map((line) => line.slice(0, width)).join('\n'));
    this.#drawn = shown.length;
  }

  /** To the first line that was drawn, and all from there is gone. */
  #cleared(): string {
    if (this.#drawn === 0) return '';
    return `\r${this.#drawn > 1 ? `\x1b[${this.#drawn - 1}A` : ''}\x1b[J`;
  }
}

/**
 *      45%  1.2 GB of 2.7 GB  310 MB/s  0:05 left  182 MB of 512 MB memory
 *
 *     stage 0  scan, aggregate     42 of 64 tasks  12.3 M rows  1.2 GB  310 MB/s  0:05 left
 *     stage 1  stage 0, aggregate  waits
 *     182 MB of 512 MB memory  34 MB spilled  0:12
 */
export function progressLines(event: ProgressEvent): string[] {
  const { stages, seconds } = event;
  if (stages.length === 0) return [[...readingParts(event), ...usageParts(event)].join('  ')];
  const widths = [0, 1].map((i) => Math.max(...stages.map((stage) => names(stage)[i]!.length)));
  return [
    ...stages.map((stage) =>
      [...names(stage).map((name, i) => name.padEnd(widths[i]!)), ...stageParts(stage)].join('  '),
    ),
    [...usageParts(event), clock(seconds)].join('  '),
  ];
}

const names = ({ stage, what }: StageProgress): readonly string[] => [`stage ${stage}`, what];

function stageParts({ tasks, done, rows, bytes, seconds }: StageProgress): string[] {
  if (tasks === null) return ['waits'];
  const counts = [`${done} of ${tasks} tasks`, `${count(rows)} rows`, size(bytes)];
  if (done === tasks) return [...counts, `done in ${clock(seconds)}`];
  const rate = seconds > 0 ? [`${size(bytes / seconds)}/s`] : [];
  // Tasks are of about one size; before the first is done nothing is known.
  const left = done > 0 ? [`${clock((seconds / done) * (tasks - done))} left`] : [];
  return [...counts, ...rate, ...left];
}

function readingParts({ bytes, totalBytes, rows, seconds }: ProgressEvent): string[] {
  const rate = seconds > 0 ? bytes / seconds : 0;
  if (totalBytes === null || totalBytes === 0) return [`${size(bytes)} read`, `${size(rate)}/s`];
  // What was held back until all was read comes out now, and how long that takes is not known.
  if (bytes >= totalBytes) return [`all ${size(totalBytes)} read`, `${count(rows)} rows out`, clock(seconds)];
  const part = `${Math.floor((bytes / totalBytes) * 100)}%`.padStart(4);
  const left = rate > 0 ? [`${clock((totalBytes - bytes) / rate)} left`] : [];
  return [part, `${size(bytes)} of ${size(totalBytes)}`, `${size(rate)}/s`, ...left];
}

function usageParts({ memory, memoryBudget, spilledBytes }: ProgressEvent): string[] {
  const spilled = spilledBytes > 0 ? [`${size(spilledBytes)} spilled`] : [];
  return [`${size(memory)} of ${size(memoryBudget)} memory`, ...spilled];
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const pad = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${pad(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
}

/** 12.3 M */
const count = (rows: number): string => scaled(rows, 1000, ['', ' K', ' M', ' G', ' T']);

const size = (bytes: number): string => scaled(bytes, 1024, [' B', ' KB', ' MB', ' GB', ' TB']);

function scaled(amount: number, step: number, units: readonly string[]): string {
  let value = amount;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}
