/**
 * The memory promise: convert, filter and aggregate db-benchmark's group-by file through the command line
 * under a limit that the kernel enforces where it lets us, and check the answers.
 *
 *   node dist/bench/memory.js --rows 1e8 --memory 256MB --folder data
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatBytes } from '../lib/errors.js';
import { parseBytes } from '../lib/exec/budget.js';
import { runLimited } from './control-group.js';
import { groupFile } from './group-data.js';
import { answerText, published, questions } from './group-queries.js';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1e7' },
    memory: { type: 'string', default: '256MB' },
    folder: { type: 'string', default: 'data' },
  },
});
const rows = Number(flags.rows);
const limit = parseBytes(flags.memory);
const cli = fileURLToPath(new URL('../cli/index.js', import.meta.url));
const csv = groupFile(rows, 100, flags.folder);
const dataset = `${flags.folder}/memory-dataset/`;
const filtered = `${flags.folder}/memory-filtered/`;

let failed = 0;
process.stdout.write('| task | seconds | peak | spilled | result |\n| --- | --- | --- | --- | --- |\n');

await report('convert', ['convert', csv, dataset, '--overwrite']);
await report('filter', ['filter', dataset, '-o', filtered, '--overwrite', '--where', 'v1 >= 3 and v3 < 50']);
for (const question of questions.filter(({ name }) => /^q[1-5]$/.test(name))) {
  const args = ['aggregate', dataset, '--by', question.keys, '--agg', question.aggregates, '--format', 'csv'];
  const expected = published[rows]?.[question.name];
  await report(question.name, args, (stdout) => {
    const answer = answerText(question, columnSums(stdout, question.checks));
    const wanted = expected === undefined ? answer : answerText(question, expected);
    return answer === wanted ? answer : `WRONG: ${answer} instead of ${wanted}`;
  });
}
rmSync(dataset, { recursive: true, force: true });
rmSync(filtered, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;

async function report(
  task: string,
  args: readonly string[],
  check: (stdout: string) => string = () => 'done',
): Promise<void> {
  const command = [process.execPath, cli, ...args, '--memory', flags.memory, '--stats', '--no-progress'];
  const run = await runLimited(command, limit);
  const stats = /^\{.*\}$/m.exec(run.stderr)?.[0];
  const { spilledBytes = 0, peakMemory = 0 } = stats === undefined ? {} : JSON.parse(stats);
  const peak = Math.max(run.peak, peakMemory);
  const result =
    run.exit === 0
      ? check(run.stdout)
      : `FAILED: exit ${run.exit ?? run.signal}: ${run.stderr.trim().slice(-300)}`;
  const over = peak > limit ? ' OVER THE LIMIT' : '';
  if (over !== '' || /^(FAILED|WRONG)/.test(result)) failed++;
  const enforced = run.grouped ? '' : ' (limit not enforced)';
  process.stdout.write(
    `| ${task} | ${run.seconds.toFixed(2)} | ${formatBytes(peak)}${over}${enforced} | ${formatBytes(spilledBytes)} | ${result} |\n`,
  );
}

/** Sums of columns of a CSV answer whose fields hold no quotes. */
function columnSums(csvText: string, names: readonly string[]): number[] {
  const [header, ...lines] = csvText.trimEnd().split('\n');
  const indices = names.map((name) => header!.split(',').indexOf(name));
  const sums = names.map(() => 0);
  for (const line of lines) {
    const cells = line.split(',');
    for (const [i, index] of indices.entries()) sums[i]! += Number(cells[index]);
  }
  return sums;
}
