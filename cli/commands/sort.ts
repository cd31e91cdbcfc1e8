import { Command } from 'commander';
import { emit } from '../emit.js';
import { examples } from '../examples.js';
import {
  type EngineFlags,
  engineFlags,
  type JobFlags,
  jobFlags,
  positiveInteger,
  type ReadFlags,
  readFlags,
  scanOptions,
  splitPaths,
  type WriteFlags,
  writeFlags,
} from '../options.js';
import { run } from '../run.js';

interface SortFlags extends EngineFlags, ReadFlags, WriteFlags, JobFlags {
  readonly by: string;
  readonly limit?: number;
  readonly where?: string;
  readonly select?: string;
}

export function sort(): Command {
  const command = new Command('sort')
    .description(
      'Orders rows; those that sort alike keep their order. With more than one path the last is the output, unless -o names it.',
    )
    .argument('<paths...>', 'inputs, then the output if there is one')
    .requiredOption(
      '--by <keys>',
      'such as "delay desc, origin"; nulls come last, unless "nulls first" is said',
    )
    .option(
      '--limit <n>',
      'keep only so many first rows, which needs no room for the others',
      positiveInteger,
    )
    .option('--where <condition>', 'rows to take (default: all)')
    .option('--select <columns>', 'columns to give (default: all)')
    .addHelpText(
      'after',
      examples(
        'spillway sort flights.csv sorted.csv --by "delay desc, origin"',
        'spillway sort flights/ --by "delay desc nulls last" --limit 10',
      ),
    )
    .action((paths: string[], flags: SortFlags) => {
      const { by, limit, where, select } = flags;
      const { inputs, output } = splitPaths(paths, flags);
      return run(flags, { prints: output === '-' }, async (session) => {
        let df = await session.scan(inputs, scanOptions(flags));
        if (where !== undefined) df = df.filter(where);
        df = df.sort(by, limit === undefined ? {} : { limit });
        if (select !== undefined) df = df.selectText(select);
        await emit(df, output, flags);
      });
    });
  return jobFlags(engineFlags(readFlags(writeFlags(command))));
}
