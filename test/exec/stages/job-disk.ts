/** Many tasks under one limit of disk: never more together, and none refused that would have had room. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { diskError } from '../../../lib/errors.js';
import { JobDisk } from '../../../lib/exec/stages/job-disk.js';
import { SpillStore } from '../../../spill/spill-store.js';
import { makeRuntime, seeded } from '../../helpers.js';

const test = suite('exec/stages/job-disk');

const folder = mkdtempSync(join(tmpdir(), 'spillway-job-disk-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const storeOf = (limit: number | null): SpillStore =>
  new SpillStore(async () => ({ path: folder, remove() {} }), limit, makeRuntime());

/** As many at once as there are workers; the others wait, as in a pool. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(free: number) {
    this.#free = free;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await null;
};

test('random tasks: the limit holds, and all succeed that fit alone', async () => {
  const random = seeded(3);
  const below = (limit: number): number => Math.floor(random() * limit);
  let again = 0;
  for (let round = 0; round < 60; round++) {
    const limit = 1000;
    const store = storeOf(limit);
    const workers = 1 + below(8);
    const disk = new JobDisk(store, workers);
    const slots = new Slots(workers);
    // All results stay; beside them the largest task has room.
    const tasks = Array.from({ length: 1 + below(20) }, () => ({ spills: below(400), gives: below(25) }));
    let taken = 0;
    const run = async ({ spills, gives }: (typeof tasks)[number], number: number): Promise<void> => {
      await disk.during((begin) =>
        slots.take(async () => {
          const { bytes, whole } = begin()!;
          assert.is(whole, limit);
          taken += bytes;
          assert.ok(taken <= limit && bytes >= 0, `${taken}`);
          await turns(below(20));
          taken -= bytes;
          if (Math.max(spills, gives) > bytes) {
            again++;
            throw diskError('too little');
          }
          taken += gives;
          disk.keep({ path: join(folder, String(number)), bytes: gives, rows: [] });
        }),
      );
    };
    await Promise.all(tasks.map(run));
    assert.is(store.held, taken);
    disk.end();
    assert.is(store.held, 0);
  }
  assert.ok(again > 10, `${again} tasks ran again`);
});

test('a task that would not fit alone is refused, and others are done', async () => {
  const store = storeOf(100);
  const disk = new JobDisk(store, 2);
  const slots = new Slots(2);
  let attempts = 0;
  const needs = (bytes: number): Promise<string> =>
    disk.during((begin) =>
      slots.take(async () => {
        const granted = begin()!.bytes;
        attempts++;
        await turns(3);
        if (bytes > granted) throw diskError(`needs ${bytes}, has ${granted}`);
        return 'done';
      }),
    );
  const [large, small] = await Promise.allSettled([needs(101), needs(10)]);
  assert.is((large as PromiseRejectedResult).reason.message, 'needs 101, has 100');
  assert.equal(small, { status: 'fulfilled', value: 'done' });
  assert.is(attempts, 3);
  assert.is(store.held, 0);
});

test('what is removed counts no more; without a limit nothing is divided', async () => {
  const store = storeOf(null);
  const disk = new JobDisk(store, 2);
  assert.is(await disk.during(async (begin) => begin()), null);
  const path = join(folder, 'a file');
  writeFileSync(path, '');
  const file = { path, bytes: 30, rows: [] };
  disk.keep(file);
  assert.is(store.held, 30);
  disk.remove(file);
  disk.remove(file);
  assert.is(store.held, 0);
  assert.not.ok(existsSync(path));
});

test.run();
