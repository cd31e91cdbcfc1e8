import { Command } from 'commander';
import { type Field, typeName } from '../../lib/index.js';
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
import { printRecords, type RecordColumn, type Value } from '../records.js';
import { run } from '../run.js';

interface DescribeFlags extends EngineFlags, ReadFlags, PrintFlags, JobFlags {
  readonly where?: string;
  /** Commander's form of --no-distinct. */
  readonly distinct: boolean;
  readonly median?: boolean;
}

interface Measure extends RecordColumn {
  /** The aggregate of a quoted column. */
  readonly aggregate: (column: string) => string;
  /** What is shown of the aggregate; itself if left out. */
  readonly shown?: (aggregate: string) => string;
  /** The columns that have it; all if left out. Lists have no order. */
  readonly of?: 'numbers' | 'ordered';
}

export function describe(): Command {
  const command = new Command('describe')
    .description(
      'Prints a line for each column: type, nulls, distinct values, least, greatest, and mean and standard deviation of numbers. One pass over the data.',
    )
    .argument('<inputs...>', 'files or datasets of one schema')
    .option('--where <condition>', 'rows to take (default: all)')
    .option('--no-distinct', 'do not count distinct values, which takes memory for each of them')
    .option('--median', 'the median of numbers too, which takes memory for each value')
    .addHelpText(
      'after',
      examples('spillway describe flights.csv', 'spillway describe flights/ --no-distinct --format json'),
    )
    .action((inputs: string[], flags: DescribeFlags) =>
      run(flags, { prints: true }, async (session) => {
        let df = await session.scan(inputs, scanOptions(flags));
        if (flags.where !== undefined) df = df.filter(flags.where);
        const { fields } = await df.schema;
        const measures = measuresFor(flags);
        const cells = fields.flatMap((field, i) =>
          measures
            .filter((measure) => has(field, measure))
            .map((measure) => ({ measure, name: `${measure.name}_${i}`, column: quoted(field.name) })),
        );
        const aggregates = cells.map(
          ({ measure, name, column }) => `${measure.aggregate(column)} as ${name}`,
        );
        // Texts, because a column of the summary holds values of many types; the engine writes them exactly.
        const texts = cells.map(
          ({ measure, name }) => `cast(${measure.shown?.(name) ?? name} as text) as ${name}`,
        );
        const summary = df
          .aggregateText('', ['count(*) as all_rows', ...aggregates].join(', '))
          .selectText(texts.join(', '));
        if (flags.check) return check(summary);
        let row: Record<string, unknown> = {};
        for await (row of summary.rows(jobOption(flags)));
        await printRecords(
          {
            columns: [{ name: 'column', type: 'utf8' }, { name: 'type', type: 'utf8' }, ...measures],
            rows: fields.map((field, i) => [
              field.name,
              typeName(field.type),
              ...measures.map((measure) =>
                asValue((row[`${measure.name}_${i}`] ?? null) as string | null, measure),
              ),
            ]),
          },
          flags,
        );
      }),
    );
  return jobFlags(engineFlags(readFlags(printFlags(command))));
}

function measuresFor(flags: DescribeFlags): Measure[] {
  const distinct: Measure = {
    name: 'distinct',
    type: 'int64',
    aggregate: (c) => `count(distinct ${c})`,
    of: 'ordered',
  };
  const median: Measure = {
    name: 'median',
    type: 'float64',
    aggregate: (c) => `median(${c})`,
    of: 'numbers',
  };
  return [
    {
      name: 'nulls',
      type: 'int64',
      aggregate: (c) => `count(${c})`,
      shown: (counted) => `all_rows - ${counted}`,
    },
    ...(flags.distinct ? [distinct] : []),
    { name: 'min', type: 'utf8', aggregate: (c) => `min(${c})`, of: 'ordered' },
    { name: 'max', type: 'utf8', aggregate: (c) => `max(${c})`, of: 'ordered' },
    { name: 'mean', type: 'float64', aggregate: (c) => `avg(${c})`, of: 'numbers' },
    { name: 'stddev', type: 'float64', aggregate: (c) => `stddev(${c})`, of: 'numbers' },
    ...(flags.median ? [median] : []),
  ];
}

/** Counts and means are numbers to a program that reads the output; least and greatest keep their own form. */
function asValue(text: string | null, measure: Measure): Value {
  return text === null || measure.type === 'utf8' ? text : Number(text);
}

function has({ type: { kind } }: Field, measure: Measure): boolean {
  return measure.of === 'numbers' ? /^(u?int|float)/.test(kind) : measure.of === undefined || kind !== 'list';
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
