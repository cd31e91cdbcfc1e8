import { Command } from 'commander';
import { emit } from '../emit.js';
import { examples } from '../examples.js';
import {
  type EngineFlags,
  engineFlags,
  positiveInteger,
  type ReadFlags,
  readFlags,
  scanOptions,
  type WriteFlags,
  writeFlags,
} from '../options.js';
import { run } from '../run.js';

interface HeadFlags extends EngineFlags, ReadFlags, WriteFlags {
  readonly rows: number;
  readonly select?: string;
}

export function head(): Command {
  const command = new Command('head')
    .description('Prints the first rows. All paths are inputs; it reads no more than it needs.')
    .argument('<inputs...>', 'files or datasets of one schema')
    .option('-n, --rows <n>', 'how many', positiveInteger, 10)
    .option('--select <columns>', 'columns to give (default: all)')
    .addHelpText(
      'after',
      examples(
        'spillway head flights.csv',
        'spillway head flights/ -n 100 --select "origin, delay" --format ndjson',
      ),
    )
    .action((inputs: string[], flags: HeadFlags) =>
      run(flags, { prints: flags.output === undefined }, async (session) => {
        let df = await session.scan(inputs, scanOptions(flags));
        if (flags.select !== undefined) df = df.selectText(flags.select);
        await emit(df.limit(flags.rows), flags.output ?? '-', flags);
      }),
    );
  return engineFlags(readFlags(writeFlags(command)));
}
