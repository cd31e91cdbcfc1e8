import { availableParallelism } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { planWorkers, usualWorkers } from '../../../lib/exec/stages/worker-budget.js';

const test = suite('exec/stages/worker-budget');
const MB = 2 ** 20;

test('without a wish there is a worker for each core that the budget feeds well, or none', () => {
  const cores = availableParallelism();
  const total = (cores + 1) * 1024 * MB;
  assert.is(usualWorkers({ total }, 0), cores > 1 ? cores : 0);
  assert.is(usualWorkers({ total: 700 * MB }, 0), 0);
  // This process has held nearly all of it, and may again.
  assert.is(usualWorkers({ total }, total - 600 * MB), 0);
  for (let gigabytes = 1; gigabytes <= cores; gigabytes++) {
    const budget = { total: gigabytes * 1024 * MB };
    const workers = usualWorkers(budget, 0);
    assert.ok(workers !== 1);
    if (workers > 0) assert.ok(planWorkers(budget, workers, 0)!.worker.arena >= 256 * MB);
  }
});

test.run();
