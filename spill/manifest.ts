/** What a dataset's folder holds, as `manifest.json` tells it. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Schema } from '../lib/arrow/schema.js';
import { boundFromJson, boundToJson, type ColumnStatistics } from '../lib/arrow/statistics.js';
import { type DataType, nullType, parseType, typeName } from '../lib/arrow/types.js';
import { dataError } from '../lib/errors.js';
import type { ChunkLocation } from './chunk-writer.js';
import { checksumOf, type Workspace } from './workspace.js';

export const manifestName = 'manifest.json';

export interface Chunk extends ChunkLocation {
  /** Name within the folder. */
  readonly file: string;
  /** By column: the type of the stored values, or codes. */
  readonly stored: readonly DataType[];
  /** By column: dictionaries of the same number are grown from each other; null where the column is not coded. */
  readonly lineages: readonly (number | null)[];
  readonly columns: readonly ColumnStatistics[];
}

export interface Manifest {
  readonly schema: Schema;
  readonly rows: number;
  readonly bytes: number;
  readonly chunks: readonly Chunk[];
  /** Over all chunks, by column. */
  readonly columns: readonly ColumnStatistics[];
}

const version = 1;
/** The checksum covers the text after it, up to the last brace. */
const opening = /^\{"spillway":(\d+),"checksum":"([0-9a-f]{16})","dataset":/;

export function encodeManifest(manifest: Manifest, workspace: Workspace): string {
  const { schema, rows, bytes, chunks, columns } = manifest;
  const fields = schema.fields.map(({ name, type, nullable }) => ({ name, type: typeName(type), nullable }));
  const body = JSON.stringify({
    rows,
    bytes,
    schema: fields,
    columns: columns.map(statisticsToJson),
    chunks: chunks.map((chunk) => ({
      ...chunk,
      index: { ...chunk.index, checksum: hex(chunk.index.checksum) },
      stored: chunk.stored.map(typeName),
      columns: chunk.columns.map(statisticsToJson),
    })),
  });
  return `{"spillway":${version},"checksum":"${checksumText(body, workspace)}","dataset":${body}}\n`;
}

/**
 * What was read last, the oldest first, by folder: a worker opens its inputs for each task, and to decode the manifest of 4 GB
 * took 3 ms of a task's 30. The mark tells whether it is still that, as it has the checksum of all the rest.
 */
const known = new Map<string, { readonly mark: string; readonly manifest: Manifest }>();
const mostKnown = 8;
const longestKnown = 2 ** 20;

/** Reads and verifies the manifest of the dataset at `folder`, which has this mark. */
export function readManifest(folder: string, workspace: Workspace, mark = manifestMark(folder)): Manifest {
  const path = join(folder, manifestName);
  const before = known.get(path);
  known.delete(path);
  if (before !== undefined && before.mark === mark) {
    known.set(path, before);
    return before.manifest;
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `is not a dataset: it has no ${manifestName}`
        : code === 'EACCES'
          ? 'may not be read'
          : `is not a dataset: its manifest cannot be read: ${code}`;
    throw dataError(`${folder} ${why}`, { file: folder }, { cause: error });
  }
  const manifest = decodeManifest(text, path, workspace);
  if (mark !== null && text.startsWith(mark) && text.length <= longestKnown) {
    known.set(path, { mark, manifest });
    if (known.size > mostKnown) known.delete(known.keys().next().value!);
  }
  return manifest;
}

/** Was a manifest written in the folder, damaged or not? */
export const holdsManifest = (folder: string): boolean => manifestMark(folder) !== null;

/** Tells a dataset from another that took its place; null where there is none. */
export function manifestMark(folder: string): string | null {
  const start = Buffer.alloc(100);
  try {
    const file = openSync(join(folder, manifestName), 'r');
    try {
      readSync(file, start);
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
  return opening.exec(start.toString('latin1'))?.[0] ?? null;
}

export function decodeManifest(text: string, path: string, workspace: Workspace): Manifest {
  const found = opening.exec(text);
  if (found === null) throw dataError(`${path} is not the manifest of a dataset`, { file: path });
  if (Number(found[1]) !== version)
    throw dataError(
      `${path} is of version ${found[1]}, but only ${version} is known; a newer release reads it`,
      {
        file: path,
      },
    );
  const body = text.slice(found[0].length, -2);
  const checksum = checksumText(body, workspace);
  if (checksum !== found[2] || text.slice(-2) !== '}\n')
    throw dataError(`${path} is damaged: its checksum is ${checksum}, not ${found[2]}`, { file: path });
  return fromJson(JSON.parse(body) as JsonManifest, path);
}

interface JsonManifest {
  readonly rows: number;
  readonly bytes: number;
  readonly schema: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
  readonly columns: readonly JsonStatistics[];
  readonly chunks: readonly (Omit<Chunk, 'index' | 'stored' | 'columns'> & {
    readonly stored: readonly string[];
    readonly index: { readonly offset: number; readonly bytes: number; readonly checksum: string };
    readonly columns: readonly JsonStatistics[];
  })[];
}

type JsonStatistics = Omit<ColumnStatistics, 'min' | 'max'> & {
  readonly min: unknown;
  readonly max: unknown;
};

/** The checksum has told that this is what was written; only a foreign hand could have written something else. */
function fromJson(json: JsonManifest, path: string): Manifest {
  const fields = json.schema.map(({ name, type, nullable }) => ({
    name,
    type: parsed(type, path),
    nullable,
  }));
  const statistics = (all: readonly JsonStatistics[]): ColumnStatistics[] =>
    all.map((one, i) => ({
      ...one,
      min: boundFromJson(one.min, fields[i]!.type) ?? null,
      max: boundFromJson(one.max, fields[i]!.type) ?? null,
    }));
  return {
    schema: { fields },
    rows: json.rows,
    bytes: json.bytes,
    columns: statistics(json.columns),
    chunks: json.chunks.map((chunk) => ({
      ...chunk,
      index: { ...chunk.index, checksum: BigInt(`0x${chunk.index.checksum}`) },
      stored: chunk.stored.map((name) => parsed(name, path)),
      columns: statistics(chunk.columns),
    })),
  };
}

function parsed(name: string, path: string): DataType {
  const type = name === 'null' ? nullType : parseType(name);
  if (type === null) throw dataError(`${path} has a column of unknown type ${name}`, { file: path });
  return type;
}

const statisticsToJson = (one: ColumnStatistics): JsonStatistics => ({
  ...one,
  min: boundToJson(one.min),
  max: boundToJson(one.max),
});

function checksumText(text: string, workspace: Workspace): string {
  const region = workspace.arena.region('the manifest');
  try {
    return hex(checksumOf(Buffer.from(text), region, workspace.kernels));
  } finally {
    region.release();
  }
}

const hex = (checksum: bigint): string => checksum.toString(16).padStart(16, '0');
