import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProgressBar, progressLines } from '../../cli/progress.js';
import type { ProgressEvent, StageProgress } from '../../lib/index.js';

const test = suite('cli progress');

const MB = 2 ** 20;

const event = (more: Partial<ProgressEvent>): ProgressEvent => ({
  rows: 0,
  bytes: 0,
  totalBytes: null,
  seconds: 1,
  stages: [],
  memory: 190 * MB,
  memoryBudget: 512 * MB,
  spilledBytes: 0,
  done: false,
  ...more,
});

const stage = (more: Partial<StageProgress>): StageProgress => ({
  stage: 0,
  what: 'scan',
  tasks: null,
  done: 0,
  rows: 0,
  bytes: 0,
  seconds: 0,
  ...more,
});

test('a line tells share, bytes, rate, time left, memory and what was spilled', () => {
  const memory = '190 MB of 512 MB memory';
  const lines: readonly (readonly [Partial<ProgressEvent>, string])[] = [
    [
      { bytes: 768 * MB, totalBytes: 3072 * MB, seconds: 2 },
      ` 25%  768 MB of 3.0 GB  384 MB/s  0:06 left  ${memory}`,
    ],
    [{ bytes: 500 }, `500 B read  500 B/s  ${memory}`],
    [{ bytes: 1, totalBytes: 3723 }, `  0%  1 B of 3.6 KB  1 B/s  1:02:02 left  ${memory}`],
    [{ totalBytes: 10, seconds: 0 }, `  0%  0 B of 10 B  0 B/s  ${memory}`],
    [
      { bytes: 100, totalBytes: 100, rows: 12_345_678, seconds: 75, spilledBytes: 1.5 * 2 ** 30 },
      `all 100 B read  12 M rows out  1:15  ${memory}  1.5 GB spilled`,
    ],
  ];
  for (const [more, line] of lines) assert.equal(progressLines(event(more)), [line]);
});

test('a line for each stage', () => {
  const stages = [
    stage({ tasks: 8, done: 8, rows: 1200, bytes: 50 * MB, seconds: 3.5 }),
    stage({ stage: 1, what: 'stage 0, sort', tasks: 64, done: 16, rows: 1e6, bytes: 100 * MB, seconds: 10 }),
    stage({ stage: 2, what: 'stage 1', tasks: 3, bytes: MB, seconds: 1 }),
    stage({ stage: 3, what: 'stage 2' }),
  ];
  assert.equal(progressLines(event({ stages, seconds: 14, spilledBytes: 70 * MB })), [
    'stage 0  scan           8 of 8 tasks  1.2 K rows  50 MB  done in 0:04',
    'stage 1  stage 0, sort  16 of 64 tasks  1.0 M rows  100 MB  10 MB/s  0:30 left',
    'stage 2  stage 1        0 of 3 tasks  0 rows  1.0 MB  1.0 MB/s',
    'stage 3  stage 2        waits',
    '190 MB of 512 MB memory  70 MB spilled  0:14',
  ]);
});

function terminal(more: Partial<NodeJS.WriteStream> = {}): { out: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const write = (text: string): boolean => written.push(text) > 0;
  return { out: { isTTY: true, columns: 20, rows: 24, ...more, write } as NodeJS.WriteStream, written };
}

/** Time passes as the test says. */
function atTimes(work: (setNow: (now: number) => void) => void): void {
  const { now } = performance;
  let time = 0;
  performance.now = () => time;
  try {
    work((to) => {
      time = to;
    });
  } finally {
    performance.now = now;
  }
}

test('lines take the place of those before them, and are gone at the end', () =>
  atTimes((setNow) => {
    const { out, written } = terminal();
    const bar = new ProgressBar(out, true);
    setNow(500);
    bar.update(event({ bytes: 500 }));
    setNow(550);
    bar.update(event({ bytes: 600 }));
    setNow(700);
    bar.update(event({ stages: [stage({})] }));
    setNow(900);
    bar.update(event({ stages: [stage({})], rows: 1 }));
    bar.end();
    assert.equal(written, [
      '500 B read  500 B/s',
      '\r\x1b[Jstage 0  scan  wait\n190 MB of 512 MB me',
      '\r\x1b[1A\x1b[J',
    ]);
  }));

test('of more stages than the terminal has lines the last are shown', () =>
  atTimes((setNow) => {
    const { out, written } = terminal({ rows: 3, columns: 80 });
    const bar = new ProgressBar(out, false);
    setNow(500);
    bar.update(event({ stages: [stage({}), stage({ stage: 1 }), stage({ stage: 2 })] }));
    assert.equal(written, ['stage 2  scan  waits\n190 MB of 512 MB memory  0:01']);
  }));

test('where it is no terminal nothing is moved', () =>
  atTimes((setNow) => {
    const { out, written } = terminal({ isTTY: false });
    const bar = new ProgressBar(out, false);
    setNow(500);
    bar.update(event({ bytes: 500 }));
    bar.end();
    assert.equal(written, ['500 B read  500 B/s  190 MB of 512 MB memory\n']);
  }));

test('what is done soon draws nothing', () => {
  const { out, written } = terminal();
  const bar = new ProgressBar(out, false);
  bar.update(event({ bytes: 1, totalBytes: 2 }));
  bar.update(event({ bytes: 2, totalBytes: 2, rows: 1, done: true }));
  bar.end();
  assert.equal(written, []);
});

test.run();
