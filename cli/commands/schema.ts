import { Command } from 'commander';
import { typeName } from '../../lib/index.js';
import { examples } from '../examples.js';
import {
  type EngineFlags,
  engineFlags,
  type PrintFlags,
  printFlags,
  type ReadFlags,
  readFlags,
  scanOptions,
} from '../options.js';
import { printRecords, type RecordColumn } from '../records.js';
import { run } from '../run.js';

const columns: readonly RecordColumn[] = [
  { name: 'column', type: 'utf8' },
  { name: 'type', type: 'utf8' },
  { name: 'nullable', type: 'bool' },
];

export function schema(): Command {
  const command = new Command('schema')
    .description(
      'Prints the name and type of each column, and whether it may hold nulls. Reads as little as tells.',
    )
    .argument('<inputs...>', 'files or datasets of one schema')
    .addHelpText(
      'after',
      examples('spillway schema flights.parquet', 'spillway schema flights/ --format json'),
    )
    .action((inputs: string[], flags: EngineFlags & ReadFlags & PrintFlags) =>
      run(flags, { prints: true }, async (session) => {
        const df = await session.scan(inputs, scanOptions(flags));
        const { fields } = await df.schema;
        const rows = fields.map(({ name, type, nullable }) => [name, typeName(type), nullable]);
        await printRecords({ columns, rows }, flags);
      }),
    );
  return engineFlags(readFlags(printFlags(command)));
}
