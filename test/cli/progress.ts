import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProgressBar, progressLine } from '../../cli/progress.js';

const test = suite('cli progress');

test('a line tells share, bytes, rate, time left and memory', () => {
  assert.is(
    progressLine({ bytes: 3 * 2 ** 28, totalBytes: 3 * 2 ** 30 }, 2, 190 * 2 ** 20),
    ' 25%  768 MB of 3.0 GB  384 MB/s  0:06 left  190 MB memory',
  );
  assert.is(progressLine({ bytes: 500, totalBytes: null }, 1, 2 ** 20), '500 B read  500 B/s  1.0 MB memory');
  assert.is(
    progressLine({ bytes: 1, totalBytes: 3723 }, 1, 2 ** 20),
    '  0%  1 B of 3.6 KB  1 B/s  1:02:02 left  1.0 MB memory',
  );
  assert.is(
    progressLine({ bytes: 0, totalBytes: 10 }, 0, 2 ** 20),
    '  0%  0 B of 10 B  0 B/s  1.0 MB memory',
  );
});

test('what is done soon draws nothing', () => {
  const written: string[] = [];
  const out = { isTTY: true, columns: 80, write: (text: string) => written.push(text) };
  const bar = new ProgressBar(out as unknown as NodeJS.WriteStream, false);
  bar.update({ bytes: 1, totalBytes: 2, rows: 0, done: false });
  bar.update({ bytes: 2, totalBytes: 2, rows: 1, done: true });
  bar.end();
  assert.equal(written, []);
});

test.run();
