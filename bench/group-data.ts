/**
 * db-benchmark's group-by file G1_<rows>_<k>_0_0.csv, byte for byte, in constant memory: the generator draws
 * column after column, so it is walked once to find where each column starts; then rows are written from
 * nine generators, one a column.
 *
 *   node dist/bench/group-data.js 1e7 100 data/G1_1e7_1e2_0_0.csv
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countName, digits, fraction } from './digits.js';
import { RRandom } from './r-random.js';

/** Column sums of the file, to check it and the answers over it. */
export interface Sums {
  v1: number;
  v2: number;
  /** In millionths, exact. */
  v3: bigint;
}

const blockBytes = 1 << 20;
/** No row is longer. */
const rowBytes = 128;

export function writeGroupFile(path: string, rows: number, k: number): Sums {
  const domains = [k, k, rows / k, k, k, rows / k, 5, 15];
  const random = new RRandom(108);
  const columns = domains.map((domain) => {
    const start = random.clone();
    for (let i = 0; i < rows; i++) random.index(domain);
    return start;
  });
  columns.push(random);

  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  const file = openSync(partial, 'w');
  const block = Buffer.alloc(blockBytes);
  let at = block.write('id1,id2,id3,id4,id5,id6,v1,v2,v3\n');
  const sums: Sums = { v1: 0, v2: 0, v3: 0n };
  let v3Sum = 0;
  for (let row = 0; row < rows; row++) {
    if (at > blockBytes - rowBytes) {
      writeSync(file, block, 0, at);
      at = 0;
    }
    for (let column = 0; column < 8; column++) {
      const value = columns[column]!.index(domains[column]!) + 1;
      if (column < 3) {
        block[at++] = 0x69;
        block[at++] = 0x64;
        at = digits(block, at, value, column === 2 ? 10 : 3);
      } else {
        at = digits(block, at, value, 1);
        if (column === 6) sums.v1 += value;
        if (column === 7) sums.v2 += value;
      }
      block[at++] = 0x2c;
    }
    const millionths = Math.round(columns[8]!.uniform() * 100 * 1e6);
    v3Sum += millionths;
    if (v3Sum > 2 ** 52) {
      sums.v3 += BigInt(v3Sum);
      v3Sum = 0;
    }
    at = fraction(block, at, millionths);
    block[at++] = 0x0a;
  }
  sums.v3 += BigInt(v3Sum);
  writeSync(file, block, 0, at);
  closeSync(file);
  renameSync(partial, path);
  return sums;
}

/** The path of the file of `rows` rows, made if it is not there. */
export function groupFile(rows: number, k = 100, folder = 'data'): string {
  const path = `${folder}/G1_${countName(rows)}_${countName(k)}_0_0.csv`;
  if (!existsSync(path)) {
    process.stderr.write(`making ${path} ...\n`);
    writeGroupFile(path, rows, k);
  }
  return path;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , rows = '1e7', k = '100', path = `data/G1_${rows}_${k}.csv`] = process.argv;
  const { v1, v2, v3 } = writeGroupFile(path, Number(rows), Number(k));
  process.stdout.write(`${path}: sum v1 ${v1}, v2 ${v2}, v3 ${Number(v3) / 1e6}\n`);
}
