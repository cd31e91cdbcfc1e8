/**
 * The records of one input after another, found block by block in the arena:
 *
 *   | 64 bytes | text of whole records | begun record | room | 128 bytes |
 *                 ^ next record           carried to the front before more is read
 *
 * The entries that lib/kernels/assembly/csv-scan.ts writes for the records of a block hold until the next is asked for.
 */
import { isUtf8 } from 'node:buffer';
import { dataError, formatBytes } from '../../errors.js';
import { Growable, type Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';
import type { Input } from '../input.js';
import type { CsvOptions } from './options.js';

/** Byte offsets in the kernel's Scan. */
const scan = {
  block: 0,
  at: 4,
  end: 8,
  delimiter: 12,
  quote: 16,
  columns: 20,
  pad: 24,
  entries: 28,
  rows: 32,
  rowLimit: 36,
  lines: 40,
  longestEscaped: 44,
  found: 48,
  troubleAt: 52,
  troubleEnd: 56,
  bytes: 60,
} as const;

const done = 0;
const ragged = 1;
const garbage = 2;
const unclosed = 3;

/** Not of the kernel: a record that has no end within the largest block. */
const endless = -1;

/** Text starts here in the block, so that kernels may read before it; behind it they may read as well. */
const front = 64;
const slack = 128;

/** No record may be longer, so that a quote left open does not swallow the memory. */
export const longestRecord = 32 * 2 ** 20;

const tooLong = `the record is longer than ${formatBytes(longestRecord)}; is a quote not closed?`;

/** A block, its entries and the columns being filled stay in the processor's own cache. */
const usualBlock = 256 * 1024;
const mostEntries = 1 << 17;

/** Where reading begins somewhere in a file: lines that are tried, and records of each. */
const mostTried = 64;
const rowsTried = 4;

/** A record that cannot be taken: where it is, why, and its bytes. */
export interface Trouble {
  readonly line: number;
  readonly reason: string;
  /** What to do about it; may be empty. */
  readonly advice: string;
  readonly raw: Uint8Array;
  /** The field at fault, counted from 0; -1 for the record as a whole. */
  readonly field: number;
}

export class Records {
  readonly #runtime: Runtime;
  readonly #options: CsvOptions;
  readonly #home: Region;
  readonly #state: number;
  readonly #block: Growable;
  readonly #entries: Growable;
  readonly #refuse: (trouble: Trouble) => void;
  #size: number;
  #input: Input | null = null;
  #ended = false;
  /** Of the input, where the block begins, and where records must not begin any more. */
  #base = 0;
  #to = 0;
  #at = front;
  #end = front;
  #line = 1;
  #columns = 0;
  #batchAt = front;
  #batchLine = 1;
  #rows = 0;
  #longestEscaped = 0;

  /** `refuse` is told of every record that is not taken; it throws, or the record is left out. */
  constructor(runtime: Runtime, options: CsvOptions, refuse: (trouble: Trouble) => void) {
    this.#runtime = runtime;
    this.#options = options;
    this.#refuse = refuse;
    this.#home = runtime.arena.region('reading CSV');
    this.#state = this.#home.reserveZeroed(scan.bytes);
    this.#block = new Growable(runtime.arena, 'reading CSV');
    this.#entries = new Growable(runtime.arena, 'reading CSV');
    this.#size = options.blockBytes ?? Math.max(65536, Math.min(usualBlock, runtime.arena.capacity >> 6));
    this.#set('delimiter', options.delimiter);
    this.#set('quote', options.quote);
    this.#set('pad', options.ragged ? 1 : 0);
  }

  /** Records found in the block. */
  get rows(): number {
    return this.#rows;
  }

  get block(): number {
    return this.#block.address;
  }

  /** Address of the first record's entries, and bytes from one record's to the next's. */
  get entries(): number {
    return this.#entries.address;
  }

  get stride(): number {
    return (this.#columns + 1) * 4;
  }

  /** The records' text, offsets into the block. */
  get textStart(): number {
    return this.#batchAt;
  }

  get textEnd(): number {
    return this.#at;
  }

  /** The longest field of the records that has doubled quotes. */
  get longestEscaped(): number {
    return this.#longestEscaped;
  }

  /** Where the next record begins in the input; behind all that are wanted if there is none. */
  get position(): number {
    const here = this.#base + this.#at;
    return this.#ended && this.#at >= this.#end ? Math.max(here, this.#to) : here;
  }

  /** Line ends between where the input was begun and there. */
  get lines(): number {
    return this.#line - 1;
  }

  /** Goes on with another input, from where that is to its end, or with the records that begin before `to`. */
  begin(input: Input, to = Number.POSITIVE_INFINITY): void {
    this.#input = input;
    this.#base = input.consumed - front;
    this.#to = to;
    this.#ended = false;
    this.#at = front;
    this.#end = front;
    this.#line = 1;
    this.#rows = 0;
  }

  /** The texts of the first record that is not blank; null if there is none. `keep`: it will be read again. */
  async first(keep: boolean): Promise<string[] | null> {
    await this.#fill();
    this.#skipMark();
    for (let limit = 1023; ; ) {
      this.#entries.ensure((limit + 1) * 4);
      this.#place();
      const status = this.#runtime.kernels.csv_record(this.#state, limit);
      const found = this.#get('found');
      if (status === garbage) this.#throwFirst(this.#get('troubleAt'), 'text follows a closing quote');
      if (status !== done) {
        if (this.#ended)
          this.#throwFirst(this.#get('troubleAt'), 'the quote that opens here is never closed');
        await this.#more();
        continue;
      }
      if (found === 0) return null;
      if (found > limit) {
        limit = found;
        continue;
      }
      const texts = Array.from({ length: found }, (_, field) => this.#name(field));
      if (this.#ended && this.#get('at') === this.#end && texts.some((text) => /\r./.test(text)))
        this.#throwFirst(this.#at, 'lines end with a carriage return alone; convert them to \\n first');
      if (!keep) {
        this.#line += this.#countLines(this.#at, this.#get('at'));
        this.#at = this.#get('at');
      }
      return texts;
    }
  }

  /**
   * Goes behind the line at hand, and on to the first line from which some records are as they should be: a line in
   * quotes, taken for a record, mostly is not. Where none of those near is, the first will do.
   */
  async seek(): Promise<void> {
    const { bytes } = this.#runtime.arena;
    const lineEnd = (): number => {
      const found = bytes.subarray(this.block + this.#at, this.block + this.#end).indexOf(10);
      return found < 0 ? -1 : this.#at + found;
    };
    await this.#fill();
    for (let end = lineEnd(); ; end = lineEnd()) {
      this.#at = end < 0 ? this.#end : end + 1;
      if (this.#isPast || (end < 0 && this.#ended)) return;
      await this.#fill();
      if (end >= 0) break;
    }
    const first = this.#at;
    for (let tried = 0; tried < mostTried; tried++) {
      if (this.#seemsRight()) return;
      const end = lineEnd();
      if (end < 0) break;
      this.#at = end + 1;
      if (this.#isPast) break;
    }
    this.#at = first;
  }

  /** How many fields a record has. */
  set columns(count: number) {
    this.#columns = count;
  }

  /** Finds the next records, at most `maxRows`; false at the end of the input. */
  async next(maxRows: number): Promise<boolean> {
    const { kernels } = this.#runtime;
    const limit = Math.max(1, Math.min(maxRows, Math.floor(mostEntries / (this.#columns + 1))));
    this.#entries.ensure((limit * (this.#columns + 1) + 128) * 4);
    this.#rows = 0;
    if (this.#isPast) return false;
    this.#set('rows', 0);
    this.#set('longestEscaped', 0);
    if (!this.#ended) await this.#fill();
    this.#batchAt = this.#at;
    this.#batchLine = this.#line;
    while (true) {
      this.#place();
      this.#set('columns', this.#columns);
      this.#set('rowLimit', limit);
      const status = kernels.csv_scan(this.#state);
      this.#at = this.#get('at');
      this.#line += this.#get('lines');
      this.#rows = this.#get('rows');
      if (this.#isPast) {
        this.#stepBack();
        this.#longestEscaped = this.#get('longestEscaped');
        return this.#rows > 0;
      }
      if (status === ragged || status === garbage || (status === unclosed && this.#ended)) {
        this.#refuseRecord(status);
        continue;
      }
      if (this.#rows > 0) {
        this.#longestEscaped = this.#get('longestEscaped');
        return true;
      }
      if (this.#ended && this.#at >= this.#end) return false;
      if (this.#ended || this.#isFull) {
        // The quick scan does not say where the field without an end starts.
        kernels.csv_record(this.#state, 0);
        this.#refuseRecord(this.#ended ? unclosed : endless);
      } else {
        await this.#more();
      }
      this.#batchAt = this.#at;
      this.#batchLine = this.#line;
    }
  }

  /** Takes records out; `rows` are in order. */
  drop(rows: readonly number[]): void {
    const { bytes } = this.#runtime.arena;
    let to = rows[0]!;
    rows.forEach((row, i) => {
      const next = rows[i + 1] ?? this.#rows;
      const from = this.entries + (row + 1) * this.stride;
      bytes.copyWithin(this.entries + to * this.stride, from, this.entries + next * this.stride);
      to += next - row - 1;
    });
    this.#rows = to;
  }

  /** The text of a field, as it is in the file but without its quotes. */
  text(row: number, field: number): string {
    return Buffer.from(this.field(row, field)).toString();
  }

  /** The bytes of a field with doubled quotes made single. */
  field(row: number, field: number): Uint8Array {
    const { view, bytes } = this.#runtime.arena;
    const entry = this.entries + row * this.stride + field * 4;
    const coded = view.getUint32(entry + 4, true);
    const isQuoted = coded >>> 31;
    const from = (view.getUint32(entry, true) & 0x3fffffff) + 1 + isQuoted;
    const to = (coded & 0x3fffffff) - isQuoted;
    const raw = bytes.subarray(this.block + from, this.block + to);
    if ((coded & 0x40000000) === 0) return raw;
    const quote = String.fromCharCode(this.#options.quote);
    return Buffer.from(
      Buffer.from(raw)
        .toString('latin1')
        .replaceAll(quote + quote, quote),
      'latin1',
    );
  }

  /** The line that a record begins in. */
  lineOf(row: number): number {
    const start = this.#startOf(row);
    return this.#batchLine + this.#countLines(this.#batchAt, start);
  }

  /** The bytes of a record, without its line end. */
  raw(row: number): Uint8Array {
    return this.#runtime.arena.bytes.slice(this.block + this.#startOf(row), this.block + this.#endOf(row));
  }

  release(): void {
    this.#block.release();
    this.#entries.release();
    this.#home.release();
  }

  /** Is the next record none of those wanted? */
  get #isPast(): boolean {
    return this.#base + this.#at >= this.#to;
  }

  /** Gives up the records found that are none of those wanted, and the lines behind the wanted ones. */
  #stepBack(): void {
    const { bytes } = this.#runtime.arena;
    const stop = this.#to - this.#base;
    while (this.#rows > 0 && this.#startOf(this.#rows - 1) >= stop) this.#rows--;
    const before = this.#at;
    const last = this.#rows - 1;
    this.#at = last < 0 ? this.#batchAt : bytes.indexOf(10, this.block + this.#endOf(last)) + 1 - this.block;
    // Only blank lines are left.
    while (this.#at < stop) this.#at = bytes.indexOf(10, this.block + this.#at) + 1 - this.block;
    this.#line -= this.#countLines(this.#at, before);
  }

  /** Does it look as if a record began here? */
  #seemsRight(): boolean {
    this.#entries.ensure((rowsTried * (this.#columns + 1) + 128) * 4);
    this.#place();
    this.#set('columns', this.#columns);
    this.#set('rows', 0);
    this.#set('rowLimit', rowsTried);
    return this.#runtime.kernels.csv_scan(this.#state) === done && this.#get('rows') > 0;
  }

  #startOf(row: number): number {
    return this.#runtime.arena.view.getUint32(this.entries + row * this.stride, true) + 1;
  }

  #endOf(row: number): number {
    const { view, bytes } = this.#runtime.arena;
    const entry = this.entries + row * this.stride;
    for (let field = 1; ; field++) {
      const end = view.getUint32(entry + field * 4, true) & 0x3fffffff;
      // Only at a delimiter does another field follow; those filled in lie behind the record.
      if (field === this.#columns || bytes[this.block + end] !== this.#options.delimiter) return end;
    }
  }

  /** Tells of the record at hand and goes on behind it; behind its first line where its end is not known. */
  #refuseRecord(status: number): void {
    const { arena } = this.#runtime;
    const found = this.#get('found');
    const at = this.#get('troubleAt');
    let next = this.#get('troubleEnd');
    let reason = `${found} ${found === 1 ? 'field' : 'fields'} where ${this.#columns} are expected`;
    if (status === garbage) reason = 'text follows a closing quote';
    if (status === unclosed) reason = 'the quote that opens here is never closed';
    if (status === endless) reason = tooLong;
    if (status === unclosed || status === endless) {
      const lineEnd = arena.bytes.indexOf(10, this.block + this.#at) - this.block;
      next = lineEnd < 0 || lineEnd >= this.#end ? this.#end : lineEnd + 1;
    }
    const raw = trimmed(arena.bytes.slice(this.block + this.#at, this.block + next));
    const line = this.#line + (status === ragged ? 0 : this.#countLines(this.#at, at));
    this.#refuse({
      line,
      reason,
      advice: status === ragged ? this.#adviceFor(found) : '',
      raw,
      field: status === ragged ? -1 : found,
    });
    this.#line += this.#countLines(this.#at, next);
    this.#at = next;
  }

  /** For a record of so many fields. */
  #adviceFor(found: number): string {
    return found < this.#columns
      ? '; the option ragged fills short lines with null'
      : '; a field that holds a delimiter must be quoted';
  }

  #throwFirst(at: number, reason: string): never {
    const line = this.#line + this.#countLines(this.#at, at);
    const { name } = this.#input!;
    throw dataError(`${name}, line ${line}: ${reason}`, { file: name, line });
  }

  /** The text of a field of the first record, which must be UTF-8. */
  #name(field: number): string {
    const bytes = Buffer.from(this.field(0, field));
    if (!isUtf8(bytes))
      this.#throwFirst(this.#at, `the name of column ${field + 1} is not UTF-8; convert the file`);
    return bytes.toString();
  }

  /** Line ends in [from, to) of the block. */
  #countLines(from: number, to: number): number {
    const { bytes } = this.#runtime.arena;
    let lines = 0;
    for (let at = this.block + from; at < this.block + to; at++) if (bytes[at] === 10) lines++;
    return lines;
  }

  /** Whether the begun record has all the room that records get. */
  get #isFull(): boolean {
    return this.#end - this.#at >= longestRecord;
  }

  /** Reads more behind what is there, in a larger block if this one is full. */
  async #more(): Promise<void> {
    if (this.#end - this.#at >= this.#size) this.#size = Math.min(longestRecord, this.#size * 2);
    await this.#fill();
  }

  /** Carries the begun record to the front and fills the block. */
  async #fill(): Promise<void> {
    const { bytes } = this.#runtime.arena;
    const rest = this.#end - this.#at;
    this.#block.ensure(front + this.#size + slack);
    if (this.#at !== front) {
      bytes.copyWithin(this.block + front, this.block + this.#at, this.block + this.#end);
      this.#base += this.#at - front;
      this.#at = front;
      this.#end = front + rest;
    }
    const limit = front + this.#size;
    while (this.#end < limit && !this.#ended) {
      const asked = this.#input!.read(bytes, this.block + this.#end, limit - this.#end, this.#runtime.signal);
      const count = typeof asked === 'number' ? asked : await asked;
      this.#end += count;
      if (count === 0) this.#finish();
    }
  }

  /** The last record ends like all others. */
  #finish(): void {
    this.#ended = true;
    const { bytes } = this.#runtime.arena;
    if (this.#end === this.#at || bytes[this.block + this.#end - 1] === 10) return;
    bytes[this.block + this.#end] = 10;
    this.#end++;
  }

  /** A byte order mark is no part of the first name. */
  #skipMark(): void {
    const { bytes } = this.#runtime.arena;
    const at = this.block + this.#at;
    const [a, b, c] = bytes.subarray(at, Math.min(at + 3, this.block + this.#end));
    if (a === 0xef && b === 0xbb && c === 0xbf) this.#at += 3;
    if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
      const { name } = this.#input!;
      throw dataError(`${name} is UTF-16; convert it to UTF-8 first`, { file: name, line: 1 });
    }
  }

  #place(): void {
    this.#set('block', this.block);
    this.#set('entries', this.entries);
    this.#set('at', this.#at);
    this.#set('end', this.#end);
  }

  #get(field: keyof typeof scan): number {
    return this.#runtime.arena.view.getInt32(this.#state + scan[field], true);
  }

  #set(field: keyof typeof scan, value: number): void {
    this.#runtime.arena.view.setInt32(this.#state + scan[field], value, true);
  }
}

/** Without the line end. */
function trimmed(raw: Uint8Array): Uint8Array {
  let end = raw.length;
  if (raw[end - 1] === 10) end--;
  if (raw[end - 1] === 13) end--;
  return raw.subarray(0, end);
}
