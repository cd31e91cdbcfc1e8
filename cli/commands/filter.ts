import { Command } from 'commander';
import { emit } from '../emit.js';
import { examples } from '../examples.js';
import {
  type EngineFlags,
  engineFlags,
  type JobFlags,
  jobFlags,
  type ReadFlags,
  readFlags,
  scanOptions,
  splitPaths,
  type WriteFlags,
  writeFlags,
} from '../options.js';
import { run } from '../run.js';

interface FilterFlags extends EngineFlags, ReadFlags, WriteFlags, JobFlags {
  readonly where?: string;
  readonly select?: string;
}

export function filter(): Command {
  const command = new Command('filter')
    .description(
      'Keeps the rows where a SQL condition is true. With more than one path the last is the output, unless -o names it.',
    )
    .argument('<paths...>', 'inputs, then the output if there is one')
    .option('--where <condition>', 'rows to keep, such as "delay > 60 and origin = \'SFO\'"')
    .option('--select <columns>', 'columns to give, such as "origin, delay / 60.0 as hours" (default: all)')
    .addHelpText(
      'after',
      examples(
        `spillway filter flights/ --where "delay > 60 and origin = 'SFO'"`,
        'spillway filter flights/ late.parquet --where "delay > 60" --select "origin, delay"',
        'spillway filter jan.csv feb.csv -o late.csv --where "delay > 60"',
      ),
    )
    .action((paths: string[], flags: FilterFlags) => {
      const { where, select } = flags;
      if (where === undefined && select === undefined) {
        command.error('filter needs --where "condition" or --select "columns"');
      }
      const { inputs, output } = splitPaths(paths, flags);
      return run(flags, { prints: output === '-' }, async (session) => {
        let df = await session.scan(inputs, scanOptions(flags));
        if (where !== undefined) df = df.filter(where);
        if (select !== undefined) df = df.selectText(select);
        await emit(df, output, flags);
      });
    });
  return jobFlags(engineFlags(readFlags(writeFlags(command))));
}
