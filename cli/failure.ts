/** What the user sees of an error, and the exit code it means. */
import { displayWidth, visible } from '../lib/index.js';
import { withShortPaths } from './terminal.js';

/** The parts of SpillwayError and CommanderError that are looked at. */
interface Failure extends Error {
  readonly code?: string;
  readonly exitCode?: number;
  readonly place?: { readonly sql?: string; readonly character?: number };
}

const exitCodes: Readonly<Record<string, number>> = {
  bug: 1,
  usage: 2,
  query: 2,
  data: 3,
  memory: 4,
  disk: 5,
  worker: 6,
  aborted: 130,
};

/** Prints the error to stderr, unless it is none, and gives the exit code. */
export function report(thrown: unknown, asJson: boolean): number {
  const error: Failure = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (isClosedPipe(error)) return 0;
  if (error.code?.startsWith('commander.') && isHelp(error)) return error.exitCode === 0 ? 0 : 2;
  const { code, message: whole } = describe(error);
  const message = withShortPaths(whole);
  const place = error.name === 'SpillwayError' ? (error.place ?? {}) : {};
  const lines = asJson
    ? JSON.stringify({ code, message, place })
    : [`spillway: ${visible(message)}`, ...excerpt(place)].join('\n');
  process.stderr.write(`${lines}\n`);
  if (process.env.SPILLWAY_DEBUG) console.error(thrown);
  return exitCodes[code] ?? 1;
}

function describe(error: Failure): { code: string; message: string } {
  if (error.name === 'SpillwayError') return { code: error.code ?? 'bug', message: error.message };
  if (error.code?.startsWith('commander.')) {
    const message = error.message
      .replace(/^error: /, '')
      .replace(/\s*\n\s*/g, ' ')
      .replace(/\.$/, '');
    return { code: 'usage', message: `${message}; see --help` };
  }
  const advice = process.env.SPILLWAY_DEBUG
    ? 'please report it with the stack below'
    : 'please report it with the stack that SPILLWAY_DEBUG=1 prints';
  return { code: 'bug', message: `this is a bug in spillway: ${error.message}; ${advice}` };
}

function isHelp(error: Failure): boolean {
  return /^commander\.(help|helpDisplayed|version)$/.test(error.code ?? '');
}

function isClosedPipe(error: Failure): boolean {
  const cause = error.cause as { code?: unknown } | undefined;
  return error.code === 'EPIPE' || cause?.code === 'EPIPE';
}

/** The line of the SQL text in question, and a caret under the character. */
function excerpt(place: NonNullable<Failure['place']>): string[] {
  const { sql, character } = place;
  if (sql === undefined || character === undefined || sql.trim() === '') return [];
  const at = Math.min(Math.max(character, 0), sql.length);
  const start = sql.lastIndexOf('\n', at - 1) + 1;
  const end = sql.indexOf('\n', at);
  const line = sql.slice(start, end < 0 ? sql.length : end).replaceAll('\t', ' ');
  const column = at - start;
  // A long line is cut around the caret, so that a terminal does not wrap it away from under it.
  const from = Math.max(0, Math.min(column - 50, line.length - 100));
  const shown = `${from > 0 ? '…' : ''}${line.slice(from, from + 100)}${line.length > from + 100 ? '…' : ''}`;
  const before = displayWidth(visible(line.slice(from, column))) + (from > 0 ? 1 : 0);
  return [`  ${visible(shown)}`, `  ${' '.repeat(before)}^`];
}
