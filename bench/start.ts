/** How long the command line takes to start, against `node -e 0`. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../bundle/cli.js', import.meta.url));

export interface StartTime {
  readonly command: string;
  readonly seconds: number;
  /** To the time of `node -e 0` in the same rounds. */
  readonly ratio: number;
}

/** Medians of commands run in turns, at least 11 rounds, since they are short. */
export function startTimes(csv: string, rounds: number): StartTime[] {
  const commands = [
    { command: 'node -e 0', args: ['-e', '0'] },
    { command: 'spillway --version', args: [cli, '--version'] },
    { command: 'spillway sql', args: [cli, 'sql', `select count(*) from "${csv}"`] },
    { command: 'spillway head file.csv', args: [cli, 'head', csv] },
  ];
  const seconds = commands.map((): number[] => []);
  for (let round = 0; round < Math.max(rounds, 11); round++) {
    for (const [i, { command, args }] of commands.entries()) {
      const start = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args);
      seconds[i]!.push((performance.now() - start) / 1000);
      if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
    }
  }
  const medians = seconds.map((times) => times.sort((a, b) => a - b)[times.length >> 1]!);
  return commands.map(({ command }, i) => ({
    command,
    seconds: medians[i]!,
    ratio: medians[i]! / medians[0]!,
  }));
}
