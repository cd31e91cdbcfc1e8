import { Command, Option } from 'commander';
import type { DataFrame, JoinHow } from '../../lib/index.js';
import { emit } from '../emit.js';
import { examples } from '../examples.js';
import {
  type EngineFlags,
  engineFlags,
  type JobFlags,
  jobFlags,
  nameList,
  type ReadFlags,
  readFlags,
  scanOptions,
  type WriteFlags,
  writeFlags,
} from '../options.js';
import { run } from '../run.js';

interface JoinFlags extends EngineFlags, ReadFlags, WriteFlags, JobFlags {
  readonly on?: string;
  readonly how?: JoinHow | 'cross';
  readonly suffix: string;
  readonly asof?: readonly string[];
  readonly direction?: 'backward' | 'forward' | 'nearest';
  readonly tolerance?: string;
  readonly select?: string;
}

export function join(): Command {
  const command = new Command('join')
    .description(
      'Puts rows of two inputs side by side where columns are equal or a condition is true. A third path is the output.',
    )
    .argument('<left>', 'a file or dataset')
    .argument('<right>', 'a file or dataset')
    .argument('[output]', 'where the result goes (default: print it)')
    .option(
      '--on <condition>',
      'names that both have, such as "id, day", which come out once; or conditions, such as "origin = code and l.day < r.until"; l. and r. tell names of both apart',
    )
    .addOption(
      new Option('--how <kind>', 'which rows without a match come out too; semi and anti give left rows only')
        .choices(['inner', 'left', 'right', 'full', 'semi', 'anti', 'cross'])
        .default(undefined, 'inner, or left with --asof'),
    )
    .option('--suffix <text>', 'added to names of the right input that the left one has too', '_right')
    .option(
      '--asof <column>',
      'match each left row with the one nearest right row in this column, "time" or "time = at"; --on then names columns that are equal',
      nameList('='),
    )
    .addOption(
      new Option(
        '--direction <way>',
        '--asof: the right value is at or before, at or after, or nearest',
      ).choices(['backward', 'forward', 'nearest']),
    )
    .option('--tolerance <distance>', '--asof: no farther than a number, or for times 500ms, 5s, 10m, 2h, 1d')
    .option('--select <columns>', 'columns to give (default: all)')
    .addHelpText(
      'after',
      examples(
        'spillway join flights/ airports.csv --on "origin = code" --how left',
        'spillway join orders.csv lines.csv all.parquet --on id --select "id, customer, price"',
        'spillway join trades.csv quotes.csv --on symbol --asof time --tolerance 5s',
      ),
    )
    .action((left: string, right: string, positional: string | undefined, flags: JoinFlags) => {
      if (positional !== undefined && flags.output !== undefined) {
        command.error(`two outputs are given, ${positional} and ${flags.output}`);
      }
      refuse(command, flags, left, right);
      const output = positional ?? flags.output ?? '-';
      return run(flags, { prints: output === '-' }, async (session) => {
        const options = scanOptions(flags);
        const [a, b] = [await session.scan([left], options), await session.scan([right], options)];
        const joined = joinedBy(flags, a, b);
        await emit(flags.select === undefined ? joined : joined.selectText(flags.select), output, flags);
      });
    });
  return jobFlags(engineFlags(readFlags(writeFlags(command))));
}

function joinedBy(flags: JoinFlags, left: DataFrame, right: DataFrame): DataFrame {
  const { on = '', how, suffix, asof, direction, tolerance } = flags;
  if (how === 'cross') return left.crossJoin(right, { suffix });
  if (asof === undefined) return left.joinText(right, on, { suffix, ...(how && { how }) });
  const [near = '', other = near] = asof;
  return left.joinAsof(right, {
    on: { left: near, right: other },
    by: nameList(',')(on),
    suffix,
    ...((how === 'inner' || how === 'left') && { how }),
    ...(direction && { direction }),
    ...(tolerance !== undefined && { tolerance: distance(tolerance) }),
  });
}

function refuse(
  command: Command,
  { on, how, asof, direction, tolerance }: JoinFlags,
  left: string,
  right: string,
): void {
  if (left === '-' && right === '-') command.error('only one input can be standard input');
  if (how === 'cross' && (on ?? asof) !== undefined)
    command.error('--how cross takes all pairs of rows, without --on');
  if (how !== 'cross' && asof === undefined && on === undefined)
    command.error('join needs --on "columns or condition"; all pairs of rows are --how cross');
  if (asof !== undefined && (asof.length === 0 || asof.length > 2))
    command.error('--asof takes one column of both inputs, or "left column = right column"');
  if (asof !== undefined && how !== undefined && how !== 'inner' && how !== 'left')
    command.error(`--asof is --how inner or left, not ${how}`);
  if (asof === undefined && (direction ?? tolerance) !== undefined)
    command.error(`--${direction === undefined ? 'tolerance' : 'direction'} belongs to --asof`);
}

const distance = (text: string): number | string => (/^\d*\.?\d+$/.test(text) ? Number(text) : text);
