/**
 * An output that appears at its path whole, or not at all, and what is left of those whose writers were killed.
 *
 *   .NAME.RANDOM.part/    hidden, beside the output; locked while its writer lives
 *     content             what grows: a file, or a folder
 *     old                 the folder that was there, for a moment
 *
 *   file:     content ─▶ NAME                      replaces what was there in one step
 *   folder:   NAME ─▶ old,  content ─▶ NAME        a writer killed in between leaves both: old is put back by
 *                                                  whoever next reads or writes NAME
 */
import { existsSync, lstatSync, mkdirSync, realpathSync, renameSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { usageError } from '../lib/errors.js';
import { existsError, systemCode, writeError } from '../lib/write-error.js';
import { isAbandoned } from './lock.js';
import { createLockedFolder, foldersIn, type LockedFolder, sweep } from './locked-folder.js';
import { holdsManifest } from './manifest.js';
import { randomName } from './random-name.js';
import { syncFolder } from './sync-folder.js';

/** Why what exists at a path is not to be replaced, to be told as "is ..."; null where it may be. */
export type Objection = (path: string) => string | null;

export class PendingOutput {
  /** As the user gave it. */
  readonly path: string;
  /** Where to write; nothing is there yet. */
  readonly content: string;
  readonly #target: string;
  readonly #objection: Objection | null;
  readonly #folder: LockedFolder;

  /** @internal Made by `createPending`. */
  constructor(path: string, target: string, objection: Objection | null, folder: LockedFolder) {
    this.path = path;
    this.content = join(folder.path, 'content');
    this.#target = target;
    this.#objection = objection;
    this.#folder = folder;
  }

  /** Makes it appear; its files must be on the disk already. */
  commit(): void {
    attempt(this.path, () => {
      check(this.path, this.#target, this.#objection);
      if (stat(this.content)?.isDirectory()) syncFolder(this.content);
      if (stat(this.#target)?.isDirectory()) this.#exchange();
      else renameSync(this.content, this.#target);
      syncFolder(dirname(this.#target));
    });
    this.#folder.remove();
  }

  /** Leaves nothing behind; harmless after `commit`. */
  abort(): void {
    // The way back was blocked: what was there is not thrown away.
    if (existsSync(this.#old) && stat(this.#target) === undefined) this.#folder.abandon();
    else this.#folder.remove();
  }

  get #old(): string {
    return join(this.#folder.path, 'old');
  }

  #exchange(): void {
    renameSync(this.#target, this.#old);
    try {
      renameSync(this.content, this.#target);
    } catch (error) {
      try {
        renameSync(this.#old, this.#target);
      } catch {} // somebody else's is there now
      const code = systemCode(error);
      if (code === 'ENOTEMPTY' || code === 'EEXIST')
        throw usageError(`${this.path} was written by another process at the same time`, { file: this.path });
      throw error;
    }
  }
}

/**
 * What exists at `path` is refused, unless `objection` is given and has none to replacing it; then it stays until
 * `commit`. A link stays a link: what it points at is replaced.
 */
export async function createPending(path: string, objection: Objection | null): Promise<PendingOutput> {
  const target = targetOf(path);
  await recover(target);
  attempt(path, () => check(path, target, objection));
  const parent = dirname(target);
  if (holdsManifest(parent))
    throw usageError(`${path} is inside of the dataset ${dirname(path)}; write it elsewhere`, { file: path });
  const prefix = await hiddenPrefix(target);
  await sweep(parent, (name) => isHidden(name, prefix));
  const hidden = join(parent, `${prefix}${randomName()}.part`);
  try {
    return new PendingOutput(path, target, objection, await createLockedFolder(hidden));
  } catch (error) {
    throw writeError(error, path);
  }
}

/** A hidden path beside the output, on its disk, for what is to outlive its writer; nothing is there yet. */
export async function lastingBeside(path: string): Promise<string> {
  const target = targetOf(path);
  return join(dirname(target), `${await hiddenPrefix(target)}${randomName()}.job`);
}

/** Makes it for the output at `path`, unless one that was cut off has. */
export function makeLasting(folder: string, path: string): void {
  attempt(path, () => mkdirSync(folder, { recursive: existsSync(folder) }));
}

/** Milliseconds within which a writer that lives has done its second rename, and then some. */
const patience = 2000;

/** Puts back the folder that a killed writer took from `path` and did not replace. */
export async function recover(path: string): Promise<void> {
  const target = resolve(path);
  if (existsSync(target)) return;
  const prefix = await hiddenPrefix(target);
  const parent = dirname(target);
  for (const folder of foldersIn(parent, (name) => isHidden(name, prefix))) {
    const isBetween = (): boolean =>
      !existsSync(target) && existsSync(join(folder, 'old')) && existsSync(join(folder, 'content'));
    if (!isBetween()) continue;
    const dead = await isAbandoned(folder);
    for (let waited = 0; !dead && isBetween() && waited < patience; waited += 20) await setTimeout(20);
    if (!isBetween()) continue;
    try {
      renameSync(join(folder, 'old'), target);
      syncFolder(parent);
    } catch (error) {
      // Another process was first; or we may not, and then there is nothing at the path.
      if (!existsSync(target)) throw writeError(error, path);
    }
  }
}

/** The outputs of a folder that wait to be put back, by name. */
export function recoverable(names: readonly string[]): string[] {
  const found = names.flatMap((name) => /^\.(.+)\.[0-9a-f]{16}\.part$/s.exec(name)?.[1] ?? []);
  return [...new Set(found)].filter((name) => !names.includes(name));
}

function check(path: string, target: string, objection: Objection | null): void {
  if (stat(target) === undefined) return;
  if (objection === null) throw existsError(path);
  const reason = objection(target);
  if (reason !== null)
    throw usageError(`${path} exists and ${reason}, so it is not overwritten`, { file: path });
}

function targetOf(path: string): string {
  return attempt(path, () => {
    const target = resolve(path);
    if (!stat(target)?.isSymbolicLink()) return target;
    try {
      return realpathSync(target);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      throw usageError(`${path} is a link to what does not exist; remove it`, { file: path });
    }
  });
}

/** Names have at most 255 bytes; a long one is told by its hash. */
const longestName = 200;

async function hiddenPrefix(target: string): Promise<string> {
  const name = basename(target);
  if (Buffer.byteLength(name) <= longestName) return `.${name}.`;
  const { createHash } = await import('node:crypto');
  return `.${createHash('sha256').update(name).digest('hex')}.`;
}

function isHidden(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && /^[0-9a-f]{16}\.part$/.test(name.slice(prefix.length));
}

const stat = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw writeError(error, path);
  }
}
