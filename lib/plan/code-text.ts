import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FunctionCode } from './expr.js';

/** Where a function of the user is. */
export type CodePlace = Pick<FunctionCode, 'module' | 'export'>;

/** `classify of rates.js`, as people call it. */
export function codeText(place: CodePlace): string {
  return `${place.export} of ${basename(codePath(place))}`;
}

export function codePath({ module }: CodePlace): string {
  return fileURLToPath(module);
}
