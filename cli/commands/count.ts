import { Command } from 'commander';
import { check } from '../check.js';
import { examples } from '../examples.js';
import {
  type EngineFlags,
  engineFlags,
  type JobFlags,
  jobFlags,
  jobOption,
  type PrintFlags,
  printFlags,
  type ReadFlags,
  readFlags,
  scanOptions,
} from '../options.js';
import { printRecords } from '../records.js';
import { run } from '../run.js';
import { print } from '../terminal.js';

interface CountFlags extends EngineFlags, ReadFlags, PrintFlags, JobFlags {
  readonly where?: string;
}

export function count(): Command {
  const command = new Command('count')
    .description('Prints the number of rows, a plain number unless --format asks for more.')
    .argument('<inputs...>', 'files or datasets of one schema')
    .option('--where <condition>', 'rows to count (default: all)')
    .addHelpText(
      'after',
      examples('spillway count flights/', 'spillway count jan.csv feb.csv --where "delay is null"'),
    )
    .action((inputs: string[], flags: CountFlags) =>
      run(flags, { prints: true }, async (session) => {
        let df = await session.scan(inputs, scanOptions(flags));
        if (flags.where !== undefined) df = df.filter(flags.where);
        if (flags.check) return check(df);
        const rows = Number(await df.count(jobOption(flags)));
        if (flags.format === undefined) await print(`${rows}\n`);
        else await printRecords({ columns: [{ name: 'count', type: 'int64' }], rows: [[rows]] }, flags);
      }),
    );
  return jobFlags(engineFlags(readFlags(printFlags(command))));
}
