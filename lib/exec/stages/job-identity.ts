/**
 * What must be unchanged for a job to go on: the input, the query and the functions it calls, where the result goes, and
 * the program.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { manifestMark } from '../../../spill/manifest.js';
import type { FormatOptions } from '../../formats/format.js';
import { packageFile } from '../../places.js';
import { codePath } from '../../plan/code-text.js';
import type { Plan } from '../../plan/plan.js';
import { mapPlan, scansOf } from '../../plan/walk-plan.js';
import { codesWithin } from '../functions/codes.js';

export interface JobIdentity {
  /** Mark by path: of a dataset the checksum of its manifest, else size and time of the last change. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Hash of the optimized plan. */
  readonly query: string;
  /** Hash by path of the modules of the user's functions. */
  readonly modules: Readonly<Record<string, string>>;
  readonly output: string;
  readonly program: string;
}

/** Where rows go, for those who write them. */
export interface JobOutput {
  /** Absolute, or `-`. */
  readonly path: string;
  readonly format: string;
  readonly options: FormatOptions;
}

/** `output` is null where the rows are the caller's. */
export function identityOf(plan: Plan, output: JobOutput | null): JobIdentity {
  const paths = new Set(scansOf(plan).flatMap(({ source }) => source.paths));
  return {
    inputs: Object.fromEntries([...paths].sort().map((path) => [path, markOf(path)])),
    query: hash(JSON.stringify(mapPlan(plan, unmeasured))),
    modules: Object.fromEntries(
      codesWithin(plan)
        .map(codePath)
        .map((path) => [path, hashOf(path)]),
    ),
    output: JSON.stringify(output && withoutOverwrite(output)),
    program: `${version()}, Node.js ${process.version}`,
  };
}

/** In words, to follow the name of the job; null where nothing did. */
export function whatChanged(before: JobIdentity, now: JobIdentity): string | null {
  if (before.program !== now.program)
    return `it was begun by spillway ${before.program}, and this is ${now.program}`;
  const paths = [...new Set([...Object.keys(before.inputs), ...Object.keys(now.inputs)])];
  const changed = paths.find((path) => before.inputs[path] !== now.inputs[path]);
  if (changed !== undefined)
    return now.inputs[changed] === undefined
      ? `it read ${changed}, which is no input now`
      : before.inputs[changed] === undefined
        ? `${changed} was no input then`
        : `${changed} has changed since it began`;
  if (before.query !== now.query) return 'the query is another one';
  const module = Object.keys(now.modules).find((path) => before.modules[path] !== now.modules[path]);
  if (module !== undefined) return `${module} has changed since it began`;
  return before.output === now.output ? null : 'the output, or its options, are others';
}

function markOf(path: string): string {
  const mark = manifestMark(path);
  if (mark !== null) return mark;
  const { size, mtimeNs } = statSync(path, { bigint: true });
  return `${size} bytes, ${mtimeNs}`;
}

/** What the inputs were found to hold is told by their marks. */
function unmeasured(node: Plan): Plan {
  if (node.op !== 'scan') return node;
  const { format, paths, options } = node.source;
  return { ...node, source: { format, paths, options, rows: null, bytes: null, statistics: null } };
}

function withoutOverwrite({ path, format, options }: JobOutput): JobOutput {
  const { overwrite, ...others } = options;
  return { path, format, options: others };
}

/** Of what cannot be read that of nothing: who loads it says why. */
function hashOf(path: string): string {
  try {
    return hash(readFileSync(path));
  } catch {
    return hash('');
  }
}

const hash = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

function version(): string {
  const text = readFileSync(packageFile, 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
