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

interface AggregateFlags extends EngineFlags, ReadFlags, WriteFlags, JobFlags {
  readonly by?: string;
  readonly agg: string;
  readonly where?: string;
}

export function aggregate(): Command {
  const command = new Command('aggregate')
    .description(
      'Groups rows and computes aggregates of each group; one row for all without --by. With more than one path the last is the output, unless -o names it.',
    )
    .argument('<paths...>', 'inputs, then the output if there is one')
    .option('--by <keys>', 'what to group by, such as "origin, lower(carrier) as carrier"')
    .requiredOption('--agg <aggregates>', 'what to compute, such as "count(*) as n, avg(delay) as delay"')
    .option('--where <condition>', 'rows to take (default: all)')
    .addHelpText(
      'after',
      `
Aggregates: count, sum, avg, min, max, median, quantile, stddev, variance, first, last, corr,
bool_and, bool_or, product; count(distinct x); any with filter (where ...).
${examples(
  'spillway aggregate flights/ --by origin --agg "count(*) as n, avg(delay) as delay"',
  'spillway aggregate flights/ --agg "count(distinct origin) as airports, max(delay) as worst"',
  'spillway aggregate flights/ by-origin.csv --by origin --agg "median(delay) as delay" --where "distance > 500"',
)}`,
    )
    .action((paths: string[], flags: AggregateFlags) => {
      const { inputs, output } = splitPaths(paths, flags);
      return run(flags, { prints: output === '-' }, async (session) => {
        let df = await session.scan(inputs, scanOptions(flags));
        if (flags.where !== undefined) df = df.filter(flags.where);
        await emit(df.aggregateText(flags.by ?? '', flags.agg), output, flags);
      });
    });
  return jobFlags(engineFlags(readFlags(writeFlags(command))));
}
