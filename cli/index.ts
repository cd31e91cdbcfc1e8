#!/usr/bin/env node
/**
 * The command line. Start-up is part of its speed: nothing is imported before it is known to be needed, and a
 * run loads one command.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
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
  explain: {
    summary: 'print the plan of a query without running it',
    load: async () => (await import('./commands/explain.js')).explain(),
  },
};

// V8 lets the space for new objects grow to 48 MB. Rows do not live there, and the budget has better use for them:
// a join at 256 MB peaked at 262 MB instead of 296, in the same time.
setFlagsFromString('--semi-space-growth-factor=1');
// Nor is the space for old objects to double before it is cleared: ten of it are in use, and the rest is garbage.
setFlagsFromString('--heap-growing-percent=20');

const args = process.argv.slice(2);
process.on('uncaughtException', fail);

try {
  await main();
  process.exit();
} catch (error) {
  await fail(error);
}

async function main(): Promise<void> {
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

async function fail(error: unknown): Promise<never> {
  const { report } = await import('./failure.js');
  process.exit(report(error, args.includes('--json-errors')));
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
