import { Command } from 'commander';
import { cleanJobs, formatBytes, listJobs } from '../../lib/index.js';
import { examples } from '../examples.js';
import { print } from '../terminal.js';

interface JobsFlags {
  readonly tempDir?: string;
}

export function jobs(): Command {
  const list = new Command('list')
    .description('Lists the jobs: name, when they began, finished tasks, size, state and what they do.')
    .action(async (_: unknown, command: Command) => {
      const { tempDir } = command.optsWithGlobals<JobsFlags>();
      const found = await listJobs(tempDir);
      const rows = found.map(({ name, begun, finishedTasks, tasks, bytes, state, title }) => [
        name,
        begun === null ? '' : `${begun.toISOString().slice(0, 19).replace('T', ' ')}Z`,
        `${finishedTasks} of ${tasks} tasks`,
        formatBytes(bytes),
        state,
        title,
      ]);
      await print(aligned(rows));
    });
  const clean = new Command('clean')
    .description('Removes a job, or all that are not running, with what is finished of them.')
    .argument('[name]', 'the job (default: all that are stopped)')
    .action(async (name: string | undefined, _: unknown, command: Command) => {
      const { tempDir } = command.optsWithGlobals<JobsFlags>();
      for (const removed of await cleanJobs(tempDir, name)) await print(`removed ${removed}\n`);
    });
  return new Command('jobs')
    .description('Lists or removes jobs: what is finished of runs with --job that have not ended yet.')
    .option('--temp-dir <folder>', 'where the jobs are (default: the folder of the system)')
    .option('--json-errors', 'print errors as JSON')
    .addHelpText('after', examples('spillway jobs list', 'spillway jobs clean nightly'))
    .addCommand(list)
    .addCommand(clean);
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
