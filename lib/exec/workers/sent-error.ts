/** Errors on their way between processes. */
import { SpillwayError } from '../../errors.js';
import type { SentError } from './protocol.js';

export function sent(error: unknown): SentError {
  if (error instanceof SpillwayError)
    return {
      code: error.code,
      message: error.message,
      place: error.place,
      stack: (error.cause instanceof Error && error.cause.stack) || '',
    };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: null, message, place: {}, stack: stack ?? '' };
}

export function received({ code, message, place, stack }: SentError): Error {
  if (code === null) return withStack(message, stack);
  const cause = stack === '' ? undefined : withStack(stack.split('\n', 1)[0]!, stack);
  return new SpillwayError(code, message, place, cause && { cause });
}

function withStack(message: string, stack: string): Error {
  const error = new Error(message);
  error.stack = stack;
  return error;
}
