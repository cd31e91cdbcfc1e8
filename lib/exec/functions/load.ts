/** Functions of the user, imported once in each process. */
import { SpillwayError, usageError } from '../../errors.js';
import { type CodePlace, codePath, codeText } from '../../plan/code-text.js';
import type { FunctionCode } from '../../plan/expr.js';

export type UserFunction = (...args: readonly unknown[]) => unknown;

const loaded = new Map<string, UserFunction>();

const keyOf = (place: CodePlace): string => JSON.stringify([place.module, place.export]);

/** Imports the function's module, unless that was done; a usage error where there is no such function. */
export async function loadFunction(place: CodePlace): Promise<UserFunction> {
  const key = keyOf(place);
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const module = await importOf(place);
  const found = module[place.export];
  if (typeof found !== 'function') throw missing(place, module);
  loaded.set(key, found as UserFunction);
  return found as UserFunction;
}

/** How calls in expressions are evaluated; loaded with the first of them, as few queries have one. */
let evaluator: typeof import('./evaluate-code.js').evaluateCode | null = null;

/** As `loadFunction`, for one that expressions call. */
export async function loadCode(code: FunctionCode): Promise<void> {
  const { evaluateCode } = await import('./evaluate-code.js');
  evaluator = evaluateCode;
  await loadFunction(code);
}

export function codeEvaluator(): NonNullable<typeof evaluator> {
  if (evaluator === null) throw new Error('bug: no function was loaded');
  return evaluator;
}

/** One that was loaded before, for whoever cannot wait. */
export function loadedFunction(place: CodePlace): UserFunction {
  const found = loaded.get(keyOf(place));
  if (found === undefined) throw new Error(`bug: ${codeText(place)} was not loaded`);
  return found;
}

async function importOf(place: CodePlace): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(place.module)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const file = codePath(place);
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new SpillwayError(
      'usage',
      `the functions of ${file} cannot be loaded: ${reason}`,
      { file },
      { cause: error },
    );
  }
}

/** Of what a module exports, in a message. */
const mostNames = 20;

function missing(place: CodePlace, module: Readonly<Record<string, unknown>>): SpillwayError {
  const file = codePath(place);
  const names = Object.keys(module).filter((name) => typeof module[name] === 'function');
  const has =
    names.length === 0
      ? 'it exports none'
      : `it exports ${names.slice(0, mostNames).join(', ')}${names.length > mostNames ? ', ...' : ''}`;
  return usageError(`${file} exports no function ${place.export}; ${has}`, { file });
}
