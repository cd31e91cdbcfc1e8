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

export function convert(): Command {
  const command = new Command('convert')
    .description(
      'Rewrites data in another format. The last path is the output, its format goes by its extension; a folder is a dataset.',
    )
    .argument('<paths...>', 'inputs, then the output')
    .addHelpText(
      'after',
      examples(
        'spillway convert flights.csv flights/',
        'spillway convert jan.csv feb.csv year.parquet --types "code=utf8"',
        'gzip -dc big.csv.gz | spillway convert - big/ --from csv',
      ),
    )
    .action((paths: string[], flags: EngineFlags & ReadFlags & WriteFlags & JobFlags) => {
      if (paths.length === 1 && flags.output === undefined) {
        command.error(`convert needs an output: spillway convert ${paths[0]} <output>`);
      }
      const { inputs, output } = splitPaths(paths, flags);
      return run(flags, { prints: output === '-' }, async (session) => {
        await emit(await session.scan(inputs, scanOptions(flags)), output, flags);
      });
    });
  return jobFlags(engineFlags(readFlags(writeFlags(command))));
}
