/**
 * A dataset that is being written, by one writer or by tasks in several processes:
 *
 *   folder (hidden)     task 3: part-00003-00000.arrow, part-00003-00001.arrow     task 5, killed: part-00005-00000.arrow
 *   commit [.., 3, ..]  the manifest lists the chunks task by task; what is not listed is removed; the folder appears
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Schema } from '../lib/arrow/schema.js';
import { writeError } from '../lib/write-error.js';
import { isChunkFile } from './chunk-file.js';
import type { WrittenChunks } from './chunks-writer.js';
import { encodeManifest, holdsManifest, type Manifest, manifestName } from './manifest.js';
import { wholeOf } from './observer.js';
import { createPending, type PendingOutput } from './pending-output.js';
import type { Workspace } from './workspace.js';

export class PendingDataset {
  readonly #output: PendingOutput;

  /** @internal Made by `createPendingDataset`. */
  constructor(output: PendingOutput) {
    this.#output = output;
  }

  /** As the user gave it. */
  get path(): string {
    return this.#output.path;
  }

  /** Where the chunks are to be written. */
  get folder(): string {
    return this.#output.content;
  }

  /** Takes the chunks of a folder that `lastingBeside` named as its own; the folder goes. */
  adopt(folder: string): void {
    try {
      renameSync(folder, this.folder); // onto an empty one
    } catch (error) {
      throw writeError(error, this.path);
    }
  }

  /** Makes the dataset appear with the chunks of these tasks, in this order, and no others. */
  commit(schema: Schema, tasks: readonly WrittenChunks[], workspace: Workspace): Manifest {
    const manifest = manifestOf(schema, tasks, workspace);
    try {
      const listed = new Set(manifest.chunks.map(({ file }) => file));
      for (const name of readdirSync(this.folder))
        if (!listed.has(name)) rmSync(join(this.folder, name), { recursive: true });
      writeSynced(join(this.folder, manifestName), encodeManifest(manifest, workspace));
    } catch (error) {
      throw writeError(error, this.path);
    }
    this.#output.commit();
    return manifest;
  }

  /** Leaves nothing behind; harmless after `commit`. */
  abort(): void {
    this.#output.abort();
  }
}

/** What was left by killed writers of the same path is swept. */
export async function createPendingDataset(path: string, overwrite: boolean): Promise<PendingDataset> {
  const output = await createPending(path, overwrite ? whyKeep : null);
  try {
    mkdirSync(output.content);
    return new PendingDataset(output);
  } catch (error) {
    output.abort();
    throw writeError(error, path);
  }
}

/** No task's dictionaries are grown from another's, so their lineages get numbers of their own. */
function manifestOf(schema: Schema, tasks: readonly WrittenChunks[], workspace: Workspace): Manifest {
  const { fields } = schema;
  const chunks = tasks.flatMap((task, i) =>
    task.chunks.map((chunk) => ({
      ...chunk,
      lineages: chunk.lineages.map((lineage) => (lineage === null ? null : lineage + i * fields.length)),
    })),
  );
  return {
    schema,
    rows: chunks.reduce((sum, chunk) => sum + chunk.rows, 0),
    bytes: chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
    chunks,
    columns: fields.map((_, i) =>
      wholeOf(
        tasks.map(({ columns }) => columns[i]!),
        workspace,
      ),
    ),
  };
}

/** Only a dataset is replaced, and only if nothing of the user's own would go with it. */
function whyKeep(path: string): string | null {
  if (!holdsManifest(path)) return 'is not a dataset';
  const foreign = readdirSync(path).find((name) => name !== manifestName && !isChunkFile(name));
  return foreign === undefined ? null : `holds ${foreign}, which is no part of a dataset`;
}

function writeSynced(path: string, text: string): void {
  const file = openSync(path, 'wx');
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
