/** Random CSV files read in ranges of random sizes and judged: the rows, and the errors, of the whole file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SpillwayError } from '../../../lib/errors.js';
import { type RangePart, type Told, type Verdict, withLinesBefore } from '../../../lib/exec/stages/ranges.js';
import { csv } from '../../../lib/formats/csv.js';
import type { FormatOptions, RangeRead, ScanRequest, Source } from '../../../lib/formats/format.js';
import type { ByteRange } from '../../../lib/plan/plan.js';
import { type Cell, cellsOf, makeRuntime, seeded } from '../../helpers.js';
import { judgeRanges } from './judge-ranges.js';

const test = suite('exec/stages/ranges');
const runtime = makeRuntime(16 * 2 ** 20);
const folder = mkdtempSync(join(tmpdir(), 'spillway-ranges-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function fileOf(content: string | Uint8Array, extension = 'csv'): string {
  const path = join(folder, `${files++}.${extension}`);
  writeFileSync(path, content);
  return path;
}

interface Outcome {
  readonly rows: Cell[][];
  readonly read: RangeRead | null;
  readonly error: Told | null;
}

const everything = (source: Source): ScanRequest => {
  return { columns: source.schema.fields.map((_, i) => i), chunks: null, range: null, limit: null };
};

async function run(source: Source, request: ScanRequest): Promise<Outcome> {
  const rows: Cell[][] = [];
  const reads: RangeRead[] = [];
  let error: Told | null = null;
  try {
    const batches = source.scan(
      request,
      runtime,
      (bytes) => assert.ok(bytes >= 0),
      (found) => reads.push(found),
    );
    for await (const batch of batches) {
      const cells = batch.columns.map((column) => cellsOf(column, runtime.arena));
      for (let row = 0; row < batch.length; row++) rows.push(cells.map((column) => column[row]!));
    }
  } catch (thrown) {
    const { message, place, code } = thrown as SpillwayError;
    assert.is(code, 'data', String((thrown as Error).stack));
    error = { message, place };
  }
  assert.is(runtime.arena.reserved, 0);
  assert.ok(reads.length <= 1);
  return { rows, read: reads[0] ?? null, error };
}

/** As a scheduler does it: all parts at once, each in a process of its own, and those again that were guessed wrong. */
async function runParts(
  paths: string[],
  options: FormatOptions,
  bytes: number,
  limit: number | null = null,
): Promise<Outcome & { readonly again: number }> {
  const first = await csv.open(paths, options, runtime);
  const learned = JSON.parse(JSON.stringify(first.learned)) as unknown;
  const source = await csv.open(paths, options, runtime, learned);
  assert.equal(source.schema, first.schema);
  const requests = source.split!({ ...everything(source), limit }, bytes)!;
  const outcomes: Outcome[] = [];
  const parts: RangePart[] = [];
  const runPart = async (i: number, range: ByteRange): Promise<void> => {
    const outcome = await run(source, { ...requests[i]!, range });
    outcomes[i] = outcome;
    parts[i] = { range, read: outcome.read, failed: outcome.error !== null };
  };
  for (const [i, { range }] of requests.entries()) await runPart(i, range!);
  let verdicts: Verdict[] = [];
  let again = 0;
  for (;;) {
    verdicts = judgeRanges(parts);
    const last = verdicts.at(-1)!;
    if (last.kind !== 'again') break;
    again++;
    await runPart(verdicts.length - 1, last.range);
  }
  const rows: Cell[][] = [];
  for (const [i, verdict] of verdicts.entries()) {
    if (verdict.kind === 'drop') continue;
    rows.push(...outcomes[i]!.rows);
    if (verdict.kind === 'fail')
      return { rows, read: null, error: withLinesBefore(outcomes[i]!.error!, verdict.lines), again };
  }
  assert.is(verdicts.length, parts.length);
  return { rows: rows.slice(0, limit ?? rows.length), read: null, error: null, again };
}

/** The parts give what the whole gives; of a file that fails, the same error. Returns how many were read again. */
async function same(paths: string[], options: FormatOptions, bytes: number): Promise<number> {
  const source = await csv.open(paths, options, runtime);
  const whole = await run(source, everything(source));
  const { rows, error, again } = await runParts(paths, options, bytes);
  assert.equal(error, whole.error);
  if (error === null) assert.equal(rows, whole.rows);
  return again;
}

/** Records of `columns` fields, some in quotes, with line ends in them, empty, long. */
function randomCsv(random: () => number, columns: number, bad: number): string {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const end = pick(['\n', '\r\n']);
  const long = random() < 0.2;
  const field = (): string => {
    const text = pick([
      () => String(Math.floor(random() * 1000)),
      () => 'abc',
      () => '',
      () => 'a"b',
      () => '"q"',
      () => '""',
      () => `"a${end}b,c"`,
      () => `"${end}${end}"`,
      () => `"x""y${end}1,2,3${end}"`,
      () => (long ? 'l'.repeat(Math.floor(random() * 300)) : 'é'),
      () => (long ? `"${'1,2\n'.repeat(Math.floor(random() * 60))}"` : '"ü"'),
    ]);
    return text();
  };
  const fields = (count: number): string => Array.from({ length: count }, field).join(',');
  const lines = [Array.from({ length: columns }, (_, i) => `c${i}`).join(',')];
  const rows = Math.floor(random() * 40);
  for (let row = 0; row < rows; row++) {
    if (random() < 0.1) lines.push('');
    if (random() < bad) lines.push(pick([fields(columns + 1), `"a"b${fields(columns)}`, fields(1)]));
    lines.push(fields(columns));
  }
  const mark = random() < 0.2 ? '\ufeff' : '';
  return mark + pick(['', '', end]) + lines.join(end) + pick(['', end, end + end]);
}

const allText = (columns: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: columns }, (_, i) => [`c${i}`, 'utf8']));

test('random files in ranges of any size give the rows of the whole', async () => {
  const random = seeded(41);
  let [again, failed] = [0, 0];
  for (let round = 0; round < 90; round++) {
    const columns = 1 + Math.floor(random() * 4);
    const content = randomCsv(random, columns, round % 3 === 0 ? 0.03 : 0);
    const types = allText(columns);
    const blockBytes = [64, 200, 65536][round % 3]!;
    const path = fileOf(content);
    for (const bytes of [1, 2 + Math.floor(random() * 40), 300]) {
      if (bytes === 1 && content.length > 300) continue;
      const ragged = random() < 0.2;
      const quote = random() < 0.1 ? '' : '"';
      again += await same([path], { types, blockBytes, ragged, quote }, bytes);
    }
    const source = await csv.open([path], { types }, runtime);
    failed += (await run(source, everything(source))).error === null ? 0 : 1;
  }
  assert.ok(again > 60, String(again));
  assert.ok(failed > 5, String(failed));
});

test('several files, packed ones too, each with its header; inferred types', async () => {
  const random = seeded(42);
  for (let round = 0; round < 20; round++) {
    const lines = (): string =>
      Array.from({ length: 60 }, () => `${Math.floor(random() * 1e6)},"t\n${random()}"\n`).join('');
    const paths = [
      fileOf(`a,b\n${lines()}`),
      fileOf(gzipSync(`a,b\n${lines()}`), 'csv.gz'),
      fileOf(`a,b\r\n${lines()}7,x`),
    ];
    await same(paths, {}, 1 + Math.floor(random() * 500));
    const wrong = fileOf(`a,b\n${lines()}seven,x\n`);
    await same([...paths, wrong], {}, 400);
  }
});

test('a value that does not fit is told with its line in the file', async () => {
  const lines = Array.from({ length: 30_000 }, (_, i) => `${i},"x\ny"`);
  lines[25_000] = 'no,z';
  const path = fileOf(`a,b\n${lines.join('\n')}\n`);
  const { error } = await runParts([path], { types: { a: 'int64' } }, 10_000);
  const line = 2 + 25_000 * 2;
  assert.equal(error, {
    message: `${path}, line ${line}, column "a": "no" is no int64`,
    place: { file: path, line, column: 'a' },
  });
});

test('a start within quotes is guessed well where the lines in quotes are no records', async () => {
  const random = seeded(43);
  const text = (): string => 'some words, and\nmore words\n\n'.repeat(1 + Math.floor(random() * 8));
  const lines = Array.from({ length: 400 }, (_, i) => `${i},"${text()}",x,${i}\n`);
  const path = fileOf(`a,b,c,d\n${lines.join('')}`);
  const { again, error, rows } = await runParts([path], {}, 700);
  assert.is(error, null);
  assert.is(rows.length, 400);
  assert.ok(again < 10, String(again));
});

test('rows are counted without columns', async () => {
  const path = fileOf(`a,b\n${'1,"x\n"\n'.repeat(5000)}`);
  const source = await csv.open([path], {}, runtime);
  let rows = 0;
  const parts = source.split!({ ...everything(source), columns: [] }, 3001)!;
  const judged: RangePart[] = [];
  for (const part of parts)
    for await (const { length } of source.scan(
      part,
      runtime,
      () => {},
      (read) => judged.push({ range: part.range!, read, failed: false }),
    ))
      rows += length;
  assert.ok(judgeRanges(judged).every(({ kind }) => kind === 'accept'));
  assert.is(judged.length, parts.length);
  assert.is(rows, 5000);
});

test('parts behind one that was left early, with the rows wanted, are dropped', async () => {
  const path = fileOf(`a\n${Array.from({ length: 1000 }, (_, i) => `${i}\n`).join('')}`);
  const { rows } = await runParts([path, path], {}, 500, 7);
  assert.equal(
    rows.flat(),
    Array.from({ length: 7 }, (_, i) => BigInt(i)),
  );
});

test('what cannot be read in parts is not split', async () => {
  const path = fileOf('a\n1\n');
  const rejects = { onError: 'skip', rejects: join(folder, 'rejects.csv') };
  const source = await csv.open([path], rejects, runtime);
  assert.is(source.split!(everything(source), 1), null);
});

test('a part fails before it is read, or nobody asks it for rows', () => {
  const range = (from: number, to: number): ByteRange => ({ file: 0, from, to, exact: from === 0 });
  const part = (from: number, to: number, read: RangeRead | null, failed: boolean): RangePart => {
    return { range: range(from, to), read, failed };
  };
  const read = { from: 0, to: 12, records: 3, lines: 4 };
  assert.equal(judgeRanges([]), []);
  assert.equal(judgeRanges([part(0, 10, read, false), part(10, 20, null, true), part(20, 30, null, true)]), [
    { kind: 'accept', lines: 0 },
    { kind: 'fail', lines: 4 },
  ]);
  assert.equal(judgeRanges([part(0, 10, null, false), part(10, 20, null, false)]), [
    { kind: 'accept', lines: 0 },
    { kind: 'accept', lines: 0 },
  ]);
  const wrong = { from: 15, to: 22, records: 1, lines: 1 };
  assert.equal(
    judgeRanges([part(0, 10, read, false), part(10, 20, wrong, true), part(20, 30, null, false)]),
    [
      { kind: 'accept', lines: 0 },
      { kind: 'again', range: { file: 0, from: 12, to: 20, exact: true } },
    ],
  );
});

test.run();
