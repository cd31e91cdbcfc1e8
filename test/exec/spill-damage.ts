/** A bit that flips in a temporary file between writing and reading is found by the query that reads it. */
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { float64, int64, utf8 } from '../../lib/arrow/types.js';
import { SpillwayError } from '../../lib/errors.js';
import { aggregate } from '../../lib/exec/aggregate.js';
import type { Context, Stream } from '../../lib/exec/context.js';
import { distinct } from '../../lib/exec/distinct.js';
import { sort } from '../../lib/exec/sort.js';
import { openTempSpace } from '../../lib/exec/temp-space.js';
import { column, named } from '../../lib/plan/make-expr.js';
import { type Cell, contextOf, makeRuntime, seeded } from '../helpers.js';
import { inputOf, streamOf } from '../stream-helpers.js';

const test = suite('damaged temporary files');

const random = seeded(23);
const { schema, rows } = inputOf(
  { k: int64, name: utf8, x: float64 },
  Array.from({ length: 30_000 }, (_, i): Cell[] => {
    return [BigInt(i), `text number ${i * 7919}`, random()];
  }),
);

const operators: Readonly<Record<string, (input: Stream, context: Context) => Stream>> = {
  sort: (input, context) =>
    sort([{ expr: column('x'), descending: false, nullsFirst: false }], null, input, schema, context),
  'sort by text': (input, context) =>
    sort([{ expr: column('name'), descending: true, nullsFirst: true }], null, input, schema, context),
  aggregate: (input, context) =>
    aggregate({ keys: [named('name', column('name'))], aggregates: [] }, input, schema, context),
  distinct: (input, context) => distinct(input, schema, context),
};

for (const [name, operator] of Object.entries(operators)) {
  test(`${name}: a flipped bit is an error, and nothing stays`, async () => {
    for (const flips of [false, true]) {
      const folder = mkdtempSync(join(tmpdir(), 'spillway-damage-'));
      const runtime = makeRuntime(2 ** 27);
      const spills = openTempSpace({ folder, limit: null }, runtime);
      const context = contextOf(runtime, { spills, share: 2 ** 19 });
      if (flips) flipBeforeReading(context, folder);
      const outcome = await drained(operator(streamOf({ schema, rows }, 1000, runtime), context));
      assert.ok(spills.written > 0);
      if (flips) {
        assert.instance(outcome, SpillwayError, String(outcome));
        const { code, message } = outcome as SpillwayError;
        assert.is(code, 'disk');
        assert.match(
          message,
          /^the temporary file \S+ is damaged: the checksum of a batch is not what it was; the disk or who else writes there is at fault$/,
        );
      } else assert.is(outcome, rows.length);
      assert.is(spills.held, 0);
      assert.is(runtime.arena.reserved, 0);
      await spills.release();
      assert.equal(readdirSync(folder), []);
      rmSync(folder, { recursive: true });
    }
  });
}

/** The number of rows, or what went wrong. */
async function drained(stream: Stream): Promise<unknown> {
  let count = 0;
  try {
    for await (const batch of stream) count += batch.length;
    return count;
  } catch (error) {
    return error;
  }
}

/** When the first batch of a file is read, a bit of every hundredth of what is in the folder flips. */
function flipBeforeReading({ spills }: Context, folder: string): void {
  const create = spills.create.bind(spills);
  let flipped = false;
  spills.create = async (...args) => {
    const file = await create(...args);
    const [read, open] = [file.read.bind(file), file.open.bind(file)];
    const flip = (): void => {
      if (!flipped) flipIn(folder);
      flipped = true;
    };
    file.read = (run) => {
      flip();
      return read(run);
    };
    file.open = (run) => {
      flip();
      return open(run);
    };
    return file;
  };
}

function flipIn(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.arrows')) continue;
    const file = openSync(join(folder, entry), 'r+');
    const { size } = fstatSync(file);
    const byte = Buffer.alloc(1);
    for (let part = 0; part < 100; part++) {
      const at = Math.floor((size * (part + random())) / 100);
      readSync(file, byte, 0, 1, at);
      byte[0]! ^= 1 << Math.floor(random() * 8);
      writeSync(file, byte, 0, 1, at);
    }
    closeSync(file);
  }
}

test.run();
