/**
 * Workers and coordinators are killed at random moments, and nothing is lost:
 * `node dist/test/long/chaos.js --kills 200 --coordinators 20 --seed 1`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session } from '../../lib/index.js';
import { seeded } from '../helpers.js';
import {
  dataOf,
  datasetOf,
  isAlive,
  jobs,
  leftIn,
  options,
  otherOf,
  type Place,
  soon,
  unsweptIn,
  workersOf,
} from './chaos-helpers.js';

const text = { type: 'string' } as const;
// Where many tests are run the arguments are those of who runs them.
const { values } = parseArgs({ options: { kills: text, coordinators: text, seed: text }, strict: false });
const flag = (name: string, usual: number): number => Number(values[name] ?? usual);
const kills = flag('kills', 24);
const coordinators = flag('coordinators', 6);
const random = seeded(flag('seed', 1));

/** A task fails when it was lost three times, so that two kills can never fail a job. */
const killsInJob = 2;

const rows = 150_000;

const test = suite<{ place: Place; answers: ReadonlyMap<string, Undisturbed> }>('chaos');

/** What a job gives when it is left alone, and how long that takes. */
interface Undisturbed {
  readonly answer: string;
  readonly milliseconds: number;
}

test.before(async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-chaos-'));
  const place = { folder, temp: join(folder, 'temp') };
  mkdirSync(place.temp);
  writeRows(place);
  const session = new Session(options(place));
  try {
    await (await session.scan(dataOf(place))).write(datasetOf(place), { format: 'dataset' });
    const answers = new Map<string, Undisturbed>();
    for (const name of Object.keys(jobs)) {
      const start = performance.now();
      const before = session.stats.tasks;
      const answer = await answerOf(name, session, place);
      assert.ok(session.stats.tasks - before > 8, `${name} has many tasks`);
      answers.set(name, { answer, milliseconds: performance.now() - start });
    }
    Object.assign(context, { place, answers });
  } finally {
    await session.close();
  }
});
test.after(({ place }) => rmSync(place.folder, { recursive: true, force: true }));

function writeRows(place: Place): void {
  const below = (limit: number): number => Math.floor(random() * limit);
  const lines = (line: (i: number) => string): string =>
    Array.from({ length: rows }, (_, i) => line(i)).join('');
  const word = (): string => ['one', 'höchst', '', '"two\nlines"', 'much of it'][below(5)]!;
  writeFileSync(
    dataOf(place),
    `id,key,x,word\n${lines((i) => `${i},${below(20_000)},${below(1e9) / 64},${word()}\n`)}`,
  );
  const note = (): string => 'a note '.repeat(below(20));
  writeFileSync(otherOf(place), `other,note\n${lines((i) => `${(i * 7919) % (2 * rows)},${note()}\n`)}`);
}

/** The bytes of what a job writes. */
async function answerOf(name: string, session: Session, place: Place): Promise<string> {
  const output = join(place.folder, 'answer');
  await jobs[name]!(session, place, output);
  const answer = createHash('sha256');
  if (name === 'convert') {
    const text = join(place.folder, 'answer.csv');
    await (await session.scan(output)).write(text, { overwrite: true });
    answer.update(readFileSync(text));
  } else {
    answer.update(readFileSync(output));
  }
  rmSync(output, { recursive: true });
  return answer.digest('hex');
}

const names = Object.keys(jobs);

test(`${kills} workers killed: every answer is that of the undisturbed run`, async ({ place, answers }) => {
  let killed = 0;
  let retries = 0;
  for (let round = 0; killed < kills; round++) {
    const session = new Session(options(place));
    const { arena } = session.runtime();
    // The second job begins with workers that have worked.
    for (const name of [names[round % names.length]!, names[Math.floor(random() * names.length)]!]) {
      const { answer, milliseconds } = answers.get(name)!;
      const killer = new Killer(killsInJob, milliseconds);
      const found = await answerOf(name, session, place).finally(() => killer.stop());
      killed += await killer.stop();
      assert.is(found, answer, `${name}, round ${round}`);
      assert.is(arena.reserved, 0);
      assert.equal(leftIn(place.temp), [], `${name}, round ${round}`);
    }
    retries += session.stats.retries;
    assert.is(session.stats.retryCauses.length, session.stats.retries);
    for (const cause of session.stats.retryCauses)
      assert.match(cause, /^stage \d+: its worker was killed by SIG(KILL|BUS)(, with [\d.]+ MB resident)?$/);
    const workers = workersOf(process.pid);
    await session.close();
    assert.equal(workers.filter(isAlive), []);
    assert.equal(readdirSync(place.temp), []);
  }
  console.log(`${killed} workers killed, ${retries} tasks run again`);
  assert.ok(retries > kills / 4);
});

/** Kills so many workers of this process, at moments that are spread over so many milliseconds. */
class Killer {
  readonly #stop = new AbortController();
  readonly #done: Promise<number>;

  constructor(count: number, milliseconds: number) {
    this.#done = this.#kill(
      Array.from({ length: count }, () => random() * milliseconds).sort((a, b) => a - b),
    );
  }

  /** How many were killed. */
  stop(): Promise<number> {
    this.#stop.abort();
    return this.#done;
  }

  async #kill(moments: readonly number[]): Promise<number> {
    const start = performance.now();
    let killed = 0;
    for (const moment of moments) {
      await this.#until(() => performance.now() - start >= moment);
      let workers: number[] = [];
      await this.#until(() => {
        workers = workersOf(process.pid);
        return workers.length > 0;
      });
      if (this.#stop.signal.aborted) return killed;
      process.kill(workers[Math.floor(random() * workers.length)]!, random() < 0.2 ? 'SIGBUS' : 'SIGKILL');
      killed++;
    }
    return killed;
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.#stop.signal.aborted) await setTimeout(2);
  }
}

test(`${coordinators} coordinators killed: no worker stays, and the next sweeps`, async ({
  place,
  answers,
}) => {
  for (let round = 0; round < coordinators; round++) {
    const name = names[round % names.length]!;
    const { answer, milliseconds } = answers.get(name)!;
    const output = join(place.folder, 'killed');
    const coordinator = fork(fileURLToPath(new URL('./victim-helpers.js', import.meta.url)), [
      name,
      place.folder,
      place.temp,
      output,
    ]);
    const ended = once(coordinator, 'exit');
    await begun(coordinator);
    await setTimeout(random() * milliseconds);
    const workers = workersOf(coordinator.pid!);
    coordinator.kill('SIGKILL');
    await ended;
    assert.ok(await soon(() => !workers.some(isAlive), 1000), `${name}: a worker outlives its coordinator`);
    const session = new Session(options(place));
    assert.is(await answerOf(name, session, place), answer);
    // Another's output is swept when it is written again.
    await jobs[name]!(session, place, output);
    rmSync(output, { recursive: true });
    await session.close();
    assert.equal(unsweptIn(place.temp), [], name);
    assert.equal(
      unsweptIn(place.folder).filter((file) => file.startsWith('.')),
      [],
      name,
    );
  }
});

/** Returns when it has a worker; it may be so quick that it ends before. */
async function begun(coordinator: ChildProcess): Promise<void> {
  const isSo = (): boolean => coordinator.exitCode !== null || workersOf(coordinator.pid!).length > 0;
  assert.ok(await soon(isSo, 20_000));
}

test.run();
