/** A run of the benches that never was: two engines, two sizes, an engine that dies. */
import type { Cell, Results } from '../../bench/results.js';

export function cellOf(more: Partial<Cell>): Cell {
  return {
    task: 'csv-filter',
    size: '10MB',
    bytes: 1e7,
    engine: 'spillway',
    threads: 1,
    memory: 2 ** 30,
    enforced: true,
    seconds: [0.5, 0.4, 0.2],
    cpu: [0.5, 0.4, 0.2],
    started: 0.1,
    peak: 80 * 2 ** 20,
    spilled: 0,
    end: 'done',
    message: null,
    lasted: 1.2,
    ...more,
  };
}

const large = { size: '5GB', bytes: 5e9 };
const rival = { engine: 'objects', peak: 2 ** 29 };

export const results: Results = {
  date: '2026-11-22T18:00Z',
  machine: {
    cpu: 'a processor',
    cores: 2,
    memory: 24 * 2 ** 30,
    system: 'Linux 6.1',
    node: 'v20.20.2',
    python: null,
  },
  rounds: 3,
  engines: [
    { name: 'spillway', title: 'Spillway', version: '0.1.0', tasks: null },
    { name: 'objects', title: 'plain objects', version: '20.20.2', tasks: ['csv-filter'] },
  ],
  cells: [
    cellOf({}),
    cellOf({ ...rival, seconds: [0.25, 0.1, 0.2] }),
    cellOf({ ...large, seconds: [20], spilled: 2 ** 30 }),
    cellOf({
      ...large,
      ...rival,
      seconds: [],
      end: 'out of memory',
      message: 'killed by the system',
      lasted: 31,
      peak: 2 ** 30,
    }),
  ],
};
