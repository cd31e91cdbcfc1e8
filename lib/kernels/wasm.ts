/** Loads the kernels' WebAssembly module into an arena. */
import { readFileSync } from 'node:fs';
import type { instantiate } from '#kernels';
import type { Arena } from '../memory/arena.js';
import { kernelsFile } from '../places.js';

/** The exports of lib/kernels/assembly, typed from their sources by the build. Addresses and counts are numbers. */
export type Kernels = Omit<Awaited<ReturnType<typeof instantiate>>, 'memory'>;

/** A kernel picked by name: `kernel(kernels, `sum_${physical}`)`. */
export type Kernel = (...args: number[]) => number;

let module: WebAssembly.Module | undefined;

/** An instance of the kernels; it belongs to one arena. */
export function loadKernels(arena: Arena): Kernels {
  const instance = new WebAssembly.Instance(compileKernels(), { env: { memory: arena.memory, abort } });
  return instance.exports as unknown as Kernels;
}

/** The module is compiled once a process. */
export function compileKernels(): WebAssembly.Module {
  module ??= new WebAssembly.Module(readFileSync(kernelsFile));
  return module;
}

/** The kernel of that name; there is no such kernel only if a table of ours is wrong. */
export function kernel(kernels: Kernels, name: string): Kernel {
  const found = (kernels as unknown as Record<string, Kernel | undefined>)[name];
  if (found === undefined) throw new Error(`bug: no kernel ${name}`);
  return found;
}

function abort(_message: number, _file: number, line: number, column: number): never {
  throw new Error(`bug: a kernel aborted at ${line}:${column}`);
}
