import { Command, InvalidArgumentError } from 'commander';
import type { SampleOptions } from '../../lib/index.js';
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
  wholeNumber,
  writeFlags,
} from '../options.js';
import { run } from '../run.js';

interface SampleFlags extends EngineFlags, ReadFlags, WriteFlags, JobFlags {
  readonly rate?: number;
  readonly count?: number;
  readonly seed?: number;
}

export function sample(): Command {
  const command = new Command('sample')
    .description(
      'Takes some rows by chance. With more than one path the last is the output, unless -o names it.',
    )
    .argument('<paths...>', 'inputs, then the output if there is one')
    .option('--rate <part>', 'the probability of each row, from 0 to 1; rows keep their order', rate)
    .option('--count <n>', 'exactly so many rows, in random order', positiveInteger)
    .option('--seed <n>', 'the same rows for the same number (default: other rows each time)', wholeNumber)
    .addHelpText(
      'after',
      examples(
        'spillway sample flights/ --rate 0.01 --seed 7',
        'spillway sample flights.csv few.csv --count 1000',
      ),
    )
    .action((paths: string[], flags: SampleFlags) => {
      const { rate, count, seed } = flags;
      if ((rate === undefined) === (count === undefined)) command.error('sample needs --rate or --count');
      const size: SampleOptions = rate === undefined ? { count: count! } : { rate };
      const { inputs, output } = splitPaths(paths, flags);
      return run(flags, { prints: output === '-' }, async (session) => {
        const df = await session.scan(inputs, scanOptions(flags));
        await emit(df.sample({ ...size, ...(seed !== undefined && { seed }) }), output, flags);
      });
    });
  return jobFlags(engineFlags(readFlags(writeFlags(command))));
}

function rate(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  }
  return value;
}
