/** Runs the command line as users do: the built binary in a process of its own, in a folder of its own. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const binary = fileURLToPath(new URL('../../cli/index.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface As {
  /** Permissions count: a test that runs as root runs the command as nobody. */
  readonly unprivileged?: boolean;
}

/** A temporary folder with the given files, and `spillway` run inside it. */
export interface Workplace {
  readonly folder: string;
  /** Arguments, and what standard input holds. */
  spillway(args: readonly string[], input?: string | Uint8Array, as?: As): Promise<Outcome>;
  write(name: string, content: string | Uint8Array): void;
  /** Names of all files and folders, hidden ones too, sorted. */
  files(): string[];
  remove(): void;
}

export function workplace(files: Readonly<Record<string, string | Uint8Array>> = {}): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-cli-'));
  chmodSync(folder, 0o755);
  const write = (name: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  return {
    folder,
    write,
    spillway: (args, input, as) => runBinary(args, folder, input, as),
    files: () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What a command that went well printed. */
export async function printed(outcome: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await outcome;
  if (code !== 0 || stderr !== '') throw new Error(`exit code ${code}: ${stderr}`);
  return stdout;
}

const nobody = 65534;

function runBinary(
  args: readonly string[],
  cwd: string,
  input: string | Uint8Array = '',
  { unprivileged = false }: As = {},
): Promise<Outcome> {
  const env = { ...process.env, SPILLWAY_DEBUG: '' };
  const user = unprivileged && process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  const child = spawn(process.execPath, [binary, ...args], { cwd, env, ...user });
  child.stdin.on('error', () => {}); // it may end before it has read all
  child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part;
  });
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}
