import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { breathe, stopIfAborted } from '../lib/breathe.js';
import type { SpillwayError } from '../lib/errors.js';

const test = suite('breathe');

test('a run goes on until it is aborted, and is told the reason', () => {
  const controller = new AbortController();
  stopIfAborted(controller);
  const reason = new Error('enough');
  controller.abort(reason);
  try {
    stopIfAborted(controller);
  } catch (error) {
    assert.is((error as SpillwayError).code, 'aborted');
    assert.is((error as SpillwayError).cause, reason);
    return;
  }
  assert.unreachable();
});

test('what is due has its turn, and may abort', async () => {
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  const outcome = await breathe(controller).then(
    () => 'went on',
    (error: SpillwayError) => error.code,
  );
  assert.is(outcome, 'aborted');
});

test.run();
