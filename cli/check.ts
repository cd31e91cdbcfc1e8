/** What --check prints instead of a result. */
import type { DataFrame } from '../lib/index.js';
import { formatBytes } from '../lib/index.js';
import { print } from './terminal.js';

/** Throws where the query cannot work. */
export async function check(df: Pick<DataFrame, 'estimate'>): Promise<void> {
  const { rows, memory, leastMemory, roomyMemory, spilledBytes, freeDisk, refusal } = await df.estimate();
  const about = (bytes: number | null): string =>
    bytes === null ? 'not known' : `about ${formatBytes(bytes)}`;
  const lines = [
    ['rows', rows === null ? 'not known' : `about ${rows.toLocaleString('en-US')}`],
    ['memory', formatBytes(memory)],
    ['least memory', formatBytes(leastMemory)],
    ['without spilling', about(roomyMemory)],
    ['spilled', spilledBytes === 0 ? 'nothing' : about(spilledBytes)],
    ['free disk', formatBytes(freeDisk)],
  ];
  await print(lines.map(([name, value]) => `${name!.padEnd(18)}${value}\n`).join(''));
  if (refusal !== null) throw refusal;
}
