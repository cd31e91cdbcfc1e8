/** The file of refused records: CSV with file, line, column, reason and the raw record, so that nothing is lost. */
import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { usageError } from '../../errors.js';
import { writeError } from '../../write-error.js';

export interface Refused {
  readonly file: string;
  readonly line: number;
  /** Empty where the record as a whole is at fault. */
  readonly column: string;
  readonly reason: string;
  readonly raw: Uint8Array;
}

/** Files that this process made: a scan that runs again may write its own again. */
const ours = new Set<string>();

/** Files that scans write now. */
const open = new Set<string>();

/** Refuses a rejects file that exists already or is one of the inputs. */
export function checkRejects(path: string, inputs: readonly string[]): void {
  const full = resolve(path);
  if (inputs.some((input) => resolve(input) === full)) throw usageError(`rejects file ${path} is an input`);
  if (!ours.has(full) && existsSync(full))
    throw usageError(`rejects file ${path} exists; remove it or name another`, { file: path });
}

export class Rejects {
  readonly #fd: number;
  readonly #path: string;
  count = 0;

  constructor(path: string) {
    this.#path = path;
    const full = resolve(path);
    if (open.has(full))
      throw usageError(
        `rejects file ${path} is being written by another query; name another file for this one`,
        {
          file: path,
        },
      );
    try {
      this.#fd = openSync(path, ours.has(full) ? 'w' : 'wx');
    } catch (cause) {
      throw writeError(cause, path);
    }
    ours.add(full);
    open.add(full);
    try {
      this.#write(Buffer.from('file,line,column,reason,record\n'));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  add({ file, line, column, reason, raw }: Refused): void {
    const head = [file, String(line), column, reason].map(quoted).join(',');
    this.#write(Buffer.concat([Buffer.from(`${head},`), quotedBytes(raw), Buffer.from('\n')]));
    this.count++;
  }

  close(): void {
    open.delete(resolve(this.#path));
    closeSync(this.#fd);
  }

  #write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
    } catch (cause) {
      throw writeError(cause, this.#path);
    }
  }
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The raw bytes, whatever their encoding, always quoted. */
function quotedBytes(raw: Uint8Array): Buffer {
  return Buffer.from(`"${Buffer.from(raw).toString('latin1').replaceAll('"', '""')}"`, 'latin1');
}
