import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chunkPrefix } from '../../../spill/chunk-file.js';
import type { DatasetTarget } from './dataset-output.js';

/** Removes the chunks of an attempt that failed. */
export function removeChunks({ folder }: DatasetTarget, task: number): void {
  const begin = `${chunkPrefix(task)}-`;
  for (const name of readdirSync(folder))
    if (name.startsWith(begin)) rmSync(join(folder, name), { force: true });
}
