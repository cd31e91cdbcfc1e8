/** The flags that commands share, as commander defines them and as the library takes them. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { SpillwayError } from '../lib/index.js';

/** How the work is done; every command has these. */
export interface EngineFlags {
  readonly memory?: string;
  readonly workers?: number;
  readonly tempDir?: string;
  readonly tempLimit?: string;
  readonly progress?: boolean;
  readonly stats?: boolean;
  readonly check?: boolean;
}

export interface ReadFlags {
  readonly from?: string;
  readonly delimiter?: string;
  /** Commander's form of --no-header. */
  readonly header: boolean;
  readonly quote?: string;
  readonly nulls?: readonly string[];
  readonly types?: Readonly<Record<string, string>>;
  readonly onError?: string;
  readonly rejects?: string;
  readonly ragged?: boolean;
}

/** How a result is printed. */
export interface PrintFlags {
  readonly format?: PrintFormat;
}

export type PrintFormat = 'table' | 'csv' | 'ndjson' | 'json';

/** How a result is printed or written. */
export interface WriteFlags {
  readonly format?: string;
  readonly output?: string;
  readonly overwrite?: boolean;
}

/** Whether what is finished outlives a run that was cut off. */
export interface JobFlags {
  readonly job?: string;
}

export function engineFlags(command: Command): Command {
  return command
    .optionsGroup('Running:')
    .option('--memory <size>', 'memory for the whole process, such as 512MB (default: half of what there is)')
    .option(
      '--workers <n>',
      'processes that large queries are divided among, within --memory (default: one for each core, where that is faster; 0: one process does all)',
      wholeNumber,
    )
    .option(
      '--temp-dir <folder>',
      'where what does not fit into memory goes (default: the folder of the system)',
    )
    .option(
      '--temp-limit <size>',
      'most that temporary files may take, such as 50GB (default: what the disk has)',
    )
    .option('--progress', 'show progress on stderr even if it is no terminal')
    .option('--no-progress', 'show no progress')
    .option(
      '--check',
      'run nothing, but tell what memory and disk it is going to need, and whether that is there',
    )
    .option('--stats', 'print rows, bytes, seconds and peak memory to stderr as a line of JSON')
    .option('--json-errors', 'print errors as JSON');
}

export function readFlags(command: Command): Command {
  return command
    .optionsGroup('Reading:')
    .option('--from <format>', 'format of the input: csv, parquet, arrow, dataset (default: by extension)')
    .option('--delimiter <char>', 'CSV: what separates fields; \\t is a tab')
    .option('--no-header', 'CSV: the first line is data; columns are named column0, column1, ...')
    .option('--quote <char>', 'CSV: what quotes fields; "" is nothing')
    .option('--nulls <tokens>', 'CSV: texts that mean null, such as "NA,-"', (text) => text.split(','))
    .option('--types <list>', 'CSV: types of columns, such as "id=int64,code=utf8"', typeList)
    .addOption(
      new Option('--on-error <what>', 'CSV: fail at a bad line, or skip it').choices(['fail', 'skip']),
    )
    .option('--rejects <file>', 'CSV: where skipped lines go, with the reason')
    .option('--ragged', 'CSV: fill short lines with nulls');
}

export function printFlags(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .addOption(
      new Option('--format <name>', 'how it is printed (default: table on a terminal, else csv)').choices([
        'table',
        'csv',
        'ndjson',
        'json',
      ]),
    );
}

export function writeFlags(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option('-o, --output <path>', 'where the result goes; then all paths are inputs; - prints it')
    .option(
      '--to, --format <name>',
      'csv, ndjson, json, arrow, parquet, dataset or table (default: by extension; table on a terminal, csv in a pipe)',
    )
    .option('--overwrite', 'replace an output that exists');
}

export function jobFlags(command: Command): Command {
  return command
    .optionsGroup('Running:')
    .option(
      '--job <name>',
      'keep what is finished in the folder for temporary files: the same command, run again, goes on from there',
    );
}

/** The job as the library takes it, under the command's own words. */
export function jobOption({ job }: JobFlags): {
  job?: { readonly name: string; readonly title: string };
} {
  if (job === undefined) return {};
  const words = process.argv.slice(2);
  const title = words.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
  );
  return { job: { name: job, title: `spillway ${title.join(' ')}` } };
}

/** What the reader of the input is told: only what the user said. */
export function scanOptions(flags: ReadFlags): Record<string, unknown> {
  if (flags.rejects !== undefined && flags.onError !== 'skip') {
    throw new SpillwayError(
      'usage',
      '--rejects keeps skipped lines, but none are skipped; add --on-error skip',
    );
  }
  if (flags.rejects === undefined && flags.onError === 'skip') {
    throw new SpillwayError('usage', '--on-error skip needs --rejects FILE, so that nothing is lost');
  }
  const { from, delimiter, quote, nulls, types, onError, rejects, ragged } = flags;
  const header = flags.header ? undefined : false;
  const given = { format: from, delimiter, header, quote, nulls, types, onError, rejects, ragged };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Paths of a command that reads and writes. */
export interface Paths {
  readonly inputs: readonly string[];
  /** `-` prints. */
  readonly output: string;
}

/**
 * One path is the input. Of several the last is the output, as with cp, unless --output names it. A shell
 * pattern that was meant as inputs only cannot destroy its last file: an output that exists is refused.
 */
export function splitPaths(paths: readonly string[], flags: WriteFlags): Paths {
  if (flags.output !== undefined) return { inputs: paths, output: flags.output };
  if (paths.length === 1) return { inputs: paths, output: '-' };
  return { inputs: paths.slice(0, -1), output: paths[paths.length - 1]! };
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number from 1.');
  }
  return value;
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return value;
}

/** Names between separators; in double quotes a name may hold anything. */
export const nameList =
  (separator: ',' | '=') =>
  (text: string): readonly string[] =>
    (text.match(separator === ',' ? /(?:"[^"]*"|[^,"])+/g : /(?:"[^"]*"|[^="])+/g) ?? []).map((part) =>
      part.trim().replace(/^"(.*)"$/, '$1'),
    );

/** `a=int32,"b, c"=decimal(12,2)`: the name up to the last = of a part; commas in quotes or brackets do not part. */
function typeList(text: string): Record<string, string> {
  const types = new Map<string, string>();
  for (const part of text.match(/(?:"[^"]*"|\([^)]*\)|[^,"(])+/g) ?? []) {
    const cut = part.lastIndexOf('=');
    const name = part.slice(0, Math.max(cut, 0)).trim();
    const type = part.slice(cut + 1).trim();
    if (name === '' || type === '') {
      throw new InvalidArgumentError(`"${part.trim()}" is not of the form column=type.`);
    }
    types.set(/^"[^"]*"$/.test(name) ? name.slice(1, -1) : name, type);
  }
  // A column may be named __proto__.
  return Object.fromEntries(types);
}
