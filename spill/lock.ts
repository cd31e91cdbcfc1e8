/**
 * A lock on a folder that dies with its owner, whatever ends it. The owner listens on a socket in the folder: the
 * system closes it with the process, and then refuses who connects. A number of a process in a file would not do:
 * numbers are given again, and mean nothing in another container.
 *
 *   alive   the socket: listened on while the owner lives
 *   lock    which running system the owner is on, whether it could make a socket, and which machine that is; written
 *           last, touched every hour
 *
 * Without a record it is about to be locked, or its owner was killed before it could: that is told by a minute. Should
 * it go too early, writing the record fails, and with it what was begun.
 *
 * A socket tells only of the system that it is on, and some file systems have none. So where the folder was
 * locked elsewhere (a network drive), or without a socket, the lock is taken for dead when it was not touched for a
 * day. Of this machine before it was started again nothing lives.
 */
import { once } from 'node:events';
import { readFileSync, statSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemCode } from '../lib/write-error.js';
import { randomName } from './random-name.js';

export interface Lock {
  /** The folder was renamed. */
  moved(folder: string): void;
  /** The folder is abandoned from now on. */
  release(): void;
}

const socketName = 'alive';
const recordName = 'lock';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * Locks folders, each new and nobody else's; throws what the system says where nothing can be written in it. All that is
 * waited for comes first: who makes a folder and locks it at once is hardly ever killed in between.
 */
export async function locker(): Promise<(folder: string) => Lock> {
  // Loaded when it is first needed: many commands write nothing, and start-up is part of the speed. Listening needs the latter.
  const [{ createServer }] = await Promise.all([import('node:net'), import('node:cluster')]);
  return (folder) => {
    const server = listen(folder, createServer);
    let record = join(folder, recordName);
    try {
      writeFileSync(record, recordOf(server !== null));
    } catch (error) {
      server?.close();
      throw error;
    }
    const touch = setInterval(() => touched(record), hour);
    touch.unref();
    return {
      moved(to) {
        record = join(to, recordName);
      },
      release() {
        clearInterval(touch);
        server?.close();
      },
    };
  };
}

/** Has the owner of the folder's lock ended? False where that cannot be told. */
export async function isAbandoned(folder: string): Promise<boolean> {
  try {
    const record = join(folder, recordName);
    const text = read(record);
    if (text === null || text === '') return isOld(folder, minute);
    const [system, socket, machine = ''] = text.split('\n');
    if (system !== thisSystem()) return (machine !== '' && machine === thisMachine()) || isOld(record, day);
    return socket === withSocket ? !(await isListening(folder)) : isOld(record, day);
  } catch {
    return false;
  }
}

/** Null where the file system has no sockets: then the record alone tells, slowly. */
function listen(folder: string, createServer: typeof import('node:net').createServer): Server | null {
  const server = createServer((caller) => caller.destroy());
  // What is wrong is told later; that something is, by `listening`.
  server.on('error', () => {});
  try {
    const { path, release } = shortPath(folder);
    try {
      // In a process of a cluster, too, the socket is this process's own.
      server.listen({ path: join(path, socketName), exclusive: true });
    } finally {
      release();
    }
  } catch {
    return null;
  }
  server.unref();
  return server.listening ? server : null;
}

async function isListening(folder: string): Promise<boolean> {
  const { connect } = await import('node:net');
  const { path, release } = shortPath(folder);
  const socket = connect(join(path, socketName));
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return false;
    // So many ask that it does not get to answer.
    if (code === 'EAGAIN') return true;
    throw error;
  } finally {
    socket.destroy();
    release();
  }
}

/** Paths of sockets are cut, silently, at some hundred bytes; a link shortens them. */
const longestSocketPath = 100;

function shortPath(folder: string): { readonly path: string; release(): void } {
  const fits = (path: string): boolean => Buffer.byteLength(join(path, socketName)) <= longestSocketPath;
  if (fits(folder)) return { path: folder, release() {} };
  const name = `.spillway-${randomName()}`;
  const link = [join(tmpdir(), name), join('/tmp', name)].find(fits)!;
  symlinkSync(folder, link);
  return { path: link, release: () => unlinkSync(link) };
}

const withSocket = 'socket';

function recordOf(hasSocket: boolean): string {
  return `${thisSystem()}\n${hasSocket ? withSocket : 'no socket'}\n${thisMachine()}\n`;
}

/** The same for all processes that share a kernel, containers too, and only for those; another after a restart. */
function thisSystem(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? hostname();
}

/** The same after a restart; empty where that is not told. */
function thisMachine(): string {
  const id = read('/etc/machine-id')?.trim() ?? '';
  return id === '' ? '' : `${id} ${hostname()}`;
}

function isOld(path: string, time: number): boolean {
  return Date.now() - statSync(path).mtimeMs > time;
}

function touched(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {} // it is gone, and so will the owner be
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}
