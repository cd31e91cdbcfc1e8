import { Command } from 'commander';
import { check } from '../check.js';
import { examples } from '../examples.js';
import { type EngineFlags, engineFlags, type ReadFlags, readFlags, scanOptions } from '../options.js';
import { run } from '../run.js';
import { print } from '../terminal.js';

interface ExplainFlags extends EngineFlags, ReadFlags {
  readonly where?: string;
  readonly select?: string;
  readonly by?: string;
  readonly agg?: string;
  readonly asWritten?: boolean;
}

export function explain(): Command {
  const command = new Command('explain')
    .description('Prints the plan of a SQL query, or of the given flags over files, without running it.')
    .argument('<query or inputs...>', 'a query that starts with SELECT or WITH, or files or datasets')
    .option('--where <condition>', 'as of filter')
    .option('--select <columns>', 'as of filter')
    .option('--by <keys>', 'as of aggregate')
    .option('--agg <aggregates>', 'as of aggregate')
    .option('--as-written', 'the plan before it is optimized')
    .addHelpText(
      'after',
      examples(
        `spillway explain 'select origin, max(delay) from "flights/" where distance > 500 group by 1'`,
        'spillway explain flights/ --where "delay > 60" --as-written',
      ),
    )
    .action((args: string[], flags: ExplainFlags) =>
      run(flags, { prints: true }, async (session) => {
        const isQuery = args.length === 1 && /^\s*(select|with)\s/i.test(args[0]!);
        let df = isQuery
          ? await session.sql(args[0]!, scanOptions(flags))
          : await session.scan(args, scanOptions(flags));
        if (flags.where !== undefined) df = df.filter(flags.where);
        if (flags.select !== undefined) df = df.selectText(flags.select);
        if (flags.agg !== undefined) df = df.aggregateText(flags.by ?? '', flags.agg);
        if (flags.check) return check(df);
        const text = await df.explain({ optimized: !flags.asWritten });
        await print(text.endsWith('\n') ? text : `${text}\n`);
      }),
    );
  return engineFlags(readFlags(command));
}
