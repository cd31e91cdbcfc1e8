/**
 * What an aggregate comes to, group by group: running on over the groups of a partition, or for each group alone.
 *
 *   structs │ carried │ group 1 │ group 2 │ ... │ trash │
 *               └──merge──▲└──merge──▲                       a prefix scan, by the kernels that merge states
 *
 * Memory: a struct for each group of one batch.
 */
import { bitmapBytes, fixedVector, type Vector } from '../../arrow/batch.js';
import { physicalOf, widthOf } from '../../arrow/types.js';
import { overflow } from '../../kernels/aggregate-states.js';
import type { FixedState } from '../../kernels/aggregates.js';
import { RowHasher } from '../../kernels/hash-rows.js';
import { type Kernel, kernel } from '../../kernels/wasm.js';
import type { Region } from '../../memory/arena.js';
import type { BoundAggregate } from '../../plan/bind-aggregate.js';
import type { Context } from '../context.js';
import { countedRows } from './counted-rows.js';
import type { Grouped, Run } from './run.js';

export class AggregateRun implements Run {
  readonly #aggregate: BoundAggregate;
  readonly #state: FixedState;
  readonly #context: Context;
  readonly #running: boolean;
  readonly #stride: number;
  readonly #home: Region;
  /** The struct of a group without rows, and that of the group left open. */
  readonly #fresh: number;
  readonly #carried: number;
  readonly #update: Kernel;
  readonly #merge: Kernel;
  readonly #finish: Kernel;
  /** Of sketches, which are made of hashes. */
  readonly #hasher: RowHasher | null;

  /** `running`: a group's value is that of all rows of its partition so far. */
  constructor(aggregate: BoundAggregate, running: boolean, context: Context, owner: string) {
    const { arena, kernels } = context;
    const { state } = aggregate;
    if (state.form !== 'fixed') throw new Error(`bug: ${aggregate.row.name} does not run`);
    this.#aggregate = aggregate;
    this.#state = state;
    this.#context = context;
    this.#running = running;
    this.#stride = 8 + state.bytes;
    this.#update = kernel(kernels, state.update);
    this.#merge = kernel(kernels, state.merge);
    this.#finish = kernel(kernels, state.finish);
    this.#hasher = state.hashes ? new RowHasher(context, owner) : null;
    this.#home = arena.region(owner);
    this.#fresh = this.#home.reserveZeroed(2 * this.#stride);
    this.#carried = this.#fresh + this.#stride;
    state.start?.(arena.view, this.#fresh + 8);
    arena.bytes.copyWithin(this.#carried, this.#fresh, this.#carried);
  }

  add(rows: Grouped, region: Region): Vector {
    const { arena, kernels } = this.#context;
    const { batch, ordinals, groups, units, partitions } = rows;
    const { length } = batch;
    const stride = this.#stride;
    const structs = region.reserve((groups + 2) * stride);
    arena.bytes.copyWithin(structs, this.#carried, this.#carried + stride);
    kernels.aggregate_init(structs, stride, 1, groups + 2, this.#fresh);
    const places = region.reserve(length * 4);
    kernels.aggregate_places(ordinals, stride, length, places);
    kernels.aggregate_rows(structs, places, 0, length);
    const { args, validity } = countedRows(this.#aggregate, rows, region, this.#context);
    const values = this.#hasher?.hash(args, length, region);
    const [first = 0, second = validity] = values === undefined ? args.map(({ data }) => data) : [values];
    this.#check(this.#update(structs + 8, places, 0, length, first, second, validity));
    if (this.#running && groups > 0) {
      kernels.window_scan_places(units, partitions, length, stride, (groups + 1) * stride, places);
      this.#check(this.#merge(structs + 8, places, structs + 8, stride, groups));
      kernels.count_merge(structs, places, structs, stride, groups);
    }
    const last = structs + groups * stride;
    arena.bytes.copyWithin(this.#carried, last, last + stride);
    return this.#results(structs, groups + 1, region);
  }

  last(region: Region): Vector {
    return this.#results(this.#carried, 1, region);
  }

  release(): void {
    this.#home.release();
    this.#hasher?.release();
  }

  #results(structs: number, count: number, region: Region): Vector {
    const { type } = this.#aggregate;
    const validity = region.reserveZeroed(bitmapBytes(count));
    const bits = physicalOf(type) === 'bit';
    const data = bits ? region.reserveZeroed(bitmapBytes(count)) : region.reserve(count * widthOf(type));
    const { finish, parameter } = this.#state;
    const failed = this.#finish(structs, structs + 8, this.#stride, count, data, validity, parameter);
    if (failed >= 0) throw this.#overflow();
    return fixedVector(type, count, data, finish === 'count_finish' ? 0 : validity);
  }

  #overflow(): Error {
    return overflow({ name: this.#aggregate.name, result: this.#aggregate.type });
  }

  #check(overflows: number): void {
    if (overflows > 0) throw this.#overflow();
  }
}
