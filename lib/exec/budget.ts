/**
 * What `--memory` means: the whole process tree stays under it. A process that moves data needs, beside the
 * arena, the runtime itself and a small JavaScript heap; the arena gets what is left.
 */
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { formatBytes, SpillwayError, usageError } from '../errors.js';
import { maxArenaBytes } from '../memory/arena.js';

const MB = 2 ** 20;

/**
 * Node with this library loaded, its compiled kernels, a JavaScript heap and file buffers: at least, and in the long
 * runs that a larger budget is given for, where more of the heap is in use before it is cleared.
 */
const leastProcessBytes = 88 * MB;
const mostProcessBytes = 112 * MB;
/** From the one to the other it grows with the budget, by this part of it. */
const processPart = 7 / 16;

export const leastArenaBytes = 8 * MB;

/** Without `--memory`, this share of what the machine or the control group allows. */
const defaultShare = 0.5;

export interface Budget {
  /** Bytes for the whole process tree. */
  readonly total: number;
  /** Bytes of the arena. */
  readonly arena: number;
}

export function planBudget(memory: string | number | undefined): Budget {
  const total = memory === undefined ? Math.floor(availableMemory() * defaultShare) : parseBytes(memory);
  const arena = Math.min(Math.floor(total - processBytes(total)), maxArenaBytes);
  if (arena < leastArenaBytes) {
    throw new SpillwayError(
      'memory',
      `a memory budget of ${formatBytes(total)} is too small; the least that works is ${formatBytes(wholeMemoryFor(leastArenaBytes))}`,
    );
  }
  return { total, arena };
}

/** The budget that gives an arena of so many bytes. */
export function memoryFor(arena: number): number {
  const between = Math.ceil(arena / (1 - processPart));
  return Math.min(arena + mostProcessBytes, Math.max(arena + leastProcessBytes, between));
}

/** As `memoryFor`, in whole megabytes: an amount that can be told and then given. */
export const wholeMemoryFor = (arena: number): number => Math.ceil(memoryFor(arena) / MB) * MB;

const processBytes = (total: number): number =>
  Math.min(mostProcessBytes, Math.max(leastProcessBytes, total * processPart));

/** 512MB, 1.5 GiB, 1048576: powers of 1024, as everybody means them. `what` they are of is for the message. */
export function parseBytes(text: string | number, what = 'memory'): number {
  if (typeof text === 'number') {
    if (Number.isSafeInteger(text) && text > 0) return text;
    throw usageError(`a number of bytes must be a positive whole number, not ${text}`);
  }
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*$/i.exec(text);
  const bytes = match ? Number(match[1]) * 1024 ** ' kmgt'.indexOf((match[2] || ' ').toLowerCase()) : 0;
  if (!Number.isFinite(bytes) || bytes < 1)
    throw usageError(`"${text}" is not an amount of ${what}; write it like 512MB or 2GB`);
  return Math.floor(bytes);
}

/** The machine's memory, or the control group's limit (v2, v1) where that is less. */
export function availableMemory(): number {
  return Math.min(totalmem(), ...controlGroupLimits());
}

function controlGroupLimits(): number[] {
  const own = readText('/proc/self/cgroup');
  const unified = /^0::(.*)$/m.exec(own)?.[1] ?? '/';
  const memory = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(own)?.[1] ?? '/';
  return [
    ...folders(unified).map((folder) => `/sys/fs/cgroup${folder}/memory.max`),
    ...folders(memory).map((folder) => `/sys/fs/cgroup/memory${folder}/memory.limit_in_bytes`),
  ]
    .map((file) => Number(readText(file).trim() || Number.NaN))
    .filter((limit) => Number.isFinite(limit) && limit > 0);
}

/** A limit of any group above counts too: /a/b -> '', /a, /a/b. */
function folders(group: string): string[] {
  const parts = group.split('/').filter((part) => part !== '');
  return Array.from({ length: parts.length + 1 }, (_, depth) =>
    parts
      .slice(0, depth)
      .map((part) => `/${part}`)
      .join(''),
  );
}

/** These files exist on some systems only; where they do not, there is no such limit. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
