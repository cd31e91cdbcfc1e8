/**
 * db-benchmark's join files J1_<rows>_{NA,small,medium,big}_0_0.csv, byte for byte. The left table has `rows` rows, the
 * right ones a millionth, a thousandth and all of them; tables below a million rows have at least one row on the right.
 *
 * R shuffles whole columns, so that they cannot be drawn row by row: a table's three key columns and the keys of
 * one kind are held, 16.4 bytes a row in all (1.6 GB for 1e8 rows). Values are drawn as rows are written.
 *
 *   node dist/bench/join-data.js 1e7 data
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countName, digits, fraction } from './digits.js';
import { leftSum } from './join-queries.js';
import { RRandom } from './r-random.js';

export interface JoinFiles {
  readonly left: string;
  readonly small: string;
  readonly medium: string;
  readonly big: string;
}

/** The paths of the files over `rows` rows, made if one is not there. */
export function joinFiles(rows: number, folder = 'data'): JoinFiles {
  const path = (n: number | null): string =>
    `${folder}/J1_${countName(rows)}_${n === null ? 'NA' : countName(n)}_0_0.csv`;
  const files = {
    left: path(null),
    small: path(portion(rows, 1e6)),
    medium: path(portion(rows, 1e3)),
    big: path(rows),
  };
  if (!Object.values(files).every(existsSync)) {
    process.stderr.write(`making ${files.left} and its right sides ...\n`);
    writeJoinFiles(files, rows);
  }
  return files;
}

/** The sum of the left table's v1, which is known for the published sizes, is checked. */
export function writeJoinFiles(files: JoinFiles, rows: number): void {
  const random = new RRandom(108);
  const sizes = [portion(rows, 1e6), portion(rows, 1e3), rows];
  const keys = sizes.map((size) => drawKeys(size, random));
  const write = (path: string, side: 'left' | 'right', count: number, kinds: number): number => {
    const columns = keys.slice(0, kinds).map(({ common, left, right }) => {
      return drawColumn(common, side === 'left' ? left : right, count, random);
    });
    return writeTable(path, columns, side === 'left' ? 'v1' : 'v2', random);
  };
  const sum = write(files.left, 'left', rows, 3);
  write(files.small, 'right', sizes[0]!, 1);
  write(files.medium, 'right', sizes[1]!, 2);
  write(files.big, 'right', rows, 3);

  const known = leftSum(rows);
  if (known !== undefined && Math.abs(sum - known) > 0.01)
    throw new Error(`the sum of v1 in ${files.left} is ${sum}, but ${known} is published`);
}

/** How many rows a table has that is so many times smaller. */
function portion(rows: number, times: number): number {
  return Math.max(1, rows / times);
}

/** Keys of one kind: nine tenths are in both tables, a tenth in the left one only, a tenth in the right one only. */
interface Keys {
  readonly common: Int32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
}

function drawKeys(size: number, random: RRandom): Keys {
  const all = new Int32Array(Math.trunc(size * 1.1));
  for (let i = 0; i < all.length; i++) all[i] = i + 1;
  random.shuffle(all);
  const common = Math.round(size * 0.9);
  return { common: all.subarray(0, common), left: all.subarray(common, size), right: all.subarray(size) };
}

/** Every key once, then keys by chance, all shuffled. */
function drawColumn(common: Int32Array, own: Int32Array, rows: number, random: RRandom): Int32Array {
  const keys = common.length + own.length;
  const column = new Int32Array(Math.max(rows, keys));
  column.set(common);
  column.set(own, common.length);
  for (let i = keys; i < rows; i++) column[i] = column[random.index(keys)]!;
  return random.shuffle(column);
}

const blockBytes = 1 << 20;
/** No row is longer. */
const rowBytes = 128;

/** Returns the sum of the values. */
function writeTable(path: string, keys: readonly Int32Array[], valueName: string, random: RRandom): number {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  const file = openSync(partial, 'w');
  const block = Buffer.alloc(blockBytes);
  const names = [...keys.map((_, i) => `id${i + 1}`), ...keys.map((_, i) => `id${i + 4}`), valueName];
  let at = block.write(`${names.join(',')}\n`);
  let sum = 0;
  for (let row = 0; row < keys[0]!.length; row++) {
    if (at > blockBytes - rowBytes) {
      writeSync(file, block, 0, at);
      at = 0;
    }
    for (const column of keys) {
      at = digits(block, at, column[row]!, 1);
      block[at++] = 0x2c;
    }
    for (const column of keys) {
      block[at++] = 0x69;
      block[at++] = 0x64;
      at = digits(block, at, column[row]!, 1);
      block[at++] = 0x2c;
    }
    const millionths = Math.round(random.uniform() * 100 * 1e6);
    sum += millionths / 1e6;
    at = fraction(block, at, millionths);
    block[at++] = 0x0a;
  }
  writeSync(file, block, 0, at);
  closeSync(file);
  renameSync(partial, path);
  return sum;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , rows = '1e7', folder = 'data'] = process.argv;
  process.stdout.write(`${Object.values(joinFiles(Number(rows), folder)).join('\n')}\n`);
}
