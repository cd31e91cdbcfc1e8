import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { schemaText } from '../../lib/arrow/schema.js';
import type { SpillwayError } from '../../lib/errors.js';
import { csv } from '../../lib/formats/csv.js';
import type { FormatOptions, Source } from '../../lib/formats/format.js';
import { type Cell, cellsOf, makeRuntime, seeded } from '../helpers.js';

const test = suite('reading CSV');
const runtime = makeRuntime();
const { arena } = runtime;
const folder = mkdtempSync(join(tmpdir(), 'spillway-csv-'));
let files = 0;

function fileOf(content: string | Uint8Array, extension = 'csv'): string {
  const path = join(folder, `${files++}.${extension}`);
  writeFileSync(path, content);
  return path;
}

interface Table {
  readonly schema: string;
  readonly rows: Cell[][];
}

async function rowsOf(source: Source, columns: number[], limit: number | null = null): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  for await (const batch of source.scan({ columns, chunks: null, range: null, limit }, runtime, () => {})) {
    const cells = batch.columns.map((column) => cellsOf(column, arena));
    for (let row = 0; row < batch.length; row++) rows.push(cells.map((column) => column[row]!));
  }
  return rows;
}

async function readAll(paths: string | string[], options: FormatOptions = {}): Promise<Table> {
  const source = await csv.open([paths].flat(), options, runtime);
  const rows = await rowsOf(
    source,
    source.schema.fields.map((_, i) => i),
  );
  await source.close();
  return { schema: schemaText(source.schema).replaceAll(' null', ''), rows };
}

/** Reads `content` whole and at small block sizes, which must make no difference. */
async function read(content: string | Uint8Array, options: FormatOptions = {}): Promise<Table> {
  const path = fileOf(content);
  const whole = await readAll(path, options);
  for (const blockBytes of [64, 67, 128])
    assert.equal(await readAll(path, { ...options, blockBytes }), whole);
  return whole;
}

/** The one line that reading `content` fails with, and where; the file's path is shown as FILE. */
async function failure(
  content: string | Uint8Array,
  options: FormatOptions = {},
): Promise<{ message: string; code: string; line?: number; column?: string }> {
  const path = fileOf(content);
  const tried = async (more: FormatOptions): Promise<{ message: string; code: string }> => {
    try {
      await readAll(path, { ...options, ...more });
    } catch (error) {
      const { message, code, place } = error as SpillwayError;
      const { line, column } = place ?? {};
      return {
        message: message.replaceAll(path, 'FILE'),
        code,
        ...(line === undefined ? {} : { line }),
        ...(column === undefined ? {} : { column }),
      };
    }
    throw new Error('there was no error');
  };
  const whole = await tried({});
  assert.equal(await tried({ blockBytes: 64 }), whole);
  return whole;
}

test('RFC 4180, section 2', async () => {
  const expected = {
    schema: 'field_name utf8, field2 utf8',
    rows: [
      ['aaa', 'bbb'],
      ['zzz', 'yyy'],
    ],
  };
  assert.equal(await read('field_name,field2\r\naaa,bbb\r\nzzz,yyy\r\n'), expected);
  assert.equal(await read('field_name,field2\r\naaa,bbb\r\nzzz,yyy'), expected);
  assert.equal(await read('field_name,field2\naaa,bbb\r\n"zzz","yyy"'), expected);
  assert.equal(await read('aaa,b b \n"b\r\nbb","c""cc"\n"a,a",""\n', { header: false }), {
    schema: 'column0 utf8, column1 utf8',
    rows: [
      ['aaa', 'b b '],
      ['b\r\nbb', 'c"cc'],
      ['a,a', ''],
    ],
  });
});

test('empty and quoted empty, blank lines, byte order mark, lone quotes, NUL', async () => {
  assert.equal(await read('\ufeffa,b\n,""\n\n\r\n"",\nx"y,5" pipe\n\0,"\0"\n'), {
    schema: 'a utf8, b utf8',
    rows: [
      [null, ''],
      ['', null],
      ['x"y', '5" pipe'],
      ['\0', '\0'],
    ],
  });
  assert.equal(await read('a\n1\n\n\r\n""\n2'), {
    schema: 'a utf8',
    rows: [['1'], [null], [null], [''], ['2']],
  });
  assert.equal(await read('a\n1\n\n2'), { schema: 'a int64', rows: [[1n], [null], [2n]] });
  assert.equal(await read('a,b\r\n1,x\r'), { schema: 'a int64, b utf8', rows: [[1n, 'x']] });
});

test('names', async () => {
  const { schema } = await read('a,,a,"a ""q""",a_1,a\n1,2,3,4,5,6\n');
  assert.is(schema, 'a int64, column1 int64, a_2 int64, a "q" int64, a_1 int64, a_3 int64');
  assert.is((await read('a,b\n')).schema, 'a utf8, b utf8');
  assert.equal((await read('a,b')).rows, []);
  const wide = Array.from({ length: 3000 }, (_, i) => `c${i}`);
  const path = fileOf(`${wide.join(',')}\n${wide.map((_, i) => i).join(',')}\n`);
  assert.equal((await readAll(path)).rows, [wide.map((_, i) => BigInt(i))]);
});

test('types are inferred only where the values come back unchanged', async () => {
  const cases: [string, string[]][] = [
    ['int64', ['1', '-5', '0', '9223372036854775807']],
    ['int64', ['"1"', '2']],
    ['uint64', ['1', '18446744073709551615']],
    ['utf8', ['-1', '18446744073709551615']],
    ['utf8', ['18446744073709551616']],
    ['utf8', ['007', '1']],
    ['utf8', ['-01']],
    ['utf8', ['+49']],
    ['utf8', ['-0', '1']],
    ['float64', ['1', '1.5', '-2.25']],
    ['float64', ['1.5', 'nan', '-inf']],
    ['utf8', ['1', 'nan']],
    ['utf8', ['1e5', '12E4', '3']],
    ['utf8', ['1.5', '1e5']],
    ['float64', ['1.5e3', '1e5']],
    ['float64', ['1e-7', '1']],
    ['utf8', ['00.5', '1.5']],
    ['float64', ['0.5', '9007199254740992']],
    ['utf8', ['0.5', '9007199254740993']],
    ['utf8', ['12345678901234567.5', '12345678901234567']],
    ['utf8', ['1e999']],
    ['utf8', [' 1', '2']],
    ['date', ['2024-02-29', '0001-01-01']],
    ['utf8', ['2024-02-30']],
    ['timestamp', ['2024-02-29 10:00', '2024-02-29T10:00:00.123456']],
    ['utf8', ['2024-02-29 10:00', '2024-02-29']],
    ['utf8', ['2024-02-29T10:00:00.1234567']],
    ['timestamp[UTC]', ['2024-02-29T10:00:00Z', '2024-02-29T10:00:00+02:00']],
    ['utf8', ['2024-02-29T10:00:00Z', '2024-02-29T10:00:00']],
    ['bool', ['true', 'FALSE']],
    ['utf8', ['t', 'f']],
    ['utf8', ['true', '1']],
    ['utf8', ['1', '""']],
    ['utf8', ['1', 'x']],
    ['utf8', []],
  ];
  for (const [type, values] of cases) {
    const { schema } = await read(`a,b\n${values.map((value) => `${value},x\n`).join('')},x\n`);
    assert.is(schema, `a ${type}, b utf8`, values.join(' '));
  }
});

test('values of every type', async () => {
  const text =
    'i,u,f,d,t,z,b,s\n-7,18446744073709551615,0.1,1970-01-02,1970-01-01T00:00:01,1970-01-01T00:00:00-01:00,TRUE,é\n,,,,,,,\n';
  assert.equal(await read(text), {
    schema: 'i int64, u uint64, f float64, d date, t timestamp, z timestamp[UTC], b bool, s utf8',
    rows: [
      [-7n, 18446744073709551615n, 0.1, 1, 1_000_000n, 3_600_000_000n, true, 'é'],
      [null, null, null, null, null, null, null, null],
    ],
  });
  const types = {
    i: 'int8',
    u: 'decimal(22,2)',
    f: 'float32',
    d: 'utf8',
    t: 'timestamp[UTC]',
    z: 'utf8',
    b: 'bool',
  };
  const typed = 'i,u,f,d,t,z,b,s\n +07 ,-18446744073709551615.5,0.1,1970-01-02,1970-01-01,007,f,é\n';
  assert.equal((await read(typed, { types })).rows, [
    [7, -1844674407370955161550n, Math.fround(0.1), '1970-01-02', 0n, '007', false, 'é'],
  ]);
});

test('numbers whose digits do not decide are still exact', async () => {
  const random = seeded(5);
  const texts = Array.from({ length: 3000 }, () => {
    const mantissa = 2n ** 52n + BigInt(Math.floor(random() * 2 ** 52));
    return `${(mantissa * 2n + 1n) * 2n ** 30n}.${random() < 0.5 ? '0' : '00000000001'}`;
  });
  const { rows } = await readAll(fileOf(`a\n${texts.join('\n')}\n`));
  assert.equal(rows.flat(), texts.map(Number));
});

test('delimiter, quote, null tokens, extension', async () => {
  assert.equal(await readAll(fileOf('a\tb,c\n1\t"x\ty"\n', 'tsv')), {
    schema: 'a int64, b,c utf8',
    rows: [[1n, 'x\ty']],
  });
  assert.equal(await read("a;b\n'x;''y';2\n", { delimiter: ';', quote: "'" }), {
    schema: 'a utf8, b int64',
    rows: [["x;'y", 2n]],
  });
  assert.equal(await read('a,b\n"x,2\n', { quote: '' }), { schema: 'a utf8, b int64', rows: [['"x', 2n]] });
  assert.equal(await read('a,b\nNA,NA\n1,"NA"\n-,N\n', { nulls: ['NA', '-'] }), {
    schema: 'a int64, b utf8',
    rows: [
      [null, null],
      [1n, 'NA'],
      [null, 'N'],
    ],
  });
});

test('a value that does not fit the inferred type is named, not rewritten', async () => {
  const late = (value: string, sample: string): string =>
    `a,b\n${`${sample},x\n`.repeat(30_000)}${value},y\n${`${sample},x\n`.repeat(60_000)}`;
  const cases: [string, string, string][] = [
    ['007', '1', 'int64'],
    ['1.0', '1', 'int64'],
    ['1e5', '1', 'int64'],
    ['9223372036854775808', '1', 'int64'],
    ['""', '1', 'int64'],
    ['9007199254740993', '1.5', 'float64'],
    ['01.5', '1.5', 'float64'],
    ['2024-01-01 00:00', '2024-01-01', 'date'],
    ['2024-01-01', '2024-01-01 00:00', 'timestamp'],
    ['2024-01-01 00:00Z', '2024-01-01 00:00', 'timestamp'],
    ['2024-01-01 00:00', '2024-01-01 00:00Z', 'timestamp[UTC]'],
    ['t', 'true', 'bool'],
  ];
  for (const [value, sample, type] of cases) {
    const path = fileOf(late(value, sample));
    let message = '';
    try {
      await readAll(path);
    } catch (error) {
      message = (error as Error).message.replace(path, 'FILE');
      assert.equal((error as SpillwayError).place, { file: path, line: 30_002, column: 'a' });
    }
    const shown = JSON.stringify(value === '""' ? '' : value);
    assert.is(
      message,
      `FILE, line 30002, column "a": ${shown} is no ${type}, the type inferred from a sample; give --types "a=utf8", or a wider type`,
    );
  }
});

test('the sample reaches the middle and the end of a file', async () => {
  const lines = Array.from({ length: 200_000 }, (_, i) => `${i},${i > 199_990 ? 'x' : i}`);
  assert.is(
    await csv
      .open([fileOf(`a,b\n${lines.join('\n')}\n`)], {}, runtime)
      .then(({ schema }) => schemaText(schema)),
    'a int64 null, b utf8 null',
  );
});

test('an option that there is not', async () => {
  const options: Readonly<Record<string, string>> = { delimeter: ';' };
  assert.is(
    (await failure('a;b\n1;2\n', options)).message,
    'there is no option "delimeter" of CSV; did you mean "delimiter"?',
  );
});

test('bad input: one line with file, line and column', async () => {
  assert.equal(await failure('a,b\n1,2\n3\n4,5\n'), {
    message: 'FILE, line 3: 1 field where 2 are expected; the option ragged fills short lines with null',
    code: 'data',
    line: 3,
  });
  assert.equal(await failure('a,b\n"1\n1",2\n3,4,5\n'), {
    message: 'FILE, line 4: 3 fields where 2 are expected; a field that holds a delimiter must be quoted',
    code: 'data',
    line: 4,
  });
  assert.equal(await failure('a,b\n1,2\n3,"x\ny" z\n'), {
    message: 'FILE, line 4, column "b": text follows a closing quote',
    code: 'data',
    line: 4,
    column: 'b',
  });
  assert.equal(await failure(`a,b\n1,2\n"x\n",\n3,"x${'\ny,z'.repeat(100)}`), {
    message: 'FILE, line 5, column "b": the quote that opens here is never closed',
    code: 'data',
    line: 5,
    column: 'b',
  });
  const latin = Buffer.concat([Buffer.from('a,b\nx,é\n1,'), Buffer.from([0xe9]), Buffer.from('\n')]);
  assert.equal(await failure(latin), {
    message: 'FILE, line 3, column "b": "\ufffd" is not UTF-8; convert the file',
    code: 'data',
    line: 3,
    column: 'b',
  });
  assert.equal(await failure('a,b\n1,2\n', { types: { b: 'date' } }), {
    message: 'FILE, line 2, column "b": "2" is no date',
    code: 'data',
    line: 2,
    column: 'b',
  });
  assert.equal(await failure(''), { message: 'FILE is empty', code: 'data' });
  assert.equal(await failure('\n\n'), { message: 'FILE is empty', code: 'data' });
  assert.equal(await failure('a,b\r1,2\r'), {
    message: 'FILE, line 1: lines end with a carriage return alone; convert them to \\n first',
    code: 'data',
    line: 1,
  });
  assert.is(
    (await failure(Buffer.from('a,\xff\n1,2\n', 'latin1'))).message,
    'FILE, line 1: the name of column 2 is not UTF-8; convert the file',
  );
  assert.is(
    (await failure(Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'))).message,
    'FILE is UTF-16; convert it to UTF-8 first',
  );
});

test('bad options', async () => {
  const message = async (options: FormatOptions): Promise<string> =>
    (await failure('origin,delay\n1,2\n', options)).message;
  assert.is(
    await message({ types: { origni: 'utf8' } }),
    'types name a column "origni" that FILE does not have; did you mean "origin"?',
  );
  assert.match(
    await message({ types: { delay: 'int65' } }),
    /^unknown type "int65" of column "delay"; types are /,
  );
  assert.is(
    await message({ delimiter: ';;' }),
    'delimiter must be one ASCII character other than a line end, not ";;"',
  );
  assert.is(await message({ delimiter: '"' }), 'delimiter and quote must differ');
  assert.is(await message({ onError: 'skip' }), 'onError skip needs a rejects file, so that nothing is lost');
  assert.is(await message({ rejects: 'x' }), 'rejects are only kept with onError skip');
  const missing = join(folder, 'missing.csv');
  try {
    await readAll(missing);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, `${missing} does not exist`);
  }
});

test('ragged: short records are filled up, long ones are not cut', async () => {
  assert.equal(await read('a,b,c\n1\n2,x\r\n3,y,z\n"4"\r\n5,,\n', { ragged: true }), {
    schema: 'a int64, b utf8, c utf8',
    rows: [
      [1n, null, null],
      [2n, 'x', null],
      [3n, 'y', 'z'],
      [4n, null, null],
      [5n, null, null],
    ],
  });
  assert.is(
    (await failure('a,b\n1\n1,2,3\n', { ragged: true })).message,
    'FILE, line 3: 3 fields where 2 are expected; a field that holds a delimiter must be quoted',
  );
});

test('skip: what is refused goes to the rejects file, all else comes through', async () => {
  const content = Buffer.from(
    'a,b,c\n1,2024-01-01,x\nbad,2024-01-02,"q, ""w"""\n3,2024-13-01,\n4\n5,2024-01-05,y,z\n6,"2024-01-06"!,y\n7,2024-01-07,\xff\n\n8,2024-01-08,"multi\nline"\nworse,worse,"multi\nline"\n9,"open,x\n10,2024-01-10,end\n',
    'latin1',
  );
  const path = fileOf(content);
  for (const [i, blockBytes] of [null, 64, 70, 100].entries()) {
    const rejects = join(folder, `rejects-${i}.csv`);
    const options = {
      onError: 'skip',
      rejects,
      types: { a: 'int64', b: 'date' },
      ...(blockBytes ? { blockBytes } : {}),
    };
    const source = await csv.open([path], options, runtime);
    for (let round = 0; round < 2; round++) {
      assert.equal(await rowsOf(source, [0, 2]), [
        [1n, 'x'],
        [3n, null],
        [8n, 'multi\nline'],
        [10n, 'end'],
      ]);
      assert.is(source.rejected, 7);
      assert.equal(await rowsOf(source, [0, 1, 2]), [
        [1n, 19723, 'x'],
        [8n, 19730, 'multi\nline'],
        [10n, 19732, 'end'],
      ]);
      assert.is(source.rejected, 8);
    }
    const raw = readFileSync(rejects, 'latin1').replaceAll(path, 'FILE').split('\n').slice(1);
    const text = raw.join('\n');
    for (const line of [
      'FILE,3,a,"""bad"" is no int64","bad,2024-01-02,""q, """"w"""""""\n',
      'FILE,4,b,"""2024-13-01"" is no date","3,2024-13-01,"\n',
      'FILE,5,,1 field where 3 are expected,"4"\n',
      'FILE,6,,4 fields where 3 are expected,"5,2024-01-05,y,z"\n',
      'FILE,7,b,text follows a closing quote,"6,""2024-01-06""!,y"\n',
      'FILE,12,a,"""worse"" is no int64","worse,worse,""multi\nline"""\n',
      'FILE,14,b,the quote that opens here is never closed,"9,""open,x"\n',
    ]) {
      assert.ok(text.includes(line), `${line} in ${text}`);
    }
    assert.ok(text.includes('"7,2024-01-07,\xff"\n'));
    assert.match(text, /FILE,8,c,.* is not UTF-8/);
    try {
      await csv.open([path], { ...options, rejects: path }, runtime);
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, /is an input$/);
    }
  }
});

test('random garbage: every block size takes and refuses the same, and every line is somewhere', async () => {
  const random = seeded(13);
  for (let round = 0; round < 60; round++) {
    const letters = Array.from(
      { length: 40 + Math.floor(random() * 400) },
      () => 'ab1,,,\n\n\n\r"""'[Math.floor(random() * 13)],
    );
    const text = `a,b\n${letters.join('')}`;
    const path = fileOf(text);
    let expected: { rows: Cell[][]; refused: string; rejected: number } | undefined;
    for (const blockBytes of [1 << 16, 64, 71, 96, 128, 333]) {
      const rejects = join(folder, `garbage-${round}-${blockBytes}`);
      const options = { types: { a: 'utf8', b: 'utf8' }, onError: 'skip', rejects, blockBytes };
      const source = await csv.open([path], options, runtime);
      const rows = await rowsOf(source, [0, 1]);
      const found = { rows, refused: readFileSync(rejects, 'utf8'), rejected: source.rejected! };
      expected ??= found;
      assert.equal(found, expected, JSON.stringify(text));
    }
    // What is neither in the rows nor in the rejects is punctuation.
    const kept = expected!.rows.flat().join('').length + expected!.refused.length;
    assert.ok(kept >= text.replaceAll(/[^ab1]/g, '').length, JSON.stringify(text));
  }
});

test('several files, gzip, column choice, limit, progress', async () => {
  const first = fileOf('a,b\n1,x\n2,y\n');
  const second = fileOf('a,b\n3,z\n');
  const packed = fileOf(gzipSync('a,b\n4,w\n'), 'csv.gz');
  const source = await csv.open([first, second, packed], {}, runtime);
  assert.equal(await rowsOf(source, [1, 0]), [
    ['x', 1n],
    ['y', 2n],
    ['z', 3n],
    ['w', 4n],
  ]);
  assert.equal(await rowsOf(source, []), [[], [], [], []]);
  assert.equal(await rowsOf(source, [0], 3), [[1n], [2n], [3n]]);
  assert.equal((await csv.open([first, second], {}, runtime)).bytes, 20);
  let bytes = 0;
  const two = await csv.open([first, second], {}, runtime);
  for await (const _ of two.scan({ columns: [0], chunks: null, range: null, limit: null }, runtime, (n) => {
    bytes += n;
  })) {
  }
  assert.is(bytes, 20);
  try {
    await readAll([first, fileOf('a,c\n1,2\n')]);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /has the columns a, c, but the files before it have a, b$/);
  }
});

/** Random CSV text with everything in it that is allowed. */
function randomCsv(random: () => number, columns: number, records: number): string {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const lineEnd = (): string => pick(['\n', '\r\n']);
  const piece = (): string =>
    pick(['a', 'bc', ' ', '1', '-2.5', 'é', '漢字', '😀', '\0', '\t', 'x'.repeat(Math.floor(random() * 90))]);
  const plain = (): string =>
    Array.from({ length: Math.floor(random() * 4) }, piece).join('') + (random() < 0.05 ? 'q"q' : '');
  const quoted = (): string => {
    const parts = Array.from({ length: Math.floor(random() * 5) }, () =>
      random() < 0.4 ? pick(['""', ',', '\n', '\r\n', '\r']) : piece(),
    );
    return `"${parts.join('')}"`;
  };
  let text =
    Array.from({ length: columns }, (_, i) => (random() < 0.2 ? `"n,${i}"` : `n${i}`)).join(',') + lineEnd();
  const quoting = pick([0, 0.02, 0.3, 1]);
  for (let record = 0; record < records; record++) {
    if (columns > 1 && random() < 0.05) text += lineEnd();
    text += Array.from({ length: columns }, () =>
      random() < quoting ? quoted() : random() < 0.1 ? '' : plain(),
    ).join(',');
    if (record < records - 1 || columns === 1 || random() < 0.5) text += lineEnd();
  }
  return text;
}

/** The records of `text` by the book, a character at a time; null for an empty unquoted field. */
function naiveRecords(text: string): (string | null)[][] {
  const records: (string | null)[][] = [];
  let at = 0;
  while (at < text.length) {
    const record: (string | null)[] = [];
    while (true) {
      let value = '';
      let quoted = false;
      if (text[at] === '"') {
        quoted = true;
        for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
          value += text[at];
          if (text[at] === '"') at++;
        }
        at++;
      } else {
        while (at < text.length && text[at] !== ',' && text[at] !== '\n') value += text[at++];
        if (value.endsWith('\r') && text[at] !== ',') value = value.slice(0, -1);
      }
      record.push(value === '' && !quoted ? null : value);
      if (text[at] === ',') {
        at++;
        continue;
      }
      if (text[at] === '\r') at++;
      at++;
      break;
    }
    records.push(record);
  }
  const columns = records[0]!.length;
  return records.filter((record) => columns === 1 || record.length > 1 || record[0] !== null);
}

test('random files: every block size gives what a naive parser finds', async () => {
  const random = seeded(7);
  for (let round = 0; round < 40; round++) {
    const columns = 1 + Math.floor(random() * 5);
    const text = randomCsv(random, columns, 1 + Math.floor(random() * 120));
    const [names, ...rows] = naiveRecords(text);
    const types = Object.fromEntries(names!.map((name) => [name, 'utf8']));
    const path = fileOf(text);
    for (const blockBytes of [64, 65, 79, 127, 128, 200 + round, 511, 1000 + 31 * round, 4096, 1 << 20]) {
      const source = await csv.open([path], { types, blockBytes }, runtime);
      const found = await rowsOf(
        source,
        names!.map((_, i) => i),
      );
      if (JSON.stringify(found) !== JSON.stringify(rows)) {
        assert.equal(found, rows, `round ${round}, block of ${blockBytes}`);
      }
    }
    rmSync(path);
  }
});

test('random files: the texts that DuckDB finds', async () => {
  const database = await DuckDBInstance.create(':memory:');
  const connection = await database.connect();
  const random = seeded(11);
  for (let round = 0; round < 15; round++) {
    // DuckDB guesses and pads; so all is told, and what it reads otherwise (blank lines, stray quotes, NUL) is left out.
    const text = randomCsv(random, 2 + Math.floor(random() * 4), 60)
      .replaceAll('\0', '0')
      .replaceAll('q"q', 'qq')
      .replaceAll('\r', '')
      .replace(/\n\n+(?=[^"]*(?:"[^"]*"[^"]*)*$)/g, '\n');
    const path = fileOf(text);
    const { schema } = await csv.open([path], {}, runtime);
    const types = Object.fromEntries(schema.fields.map(({ name }) => [name, 'utf8']));
    const { rows } = await readAll(path, { types });
    const result = await connection.runAndReadAll(
      `select * from read_csv('${path}', all_varchar=true, header=true, auto_detect=false, delim=',', quote='"', escape='"', new_line='\\n',
       columns={${schema.fields.map(({ name }) => `'${name}': 'varchar'`).join(', ')}}, parallel=false, max_line_size=1000000)`,
    );
    const theirs = result.getRows();
    // DuckDB takes a quoted empty field for null as well.
    const same = (row: readonly unknown[]): unknown[] => row.map((cell) => (cell === '' ? null : cell));
    assert.equal(rows.map(same), theirs.map(same), text);
  }
  connection.closeSync();
});

test('what is read is written back the same', async () => {
  const random = seeded(17);
  const pick = (values: readonly string[]): string => values[Math.floor(random() * values.length)]!;
  const whole = (): string => String(BigInt(Math.floor((random() - 0.5) * 2 ** 53)) * 1000n);
  const day = (): string => new Date((random() - 0.3) * 2 ** 41).toISOString().slice(0, 10);
  const text = (): string => pick(['""', 'plain', '"a,b"', '"say ""so"""', '007', '"two\nlines"', 'é漢😀']);
  const row = (): string =>
    [
      whole(),
      `${Math.floor(random() * 2 ** 49)}.5`,
      String(Math.floor(random() * 1e6) + 0.25),
      day(),
      pick(['true', 'false']),
      text(),
      pick(['1e5', '12E4']),
    ]
      .map((value) => (random() < 0.1 ? '' : value))
      .join();
  const content = `i,f,g,d,b,s,c\n${Array.from({ length: 70_000 }, row).join('\n')}\n`;
  const source = await csv.open([fileOf(content)], {}, runtime);
  assert.is(
    schemaText(source.schema).replaceAll(' null', ''),
    'i int64, f float64, g float64, d date, b bool, s utf8, c utf8',
  );
  const out = join(folder, 'copy.csv');
  const sink = await csv.create(out, source.schema, {}, runtime);
  const request = { columns: source.schema.fields.map((_, i) => i), chunks: null, range: null, limit: null };
  for await (const batch of source.scan(request, runtime, () => {})) await sink.write(batch);
  await sink.finish();
  const lines = content.split('\n');
  const copy = readFileSync(out, 'utf8').split('\n');
  assert.is(
    copy.find((line, i) => line !== lines[i]),
    undefined,
  );
  assert.is(copy.length, lines.length);
});

test('a long field, and one that is too long', async () => {
  const long = 'x"\n'.repeat(100_000);
  const path = fileOf(`a,b\n1,"${long.replaceAll('"', '""')}"\n2,y\n`);
  assert.equal((await readAll(path, { blockBytes: 64 })).rows, [
    [1n, long],
    [2n, 'y'],
  ]);
  const roomy = makeRuntime(512 * 2 ** 20);
  const endless = fileOf(`a,b\n1,2\n3,"${'x'.repeat(40 * 2 ** 20)}"\n`);
  try {
    const source = await csv.open([endless], {}, roomy);
    for await (const _ of source.scan(
      { columns: [0], chunks: null, range: null, limit: null },
      roomy,
      () => {},
    )) {
    }
    assert.unreachable();
  } catch (error) {
    assert.is(
      (error as Error).message,
      `${endless}, line 3, column "b": the record is longer than 32 MB; is a quote not closed?`,
    );
  }
  assert.is(roomy.arena.reserved, 0);
});

test('text that repeats is coded, text that does not is plain', async () => {
  const lines = Array.from(
    { length: 250_000 },
    (_, i) =>
      `${i % 100},u${i},${i < 40_000 ? 'k' : `v${i}`},${i % 97 === 0 ? '' : `w${'-'.repeat(i % 9)}${(i * 7919) % 5000}`}`,
  );
  const source = await csv.open(
    [fileOf(`a,b,c,d\n${lines.join('\n')}\n`)],
    { types: { a: 'utf8' } },
    runtime,
  );
  const coded: boolean[][] = [];
  let row = 0;
  for await (const batch of source.scan(
    { columns: [0, 1, 2, 3], chunks: null, range: null, limit: null },
    runtime,
    () => {},
  )) {
    coded.push(batch.columns.map((column) => column.dictionary !== null));
    const columns = batch.columns.map((column) => cellsOf(column, arena));
    for (let i = 0; i < batch.length; i++, row++)
      assert.is(columns.map((column) => column[i]).join(), lines[row]);
  }
  assert.is(row, lines.length);
  for (const column of [0, 3]) assert.ok(coded.every((batch) => batch[column]));
  for (const column of [1, 2]) assert.ok(coded[0]![column] && !coded.at(-1)![column]);
});

test('many columns in little memory', async () => {
  const small = makeRuntime(4 * 2 ** 20);
  const columns = Array.from({ length: 1500 }, (_, i) => i);
  const rows = Array.from({ length: 60 }, (_, row) =>
    columns.map((i) => (i % 3 === 0 ? `t${row}` : BigInt(row * i))),
  );
  const path = fileOf(
    `${columns.map((i) => `c${i}`).join()}\n${rows.map((row) => `${row.join()}\n`).join('')}`,
  );
  const source = await csv.open([path], {}, small);
  const found: Cell[][] = [];
  for await (const batch of source.scan(
    { columns, chunks: null, range: null, limit: null },
    small,
    () => {},
  )) {
    const cells = batch.columns.map((column) => cellsOf(column, small.arena));
    for (let row = 0; row < batch.length; row++) found.push(cells.map((column) => column[row]!));
  }
  assert.equal(found, rows);
  const least = makeRuntime(2 ** 20);
  const others = least.arena.region('others');
  others.reserve(512 * 1024);
  try {
    const opened = await csv.open([path], {}, least);
    for await (const _ of opened.scan({ columns, chunks: null, range: null, limit: null }, least, () => {}));
    assert.unreachable();
  } catch (error) {
    assert.is((error as SpillwayError).code, 'memory');
  }
  others.release();
  assert.is(small.arena.reserved, 0);
  assert.is(least.arena.reserved, 0);
});

test('standard input: opened for the schema, then read; once', () => {
  const script = `
    import { csv } from ${JSON.stringify(new URL('../../lib/formats/csv.js', import.meta.url).href)};
    import { makeRuntime } from ${JSON.stringify(new URL('../helpers.js', import.meta.url).href)};
    const runtime = makeRuntime();
    const request = { columns: [0, 1], chunks: null, range: null, limit: null };
    await csv.open(['-'], {}, runtime);
    const source = await csv.open(['-'], {}, runtime);
    let rows = 0;
    for await (const batch of source.scan(request, runtime, () => {})) rows += batch.length;
    console.log(\`\${rows} \${source.schema.fields.map((field) => field.type.kind)}\`);
    for await (const batch of source.scan(request, runtime, () => {})) rows += batch.length;
  `;
  const input = `a,b\n${'12345,abc\n'.repeat(200_000)}`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    input,
    encoding: 'utf8',
  });
  assert.is(stdout, '200000 int64,utf8\n');
  assert.match(stderr, /standard input can be read only once/);
});

test('an aborted scan stops, and nothing stays reserved', async () => {
  const controller = new AbortController();
  const source = await csv.open([fileOf(`a\n${'1\n'.repeat(200_000)}`)], {}, runtime);
  try {
    for await (const _ of source.scan(
      { columns: [0], chunks: null, range: null, limit: null },
      { ...runtime, signal: controller.signal },
      () => {},
    ))
      controller.abort();
    assert.unreachable();
  } catch (error) {
    assert.is((error as SpillwayError).code, 'aborted');
  }
  rmSync(folder, { recursive: true });
  assert.is(arena.reserved, 0);
});

test.run();
