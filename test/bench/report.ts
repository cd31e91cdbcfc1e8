import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { picture } from '../../bench/picture.js';
import { reportText } from '../../bench/report.js';
import { cellOf, results } from './sample-results.js';

const test = suite('bench report');

test('a table for each size, deaths as results, means, and where others are ahead', () => {
  const text = reportText(results);
  assert.is(
    text.slice(text.indexOf('## 10MB')),
    `## 10MB, 1 thread

| task | Spillway, 1 GB | plain objects, 1 GB |
| --- | --- | --- |
| csv-filter | 0.500 s, then 0.300 (0.200-0.400); 80 MB | 0.250 s, then 0.150 (0.100-0.200); 512 MB |

- Spillway, 1 GB: 1 of 1 done
- plain objects, 1 GB: 1 of 1 done; 0.50 times the seconds of Spillway cold, 0.50 warm

## 5GB, 1 thread

| task | Spillway, 1 GB | plain objects, 1 GB |
| --- | --- | --- |
| csv-filter | 20.0 s; 80 MB + 1 GB | **out of memory** after 31.0 s |

- Spillway, 1 GB: 1 of 1 done
- plain objects, 1 GB: 0 of 1 done

## Where others are ahead

| task | size | memory | threads | ahead | its time / ours | what bounds ours |
|---|---|---|---|---|---|---|
| csv-filter | 10MB | 1 GB | 1 | plain objects | 0.50 | reading, as load; then writing the answer: as many bytes as are read |
`,
  );
  assert.match(text, 'Spillway 0.1.0, plain objects 20.20.2');
});

test('what is over its limit, wrong or not enforced is told', () => {
  const text = (more: Parameters<typeof cellOf>[0]): string =>
    reportText({ ...results, cells: [cellOf(more)] });
  assert.match(text({ peak: 2 ** 31 }), '**over the limit**');
  assert.match(text({ enforced: false }), '(limit not enforced)');
  assert.match(
    text({ end: 'wrong', message: '1; 2 instead of 1; 3' }),
    '**wrong** after 1.20 s: 1; 2 instead of 1; 3',
  );
});

test('the picture has a line an engine, and a cross where one died', () => {
  const svg = picture(results)!;
  const count = (part: RegExp): number => svg.match(part)?.length ?? 0;
  assert.is(count(/<title>Spillway, 1 GB: 10 MB, 600 ms<\/title>/g), 1);
  assert.is(count(/<title>Spillway, 1 GB: 5 GB, 20\.1 s<\/title>/g), 1);
  assert.is(count(/<title>plain objects, 1 GB: 5 GB, out of memory after 31 s<\/title>/g), 1);
  // In the panels of time and of memory, and in the legend.
  assert.is(count(/class="dead/g), 3);
  assert.match(svg, 'prefers-color-scheme: dark');
  assert.not.match(svg, /NaN|undefined|Infinity/);
  assert.is(count(/<g[ >]/g), count(/<\/g>/g));
});

test('there is no picture of one size', () => {
  assert.is(picture({ ...results, cells: results.cells.slice(0, 2) }), null);
});

test.run();
