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

interface DistinctFlags extends EngineFlags, ReadFlags, WriteFlags, JobFlags {
  readonly where?: string;
  readonly select?: string;
}

export function distinct(): Command {
  const command = new Command('distinct')
    .description(
      'Keeps the first of each set of equal rows. With more than one path the last is the output, unless -o names it.',
    )
    .argument('<paths...>', 'inputs, then the output if there is one')
    .option('--select <columns>', 'columns to give and compare, such as "origin, destination" (default: all)')
    .option('--where <condition>', 'rows to take (default: all)')
    .addHelpText(
      'after',
      examples(
        'spillway distinct flights/ --select "origin, destination"',
        'spillway distinct orders.csv clean.csv',
      ),
    )
    .action((paths: string[], flags: DistinctFlags) => {
      const { inputs, output } = splitPaths(paths, flags);
      return run(flags, { prints: output === '-' }, async (session) => {
        let df = await session.scan(inputs, scanOptions(flags));
        if (flags.where !== undefined) df = df.filter(flags.where);
        if (flags.select !== undefined) df = df.selectText(flags.select);
        await emit(df.distinct(), output, flags);
      });
    });
  return jobFlags(engineFlags(readFlags(writeFlags(command))));
}
