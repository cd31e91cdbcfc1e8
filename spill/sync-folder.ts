import { closeSync, fsyncSync, openSync } from 'node:fs';

/** What was made or renamed in a folder lasts only once it is synced; file systems that cannot sync folders do without. */
export function syncFolder(folder: string): void {
  try {
    const file = openSync(folder, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch {}
}
