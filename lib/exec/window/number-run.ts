/** row_number, rank, dense_rank: for single rows. Memory: two numbers. */
import { fixedVector, type Vector } from '../../arrow/batch.js';
import { int64 } from '../../arrow/types.js';
import type { Region } from '../../memory/arena.js';
import type { Context } from '../context.js';
import type { Grouped, Run } from './run.js';

export class NumberRun implements Run {
  readonly #which: 'row_number' | 'rank' | 'dense_rank';
  readonly #context: Context;
  readonly #home: Region;
  readonly #state: number;

  constructor(which: 'row_number' | 'rank' | 'dense_rank', context: Context, owner: string) {
    this.#which = which;
    this.#context = context;
    this.#home = context.arena.region(owner);
    this.#state = this.#home.reserveZeroed(16);
  }

  add({ batch, partitions, peers }: Grouped, region: Region): Vector {
    const { kernels } = this.#context;
    const { length } = batch;
    const data = region.reserveZeroed((length + 1) * 8);
    const rows = data + 8;
    const state = this.#state;
    if (this.#which === 'row_number') kernels.window_row_number(partitions, length, state, rows);
    else if (this.#which === 'rank') kernels.window_rank(partitions, peers, length, state, rows);
    else kernels.window_dense_rank(partitions, peers, length, state, rows);
    return fixedVector(int64, length + 1, data);
  }

  last(): Vector {
    throw new Error('bug: a row has its number at once');
  }

  release(): void {
    this.#home.release();
  }
}
