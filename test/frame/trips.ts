/** The frames that the tests of the library read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataFrame, Session, type SessionOptions } from '../../lib/index.js';
import { seeded } from '../helpers.js';

export const tripsCsv = `vendor,fare,tip,riders,day,pickup,code
acme,10.5,1,1,2024-01-01,2024-01-01 08:30:00.000001,007
zoom,20,,2,2024-01-31,2024-01-31 23:59:59,010
acme,7.25,0.5,3,2024-02-29,2024-02-29 00:00:00,007
,100,20,1,2023-12-31,2023-12-31 12:00:00,
zoom,20,2,4,,,010
`;

export const tripsSchema = {
  vendor: 'utf8?',
  fare: 'float64',
  tip: 'float64?',
  riders: 'int64',
  day: 'date?',
  pickup: 'timestamp?',
  code: 'utf8?',
} as const;

export interface Place {
  readonly folder: string;
  readonly session: Session;
  file(name: string, content?: string): string;
}

/** Runs `body` with a session and a folder of its own; afterwards nothing may be held. */
export async function inPlace(
  body: (place: Place) => Promise<void>,
  options: SessionOptions = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-frame-'));
  const session = new Session({ memory: '256MB', ...options });
  const file = (name: string, content?: string): string => {
    const path = join(folder, name);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  };
  try {
    await body({ folder, session, file });
    const { reserved } = session.runtime().arena;
    if (reserved !== 0) throw new Error(`${reserved} bytes are still held`);
  } finally {
    await session.close();
    rmSync(folder, { recursive: true });
  }
}

export async function rowsOf<S>(frame: DataFrame<S>): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of frame.rows()) rows.push(row);
  return rows;
}

/** Many rows of `id,vendor,fare`, the same each time. */
export function manyRows(count: number): string {
  const random = seeded(42);
  const lines = Array.from(
    { length: count },
    (_, i) => `${i},v${Math.floor(random() * 50)},${(random() * 100).toFixed(2)}`,
  );
  return `id,vendor,fare\n${lines.join('\n')}\n`;
}
