/**
 * The footers of files that were read last: each task of a worker process opens its files anew, and a file of many row
 * groups has a footer that takes as long to decode as the rows of a task.
 */
import type { BigIntStats } from 'node:fs';
import type { FileMetaData, SchemaTree } from 'hyparquet';

export interface Footer {
  readonly metadata: FileMetaData;
  readonly tree: SchemaTree;
}

/** Bytes of footers as they are stored; decoded they take some ten times as much of the heap. */
const mostBytes = 2 ** 21;

/** Those asked for last come last. */
const kept = new Map<string, Footer>();

/** The footer of an open file; `decode` is called if it is not kept. */
export async function footerOf(
  { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats,
  decode: () => Promise<Footer>,
): Promise<Footer> {
  const file = [dev, ino, size, mtimeNs, ctimeNs].join();
  const footer = kept.get(file) ?? (await decode());
  kept.delete(file);
  kept.set(file, footer);
  let bytes = [...kept.values()].reduce((sum, { metadata }) => sum + metadata.metadata_length, 0);
  for (const [oldest, { metadata }] of kept) {
    if (bytes <= mostBytes || oldest === file) break;
    kept.delete(oldest);
    bytes -= metadata.metadata_length;
  }
  return footer;
}
