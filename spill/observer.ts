/** Gathers a column's statistics batch by batch. A batch is measured first, so that its storage can be chosen by it. */
import type { Dictionary, Vector } from '../lib/arrow/batch.js';
import { fixedAt } from '../lib/arrow/scalar.js';
import {
  type Bound,
  type ColumnStatistics,
  isWide,
  mergeStatistics,
  noStatistics,
  textBound,
} from '../lib/arrow/statistics.js';
import { type DataType, physicalOf } from '../lib/arrow/types.js';
import { type Kernels, kernel } from '../lib/kernels/wasm.js';
import { Growable, type Region } from '../lib/memory/arena.js';
import { countNulls } from './plain-column.js';
import type { Workspace } from './workspace.js';

const sketchBytes = 8192;

/** What is known of a column of some chunks; plain data. */
export interface Observed {
  readonly statistics: ColumnStatistics;
  /** Of the distinct values; sketches of several are merged without loss. */
  readonly sketch: Uint8Array;
}

/** The statistics of the column in all the chunks. */
export function wholeOf(observed: readonly Observed[], { arena, kernels }: Workspace): ColumnStatistics {
  const whole = observed.map(({ statistics }) => statistics).reduce(mergeStatistics, noStatistics);
  const { distinct } = whole;
  if (distinct === null) return whole;
  const region = arena.region('column statistics');
  try {
    const merged = region.reserve(sketchBytes);
    const one = region.reserve(sketchBytes);
    kernels.sketch_clear(merged);
    for (const { sketch } of observed) {
      arena.bytes.set(sketch, one);
      kernels.sketch_merge(merged, one);
    }
    return { ...whole, distinct: Math.max(distinct, estimateOf(whole, merged, kernels)) };
  } finally {
    region.release();
  }
}

/** At most so many batches in a row are not looked at for distinct values, when the last one brought none. */
const longestRest = 15;

export class Observer {
  readonly #type: DataType;
  readonly #workspace: Workspace;
  /** Where kernels put bounds. */
  readonly #out: number;
  readonly #chunkSketch: number;
  readonly #wholeSketch: number;
  /** Batches that may go by before the sketch looks again; how many did; bounds of what it has seen. */
  #rest = 0;
  #rested = 0;
  #seen: ColumnStatistics = noStatistics;
  /** A byte for each entry of the dictionary: 1 where this chunk uses it. */
  readonly #used: Growable;
  #marked = 0;
  #dictionary: Dictionary | null = null;
  #chunk: ColumnStatistics = noStatistics;
  #whole: ColumnStatistics = noStatistics;

  /** What it holds of fixed size is in `region`, which lives as long. */
  constructor(type: DataType, region: Region, workspace: Workspace) {
    this.#type = type;
    this.#workspace = workspace;
    this.#out = region.reserve(64);
    this.#chunkSketch = region.reserve(sketchBytes);
    this.#wholeSketch = region.reserve(sketchBytes);
    workspace.kernels.sketch_clear(this.#chunkSketch);
    workspace.kernels.sketch_clear(this.#wholeSketch);
    this.#used = new Growable(workspace.arena, 'column statistics');
  }

  /** Nulls, bounds and NaNs of one batch. Of coded text only the nulls. */
  measure(column: Vector): ColumnStatistics {
    const { arena, kernels } = this.#workspace;
    const { type, data, validity, length } = column;
    const physical = physicalOf(type);
    if (type.kind === 'null') return { ...noStatistics, nulls: length };
    if (type.kind === 'list')
      return { ...noStatistics, nulls: countNulls(column, this.#workspace), distinct: null };
    if (column.dictionary !== null || physical === 'bit') {
      const nulls = validity === 0 ? 0 : length - kernels.bitmap_count(validity, length);
      return column.dictionary !== null ? { ...noStatistics, nulls } : this.#bits(column, nulls);
    }
    const out = this.#out;
    if (physical === 'text') {
      const count = kernels.range_text(data, column.offsets, validity, 0, length, out);
      return { ...noStatistics, nulls: length - count, ...this.#texts(count, column.offsets, data) };
    }
    const count = kernel(kernels, `range_${physical}`)(data, validity, length, out);
    const nans = physical === 'f32' || physical === 'f64' ? arena.view.getInt32(out + 32, true) : 0;
    const nulls = length - count - nans;
    if (count === 0) return { ...noStatistics, nulls, nans };
    return { ...noStatistics, nulls, nans, min: this.#value(out), max: this.#value(out + 16) };
  }

  /** Counts a measured batch in. A coded column is given with the dictionary that the chunk will have. */
  add(column: Vector, measured: ColumnStatistics): void {
    const { kernels } = this.#workspace;
    this.#chunk = mergeStatistics(this.#chunk, measured);
    const { data, validity, length } = column;
    const physical = physicalOf(this.#type);
    if (physical === 'bit' || physical === 'list') return;
    if (column.dictionary !== null) this.#mark(column, column.dictionary);
    else if (physical === 'text')
      kernels.sketch_text(data, column.offsets, validity, 0, length, this.#chunkSketch);
    else if (!this.#mayRest(measured)) {
      const before = kernels.sketch_estimate(this.#chunkSketch);
      kernel(kernels, `sketch_${physical}`)(data, validity, length, this.#chunkSketch);
      const quiet = kernels.sketch_estimate(this.#chunkSketch) === before;
      this.#rest = quiet ? Math.min(longestRest, this.#rest * 2 + 1) : 0;
      this.#rested = 0;
      this.#seen = mergeStatistics(this.#seen, measured);
    }
  }

  /** The statistics of the batches since the last chunk. `dictionary` is the chunk's, where it is coded. */
  endChunk(dictionary: Dictionary | null): ColumnStatistics {
    const { kernels, arena } = this.#workspace;
    let chunk = this.#chunk;
    if (dictionary !== null && this.#dictionary !== null) {
      const { offsets, data } = dictionary;
      const used = this.#used.address;
      const count = kernels.range_text(data, offsets, 0, used, this.#marked, this.#out);
      kernels.sketch_text(data, offsets, 0, used, this.#marked, this.#chunkSketch);
      chunk = { ...chunk, distinct: count, ...this.#texts(count, offsets, data) };
    } else if (chunk.distinct !== null) {
      chunk = { ...chunk, distinct: estimateOf(chunk, this.#chunkSketch, kernels) };
    }
    kernels.sketch_merge(this.#wholeSketch, this.#chunkSketch);
    kernels.sketch_clear(this.#chunkSketch);
    arena.bytes.fill(0, this.#used.address, this.#used.address + this.#marked);
    this.#dictionary = null;
    this.#rest = 0;
    this.#seen = noStatistics;
    this.#whole = mergeStatistics(this.#whole, chunk);
    this.#chunk = noStatistics;
    return chunk;
  }

  /** Of all chunks ended so far. */
  observed(): Observed {
    const sketch = this.#workspace.arena.bytes.slice(this.#wholeSketch, this.#wholeSketch + sketchBytes);
    return { statistics: this.#whole, sketch };
  }

  release(): void {
    this.#used.release();
  }

  /** A column of few values shows them soon; values beyond those seen always count. */
  #mayRest(measured: ColumnStatistics): boolean {
    const { min, max } = this.#seen;
    const within =
      measured.min === null || (min !== null && max !== null && measured.min >= min && measured.max! <= max);
    if (!within || this.#rested >= this.#rest) return false;
    this.#rested++;
    return true;
  }

  #mark(column: Vector, dictionary: Dictionary): void {
    if (dictionary.length > this.#marked) {
      this.#used.ensure(dictionary.length);
      this.#workspace.arena.bytes.fill(
        0,
        this.#used.address + this.#marked,
        this.#used.address + dictionary.length,
      );
      this.#marked = dictionary.length;
    }
    this.#dictionary = dictionary;
    this.#workspace.kernels.range_mark_codes(column.data, column.validity, column.length, this.#used.address);
  }

  #bits(column: Vector, nulls: number): ColumnStatistics {
    const { arena, kernels } = this.#workspace;
    const { data, validity, length } = column;
    if (nulls === length) return { ...noStatistics, nulls };
    let map = data;
    const scratch = arena.region('column statistics');
    try {
      if (validity !== 0) {
        map = scratch.reserve((length + 7) >> 3);
        kernels.bitmap_and(data, validity, map, length);
      }
      const trues = kernels.bitmap_count(map, length);
      return { ...noStatistics, nulls, min: trues === length - nulls, max: trues > 0 };
    } finally {
      scratch.release();
    }
  }

  /** The bounds from the rows that range_text found. */
  #texts(count: number, offsets: number, data: number): Partial<ColumnStatistics> {
    if (count === 0) return {};
    const min = this.#text(this.#out, offsets, data);
    const max = this.#text(this.#out + 16, offsets, data);
    // Bytes that are not UTF-8 cannot be told in JSON: then nothing is claimed.
    return {
      min: min?.value ?? '',
      minCut: min === null || min.cut,
      max: max?.value ?? '',
      maxCut: max === null || max.cut,
    };
  }

  #text(row: number, offsets: number, data: number): { value: string; cut: boolean } | null {
    const { view, bytes } = this.#workspace.arena;
    const entry = offsets + view.getInt32(row, true) * 4;
    return textBound(
      bytes.subarray(data + view.getInt32(entry, true), data + view.getInt32(entry + 4, true)),
    );
  }

  #value(at: number): Bound {
    const value = fixedAt(this.#type, at, this.#workspace.arena.view);
    return isWide(this.#type) ? BigInt(value) : value;
  }
}

/** Distinct values by the sketch at the address. */
function estimateOf({ min, max }: ColumnStatistics, sketch: number, kernels: Kernels): number {
  if (min === null || max === null) return 0;
  if (typeof min === 'boolean') return min === max ? 1 : 2;
  const estimate = Math.max(1, Math.round(kernels.sketch_estimate(sketch)));
  // Integers cannot have more values than lie between their bounds.
  if (typeof min === 'bigint' && typeof max === 'bigint') return Math.min(estimate, Number(max - min) + 1);
  return min === max ? 1 : estimate;
}
