/**
 * Runs the command line in a folder of its own. A start of Node takes longer than most commands of the tests, so one
 * process, the desk, works through them (desk-helpers.ts). A command that reads standard input, is run by another
 * user or has a budget of memory runs as users run it: the built binary in a process of its own.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const binary = fileURLToPath(new URL('../../bundle/cli.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface As {
  /** Permissions count: a test that runs as root runs the command as nobody. */
  readonly unprivileged?: boolean;
  /** In a process of its own in any case. */
  readonly alone?: boolean;
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
    spillway: (args, input, as) =>
      input || as?.alone || as?.unprivileged || args.includes('--memory')
        ? runBinary(args, folder, input, as)
        : desk().run(args, folder),
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

let started: Desk | undefined;

function desk(): Desk {
  started ??= new Desk();
  return started;
}

/** A process that runs one command after the other. Its standard output and error are files, read after each. */
class Desk {
  readonly #child: ChildProcess;
  readonly #outputs: readonly { readonly path: string; readonly fd: number }[];
  #last: Promise<unknown> = Promise.resolve();
  #ended: (code: number | null) => void = () => {};

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-desk-'));
    this.#outputs = ['stdout', 'stderr'].map((name) => {
      const path = join(folder, name);
      return { path, fd: openSync(path, 'a') };
    });
    const fds = this.#outputs.map(({ fd }) => fd);
    this.#child = fork(fileURLToPath(new URL('desk-helpers.js', import.meta.url)), {
      env: { ...process.env, SPILLWAY_DEBUG: '' },
      stdio: ['ignore', ...fds, 'ipc'],
    });
    this.#child.on('message', (code: number) => this.#ended(code));
    this.#child.on('exit', () => this.#ended(null));
    this.#hold(false);
    process.on('exit', () => {
      for (const fd of fds) closeSync(fd);
      rmSync(folder, { recursive: true, force: true });
    });
  }

  run(args: readonly string[], cwd: string): Promise<Outcome> {
    const outcome = this.#last.then(() => this.#runNow(args, cwd));
    this.#last = outcome.catch(() => {});
    return outcome;
  }

  async #runNow(args: readonly string[], cwd: string): Promise<Outcome> {
    this.#hold(true);
    const code = await new Promise<number | null>((ended) => {
      this.#ended = ended;
      this.#child.send({ args, cwd });
    });
    this.#hold(false);
    const [stdout, stderr] = this.#outputs.map(({ path, fd }) => {
      const text = readFileSync(path, 'utf8');
      ftruncateSync(fd);
      return text;
    });
    return { code, stdout: stdout!, stderr: stderr! };
  }

  /** A desk without work does not keep the tests from ending; it ends with them. */
  #hold(working: boolean): void {
    if (working) {
      this.#child.ref();
      this.#child.channel?.ref();
    } else {
      this.#child.unref();
      this.#child.channel?.unref();
    }
  }
}
