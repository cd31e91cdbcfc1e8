/**
 * Kernels alone, a family a file: `node dist/bench/micro/index.js [sort group join take text csv codec aggregate]`. Beside the
 * bytes a second stands how much longer it takes than copying as many bytes, which is the limit.
 */
import { Bench } from 'tinybench';
import { makeRuntime } from '../../test/helpers.js';
import { aggregate } from './aggregate.js';
import { codec } from './codec.js';
import { csv } from './csv.js';
import { type Family, type Micro, makeColumns } from './family.js';
import { group } from './group.js';
import { join } from './join.js';
import { sort } from './sort.js';
import { take } from './take.js';
import { text } from './text.js';

const families: Readonly<Record<string, Family>> = { sort, group, join, take, text, csv, codec, aggregate };
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(families);
const unknown = wanted.filter((name) => families[name] === undefined);

if (unknown.length > 0) {
  process.stderr.write(
    `there is no family ${unknown.join(', ')}; there are ${Object.keys(families).join(', ')}\n`,
  );
  process.exitCode = 2;
} else for (const name of wanted) await measure(name);

async function measure(name: string): Promise<void> {
  const runtime = makeRuntime(256 * 2 ** 20);
  const home = runtime.arena.region('columns');
  const scratch = runtime.arena.region('scratch');
  const micros = families[name]!(makeColumns(home, runtime), runtime);
  const bench = new Bench({ time: 200, warmupTime: 100 });
  const copies = new Set(micros.map(({ bytes }) => bytes));
  const largest = Math.max(...copies);
  const [from, to] = [home.reserve(largest), home.reserve(largest)];
  for (const bytes of copies)
    bench.add(`copy ${bytes}`, () => {
      runtime.arena.bytes.copyWithin(to, from, from + bytes);
    });
  for (const micro of micros) add(bench, micro);
  await bench.run();
  const seconds = (task: string): number => {
    const { result } = bench.getTask(task)!;
    if (result.state !== 'completed') throw new Error(`${task}: ${result.state}`);
    return result.latency.p50 / 1000;
  };
  console.log(`\n${name}`);
  console.table(
    Object.fromEntries(
      micros.map((micro) => {
        const taken = seconds(micro.name);
        const figures = {
          'GB/s': Number((micro.bytes / taken / 1e9).toPrecision(3)),
          'times a copy': Number((taken / seconds(`copy ${micro.bytes}`)).toPrecision(3)),
        };
        return [micro.name, figures];
      }),
    ),
  );

  function add(to: Bench, { name: title, run }: Micro): void {
    // A run that is not async must not become one: a turn of the loop takes as long as a kernel.
    to.add(title, () => {
      scratch.reset();
      return run(scratch);
    });
  }
}
