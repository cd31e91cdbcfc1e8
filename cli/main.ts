/** The commands. Start-up is part of their speed: nothing is imported before it is known to be needed. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { print } from './terminal.js';

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const commands: Readonly<Record<string, Entry>> = {
  convert: {
    summary: 'rewrite data in another format',
    load: async () => (await import('./commands/convert.js')).convert(),
  },
  filter: {
    summary: 'keep the rows where a condition is true',
    load: async () => (await import('./commands/filter.js')).filter(),
  },
  aggregate: {
    summary: 'group rows and compute totals, averages, ...',
    load: async () => (await import('./commands/aggregate.js')).aggregate(),
  },
  distinct: {
    summary: 'keep one of each distinct row',
    load: async () => (await import('./commands/distinct.js')).distinct(),
  },
  join: {
    summary: 'put rows of two inputs side by side where columns match',
    load: async () => (await import('./commands/join.js')).join(),
  },
  sort: {
    summary: 'order rows',
    load: async () => (await import('./commands/sort.js')).sort(),
  },
  sample: {
    summary: 'take some rows by chance',
    load: async () => (await import('./commands/sample.js')).sample(),
  },
  sql: {
    summary: 'run a SQL query over files',
    load: async () => (await import('./commands/sql.js')).sql(),
  },
  head: {
    summary: 'print the first rows',
    load: async () => (await import('./commands/head.js')).head(),
  },
  schema: {
    summary: 'print the names and types of the columns',
    load: async () => (await import('./commands/schema.js')).schema(),
  },
  describe: {
    summary: 'print a summary of each column: nulls, distinct values, least, greatest, mean, ...',
    load: async () => (await import('./commands/describe.js')).describe(),
  },
  count: {
    summary: 'print the number of rows',
    load: async () => (await import('./commands/count.js')).count(),
  },
  jobs: {
    summary: 'list or remove what is finished of runs with --job',
    load: async () => (await import('./commands/jobs.js')).jobs(),
  },
  explain: {
    summary: 'print the plan of a query without running it',
    load: async () => (await import('./commands/explain.js')).explain(),
  },
};

/** Runs the command that the arguments tell, and gives the exit code. What goes wrong is printed, never thrown. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await run(args);
    return 0;
  } catch (error) {
    return failed(error, args);
  }
}

/** Prints the error, and gives the exit code that it means. */
export async function failed(error: unknown, args: readonly string[]): Promise<number> {
  const { report } = await import('./failure.js');
  return report(error, args.includes('--json-errors'));
}

async function run(args: readonly string[]): Promise<void> {
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    await print(`${version()}\n`);
    return;
  }
  const { program } = await import('./program.js');
  // Flags of the program itself take no values, so the first other word is the command.
  const name = args.find((arg) => !arg.startsWith('-')) ?? '';
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  await program(version(), commands, await entry?.load()).parseAsync(args, { from: 'user' });
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
