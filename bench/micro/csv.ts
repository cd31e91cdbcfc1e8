import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float64, int64 } from '../../lib/arrow/types.js';
import { execute } from '../../lib/exec/execute.js';
import { fromText } from '../../lib/kernels/from-text.js';
import { toText } from '../../lib/kernels/to-text.js';
import { contextOf } from '../../test/helpers.js';
import { type Family, rows, textBytes } from './family.js';

export const csv: Family = ({ numberText, integerText, float64: doubles, int64: integers }, runtime) => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-micro-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  const file = join(folder, 'table.csv');
  const lines = Array.from({ length: rows }, (_, i) => `id${i % 100},${i},${(i * 7919) % 1000},${i / 8}\n`);
  const content = `a,b,c,d\n${lines.join('')}`;
  writeFileSync(file, content);
  const context = contextOf(runtime);
  return [
    {
      name: 'file of four columns, learned and read',
      bytes: content.length,
      async run() {
        const plan = await context.sources.scan([file], null, {}, runtime);
        for await (const _ of execute(plan, context));
        await context.sources.close();
      },
    },
    {
      name: 'text to float64',
      bytes: textBytes(numberText, runtime),
      run: (region) => fromText(numberText, float64, region, runtime),
    },
    {
      name: 'text to int64',
      bytes: textBytes(integerText, runtime),
      run: (region) => fromText(integerText, int64, region, runtime),
    },
    { name: 'float64 to text', bytes: rows * 8, run: (region) => toText(doubles, region, runtime) },
    { name: 'int64 to text', bytes: rows * 8, run: (region) => toText(integers, region, runtime) },
  ];
};
