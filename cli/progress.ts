/** A line on a terminal that tells how far the reading is. */

export interface Reading {
  readonly bytes: number;
  /** null where it is not known: standard input. */
  readonly totalBytes: number | null;
  /** Rows that came out so far. */
  readonly rows: number;
  readonly done: boolean;
}

const intervalMs = 100;
/** What is done sooner shows no bar. */
const quietMs = 400;

export class ProgressBar {
  readonly #out: NodeJS.WriteStream;
  readonly #endsWithRows: boolean;
  readonly #start = performance.now();
  #drawnAt = this.#start + quietMs - intervalMs;
  #drawn = false;
  #ended = false;

  /** With `endsWithRows` nothing is drawn once rows come out. */
  constructor(out: NodeJS.WriteStream, endsWithRows: boolean) {
    this.#out = out;
    this.#endsWithRows = endsWithRows;
  }

  update(reading: Reading): void {
    if (reading.done || (this.#endsWithRows && reading.rows > 0)) this.end();
    const now = performance.now();
    if (this.#ended || now - this.#drawnAt < intervalMs) return;
    this.#drawnAt = now;
    this.#drawn = true;
    const line = progressLine(reading, (now - this.#start) / 1000, process.memoryUsage.rss());
    const width = this.#out.columns || 100;
    this.#out.write(this.#out.isTTY ? `\r\x1b[K${line.slice(0, width - 1)}` : `${line}\n`);
  }

  /** Leaves the terminal as if there had been no bar. */
  end(): void {
    if (this.#drawn && !this.#ended && this.#out.isTTY) this.#out.write('\r\x1b[K');
    this.#ended = true;
  }
}

/** ` 45%  1.2 GB of 2.7 GB  310 MB/s  0:05 left  182 MB memory` */
export function progressLine(
  reading: Pick<Reading, 'bytes' | 'totalBytes'>,
  seconds: number,
  memory: number,
): string {
  const { bytes, totalBytes } = reading;
  const rate = seconds > 0 ? bytes / seconds : 0;
  const parts: string[] = [];
  if (totalBytes !== null && totalBytes > 0) {
    parts.push(
      `${Math.floor((bytes / totalBytes) * 100)}%`.padStart(4),
      `${size(bytes)} of ${size(totalBytes)}`,
    );
  } else {
    parts.push(`${size(bytes)} read`);
  }
  parts.push(`${size(rate)}/s`);
  if (totalBytes !== null && rate > 0) parts.push(`${clock((totalBytes - bytes) / rate)} left`);
  parts.push(`${size(memory)} memory`);
  return parts.join('  ');
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const pad = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${pad(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
}

function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
