/** The program as commander sees it: all commands by name for the help, with the flags of the one that runs. */
import { Command, type CommanderError } from 'commander';
import { print } from './terminal.js';

const about = `Tables that may be larger than memory: convert, filter, aggregate and query them in bounded memory.

The format of a file goes by its extension; a folder is a dataset (Arrow chunks); - is standard input or output.`;

const epilogue = `
\`spillway <command> --help\` tells the flags of a command and gives examples.

Exit codes:
    0  done (also if the reader of the output went away)
    1  a bug in spillway
    2  a mistake in the command or the query
    3  bad input data
    4  the memory budget does not suffice
    5  the disk is full, missing, or may not be written
    6  a worker could not be saved
  130  interrupted`;

export function program(
  version: string,
  commands: Readonly<Record<string, { readonly summary: string }>>,
  running: Command | undefined,
): Command {
  const top = new Command('spillway')
    .description(about)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('--json-errors', 'print errors as JSON')
    .helpCommand(false)
    .addHelpText('after', epilogue);
  for (const [name, { summary }] of Object.entries(commands)) {
    const command = name === running?.name() ? running : new Command(name);
    top.addCommand(command.summary(summary).helpOption('-h, --help', 'print help'));
  }
  for (const command of [top, ...top.commands]) {
    // Mistakes are thrown and printed in one place, failure.ts; help that was not asked for goes to stderr.
    command.exitOverride((error: CommanderError) => {
      throw error;
    });
    command.configureOutput({
      writeOut: (text) => void print(text),
      outputError: () => {},
      getOutHelpWidth: () => Math.min(process.stdout.columns || 100, 110),
    });
  }
  return top;
}
