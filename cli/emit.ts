/** Sends a result to a file, or to standard output as a table for eyes and as CSV for programs. */
import type { DataFrame } from '../lib/index.js';
import { check } from './check.js';
import { type EngineFlags, type JobFlags, jobOption, type WriteFlags } from './options.js';
import { isTerminal } from './terminal.js';

export async function emit(
  df: DataFrame,
  output: string,
  flags: EngineFlags & WriteFlags & JobFlags,
): Promise<void> {
  if (flags.check) return check(df);
  const format = flags.format ?? (output === '-' ? printFormat() : undefined);
  await df.write(output, {
    ...(format !== undefined && { format }),
    ...(flags.overwrite && { overwrite: true }),
    ...jobOption(flags),
  });
}

export function printFormat(): 'table' | 'csv' {
  return isTerminal(1) ? 'table' : 'csv';
}
