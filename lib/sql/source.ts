/** SQL as the user wrote it, and the way back to it from where the grammar found something. */
import { queryError, type SpillwayError } from '../errors.js';

export interface Token {
  /** UTF-8 bytes from the start of the wrapped text. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Cannot be a name unless it is quoted. */
  readonly reserved: boolean;
}

/**
 * The grammar only takes whole statements, so a fragment is wrapped: `prefix` + text. The grammar counts
 * UTF-8 bytes of that; users count characters of what they wrote.
 */
export class SqlSource {
  /** What the user wrote. */
  readonly text: string;
  readonly wrapped: string;
  /** Without comments and space; set once scanned. */
  tokens: readonly Token[] = [];
  readonly #prefix: number;
  readonly #bytes: Buffer;

  constructor(text: string, prefix: string) {
    this.text = text;
    this.wrapped = prefix + text;
    this.#prefix = prefix.length;
    this.#bytes = Buffer.from(this.wrapped);
  }

  /** Character of the user's text at a byte of the wrapped text. */
  characterAt(byte: number): number {
    return this.#clamp(this.#bytes.subarray(0, byte).toString().length);
  }

  /** Character of the user's text at a code point of the wrapped text. */
  characterAtCodePoint(codePoint: number): number {
    let length = 0;
    let left = codePoint;
    for (const point of this.wrapped) {
      if (left-- <= 0) break;
      length += point.length;
    }
    return this.#clamp(length);
  }

  slice(start: number, end: number): string {
    return this.#bytes.subarray(start, end).toString();
  }

  /** Index of the token that starts at a byte, or of the first after it. */
  tokenAt(byte: number): number {
    let low = 0;
    let high = this.tokens.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.tokens[middle]!.start < byte) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** `byte` is where the grammar found the culprit; undefined where it does not say. */
  error(message: string, byte?: number): SpillwayError {
    return byte === undefined || byte < 0
      ? queryError(message, { sql: this.text })
      : this.errorAt(message, this.characterAt(byte));
  }

  errorAt(message: string, character: number): SpillwayError {
    return queryError(message, { sql: this.text, character });
  }

  unsupported(what: string, byte?: number): SpillwayError {
    return this.error(`${what} is not supported yet`, byte);
  }

  #clamp(character: number): number {
    return Math.min(Math.max(character - this.#prefix, 0), this.text.length);
  }
}
