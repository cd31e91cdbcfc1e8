/**
 * The value in one row of the partition so far: the n-th, or the last, of those that count. As of the end of each group.
 *
 * Memory: the value picked last.
 */
import type { Vector } from '../../arrow/batch.js';
import { BatchBuffer } from '../../kernels/batch-buffer.js';
import { nulls } from '../../kernels/convert.js';
import { merge } from '../../kernels/merge.js';
import type { Region } from '../../memory/arena.js';
import type { BoundWindow } from '../../plan/bind-window.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';
import { bothBits, trueRows, validRows } from './counted-rows.js';
import type { Grouped, Run } from './run.js';

export type Pick = BoundWindow & { readonly form: 'pick' };

export class PickRun implements Run {
  readonly #pick: Pick;
  readonly #context: Context;
  readonly #home: Region;
  /** Address of the count of rows and of whether there is a pick. */
  readonly #state: number;
  /** The value of the pick in its one row, if there is one. */
  readonly #kept: BatchBuffer;

  constructor(pick: Pick, context: Context, owner: string) {
    const { arena, kernels } = context;
    this.#pick = pick;
    this.#context = context;
    this.#home = arena.region(owner);
    this.#state = this.#home.reserveZeroed(16);
    this.#kept = new BatchBuffer([pick.type], arena, kernels, owner);
  }

  add(rows: Grouped, region: Region): Vector {
    const { arena, kernels } = this.#context;
    const { arg, nth, filter, ignoreNulls } = this.#pick;
    const { batch, memo, partitions, units, groups } = rows;
    const { length } = batch;
    const values = evaluate(arg, batch, region, this.#context, memo);
    let among = filter === null ? 0 : trueRows(filter, rows, region, this.#context);
    if (ignoreNulls) among = bothBits(among, validRows(values, region), length, region, this.#context);
    const state = this.#state;
    const before = arena.view.getInt32(state + 8, true);
    const picks = region.reserve(length * 4);
    if (nth === 'last') kernels.window_pick_last(partitions, among, length, state, picks);
    else kernels.window_pick_nth(partitions, among, length, nth, state, picks);
    const ends = region.reserve((groups + 1) * 4);
    if (units === 0) {
      arena.view.setInt32(ends, before, true);
      arena.bytes.copyWithin(ends + 4, picks, picks + length * 4);
    } else kernels.window_group_picks(units, picks, length, before, ends);
    const parts = [nulls(arg.type, 1, region), this.#keptValue(region), values];
    const result = merge(parts, ends, groups + 1, region, this.#context);
    const last = merge(parts, picks + (length - 1) * 4, 1, region, this.#context);
    this.#kept.clear();
    this.#kept.append({ length: 1, columns: [last] });
    return result;
  }

  last(region: Region): Vector {
    return this.#keptValue(region);
  }

  release(): void {
    this.#home.release();
    this.#kept.release();
  }

  #keptValue(region: Region): Vector {
    return this.#kept.length > 0 ? this.#kept.batch().columns[0]! : nulls(this.#pick.arg.type, 1, region);
  }
}
