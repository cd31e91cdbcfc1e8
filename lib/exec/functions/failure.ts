/**
 * What goes wrong in a function of the user, as errors of code `data`: to a job that reads a part of a text by guess,
 * a function that fails is like a value that cannot be read.
 */
import { basename } from 'node:path';
import { SpillwayError } from '../../errors.js';
import { type CodePlace, codePath, codeText } from '../../plan/code-text.js';
import { inputsOf, type Plan } from '../../plan/plan.js';

/** It threw. `over` says which rows it was given, where that is known. */
export function thrownBy(place: CodePlace, error: unknown, over: string): SpillwayError {
  const file = codePath(place);
  const { line, column } = frameOf(error, place.module);
  const at = line === undefined ? '' : `, at ${basename(file)}:${line}:${column}`;
  const where = { file, ...(line !== undefined && { line }) };
  return new SpillwayError('data', `${codeText(place)} failed${over}: ${messageOf(error)}${at}`, where, {
    cause: error,
  });
}

/** It gave something else than it promised. */
export function wrongResult(
  place: CodePlace,
  what: string,
  at: { readonly column?: string; readonly row?: number } = {},
): SpillwayError {
  return new SpillwayError('data', `${codeText(place)} ${what}`, { file: codePath(place), ...at });
}

/** ` on flights.csv`, ` on chunks 4 to 7 of flights`: the one source that the rows of a plan come from; else nothing. */
export function sourceText(plan: Plan): string {
  if (plan.op !== 'scan') {
    const [input, ...others] = inputsOf(plan);
    return input === undefined || others.length > 0 ? '' : sourceText(input);
  }
  const { source, range, chunks } = plan;
  const path = range === null && source.paths.length > 1 ? undefined : source.paths[range?.file ?? 0];
  if (path === undefined || path === '-' || source.format.endsWith('runs')) return '';
  const name = basename(path);
  if (range !== null) return ` on bytes ${range.from} to ${range.to} of ${name}`;
  if (chunks === null || chunks.length === 0) return ` on ${name}`;
  const [first, last] = [chunks[0]! + 1, chunks.at(-1)! + 1];
  return ` on ${first === last ? `chunk ${first}` : `chunks ${first} to ${last}`} of ${name}`;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [first] = error.message.split('\n');
  return error.name === 'Error' || error instanceof SpillwayError ? first! : `${error.name}: ${first}`;
}

/** The place in the function's own file from where the error came. */
function frameOf(error: unknown, module: string): { readonly line?: number; readonly column?: number } {
  const { stack = '' } = error instanceof Error ? error : {};
  const start = stack.indexOf(`${module}:`);
  const [, line, column] = /^(\d+):(\d+)/.exec(start < 0 ? '' : stack.slice(start + module.length + 1)) ?? [];
  return line === undefined ? {} : { line: Number(line), column: Number(column) };
}
