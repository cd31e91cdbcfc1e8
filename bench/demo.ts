/**
 * The main job on real data, through the command line as a user runs it: three million flights from Parquet to
 * CSV, to a dataset, filtered, aggregated. Each step is a process of its own; its time is the clock around it,
 * its memory the peak that the kernel counted for it.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const binary = fileURLToPath(new URL('../bundle/cli.js', import.meta.url));
const flights = 'node_modules/vega-datasets/data/flights-3m.parquet';
const folder = 'data/demo';
const memory = '256MB';

interface Step {
  readonly title: string;
  readonly args: readonly string[];
}

const steps: readonly Step[] = [
  { title: 'Parquet to CSV', args: ['convert', flights, `${folder}/flights.csv`] },
  { title: 'CSV to a dataset', args: ['convert', `${folder}/flights.csv`, `${folder}/flights/`] },
  {
    title: 'the long flights that came an hour late or more',
    args: ['filter', `${folder}/flights/`, `${folder}/late/`, '--where', 'delay >= 60 and distance > 500'],
  },
  {
    title: 'delays by origin',
    args: [
      'aggregate',
      `${folder}/flights/`,
      `${folder}/by-origin.csv`,
      '--by',
      'origin',
      '--agg',
      'count(*) as flights, avg(delay) as mean_delay, max(delay) as worst_delay',
    ],
  },
];

const result: Step = {
  title: 'the ten busiest airports',
  args: [
    'sql',
    `select origin, flights, round(mean_delay, 1) as mean_delay, worst_delay from "${folder}/by-origin.csv" order by flights desc limit 10`,
    '--format',
    'table',
  ],
};

process.chdir(root);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
console.log(`${flights}, ${megabytes(statSync(flights).size)}; every step with --memory ${memory}\n`);
for (const step of [...steps, result]) await runStep(step);
console.log(`\nThe files are in ${folder}/.`);

async function runStep({ title, args }: Step): Promise<void> {
  console.log(title);
  console.log(`$ spillway ${args.map(quoted).join(' ')}`);
  const start = performance.now();
  const child = spawn(process.execPath, [binary, ...args, '--memory', memory, '--stats', '--no-progress'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, messages, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((done) => child.on('close', done)),
  ]);
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) {
    process.stderr.write(messages);
    process.exit(1);
  }
  const stats = JSON.parse(messages.trim().split('\n').at(-1)!) as {
    rows: number;
    peakMemory: number;
  };
  if (output !== '') console.log(output.trimEnd());
  const rows = stats.rows.toLocaleString('en-US');
  console.log(`  ${rows} rows, ${seconds.toFixed(2)} s, peak memory ${megabytes(stats.peakMemory)}\n`);
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = '';
  for await (const part of stream.setEncoding('utf8')) all += part;
  return all;
}

function quoted(arg: string): string {
  return /^[\w./,=-]+$/.test(arg) ? arg : `'${arg}'`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MB`;
}
