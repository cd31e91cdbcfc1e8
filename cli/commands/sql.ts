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
  type WriteFlags,
  writeFlags,
} from '../options.js';
import { run } from '../run.js';

type SqlFlags = EngineFlags & ReadFlags & WriteFlags & JobFlags;

export function sql(): Command {
  const command = new Command('sql')
    .description('Runs a SQL query over files, which are named in double quotes.')
    .argument('<query>', 'select ... from "file" where ... group by ... having ... order by ... limit ...')
    .argument('[output]', 'where the result goes (default: print it)')
    .addHelpText(
      'after',
      examples(
        `spillway sql 'select origin, count(*) n from "flights/" group by 1 order by n desc limit 5'`,
        `spillway sql 'select * from "trips.csv" where fare > 10' cheap.parquet`,
        `cat trips.csv | spillway sql 'select avg(fare) from "-"' --from csv`,
      ),
    )
    .action((query: string, positional: string | undefined, flags: SqlFlags) => {
      if (positional !== undefined && flags.output !== undefined) {
        command.error(`two outputs are given, ${positional} and ${flags.output}`);
      }
      const output = positional ?? flags.output ?? '-';
      return run(flags, { prints: output === '-' }, async (session) => {
        await emit(await session.sql(query, scanOptions(flags)), output, flags);
      });
    });
  return jobFlags(engineFlags(readFlags(writeFlags(command))));
}
