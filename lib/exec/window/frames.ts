/** Which rows each row looks at, among sorted rows held in memory. */
import type { Vector } from '../../arrow/batch.js';
import { type DataType, familyOf, float64, int64, physicalOf } from '../../arrow/types.js';
import type { Kernels } from '../../kernels/wasm.js';
import type { Region } from '../../memory/arena.js';
import type { BoundFrame, BoundFrameEnd } from '../../plan/bind-window.js';

/** Addresses of the first and the last row, as int32, for each row; the frame is empty where the first is after the last. */
export interface Frames {
  readonly firsts: number;
  readonly lasts: number;
  /** As `firsts`: rows before this one are not looked at. */
  readonly from: number;
  /** Addresses of what has to be known before a frame is complete: the rows it looks ahead to; null where it never does. */
  readonly ahead: number | null;
}

/** The rows of the partitions and groups of peers of held rows. */
export class Held {
  readonly length: number;
  readonly region: Region;
  readonly kernels: Kernels;
  readonly #partitions: Vector;
  readonly #peers: Vector;
  #bounds: Bounds | null = null;
  #peerBounds: Bounds | null = null;
  #groups: { readonly ordinals: number; readonly list: number; readonly count: number } | null = null;

  /** The columns of bits where partitions and peers begin; what is worked out is placed in `region`. */
  constructor(partitions: Vector, peers: Vector, region: Region, kernels: Kernels) {
    this.length = partitions.length;
    this.region = region;
    this.kernels = kernels;
    this.#partitions = partitions;
    this.#peers = peers;
  }

  get partitions(): Bounds {
    this.#bounds ??= this.#boundsOf(this.#partitions);
    return this.#bounds;
  }

  get peers(): Bounds {
    this.#peerBounds ??= this.#boundsOf(this.#peers);
    return this.#peerBounds;
  }

  /** The ordinal of each row's group of peers, from 1 on, and the first row of each. */
  get groups(): { readonly ordinals: number; readonly list: number; readonly count: number } {
    if (this.#groups === null) {
      const { region, kernels, length } = this;
      const ordinals = region.reserve(length * 4);
      const list = region.reserve((length + 1) * 4);
      // The first row held may be within a group.
      const bits = region.arena.bytes;
      const first = bits[this.#peers.data]!;
      bits[this.#peers.data] = first | 1;
      kernels.window_ordinals(this.#peers.data, length, ordinals);
      const count = kernels.take_indices(this.#peers.data, 0, length, list);
      bits[this.#peers.data] = first;
      this.#groups = { ordinals, list, count };
    }
    return this.#groups;
  }

  #boundsOf(bits: Vector): Bounds {
    const starts = this.region.reserve(this.length * 4);
    const ends = this.region.reserve(this.length * 4);
    this.kernels.window_bounds(bits.data, this.length, starts, ends);
    return { starts, ends };
  }
}

interface Bounds {
  readonly starts: number;
  readonly ends: number;
}

/** The one sort key of a range with offsets, in the type its ends are computed in. */
export interface RangeKey {
  readonly column: Vector;
  readonly descending: boolean;
}

/** The type that a sort key is compared in where ranges have offsets. */
export function rangeKeyType(type: DataType): DataType {
  if (familyOf(type) === 'float') return float64;
  return familyOf(type) === 'integer' ? int64 : type;
}

export function framesOf(frame: BoundFrame, held: Held, key: RangeKey | null): Frames {
  const firsts = endOf(frame.unit, frame.start, true, held, key);
  const lasts = endOf(frame.unit, frame.end, false, held, key);
  const { kind } = frame.end;
  const behind = frame.unit === 'rows' && (kind === 'current row' || kind === 'preceding');
  return { firsts, lasts, from: firsts, ahead: behind ? null : lasts };
}

function endOf(
  unit: BoundFrame['unit'],
  end: BoundFrameEnd,
  first: boolean,
  held: Held,
  key: RangeKey | null,
): number {
  const { kernels, region, length, partitions } = held;
  const { starts, ends } = partitions;
  if (end.kind === 'unbounded preceding') return starts;
  if (end.kind === 'unbounded following') return ends;
  if (end.kind === 'current row' && unit !== 'rows') return first ? held.peers.starts : held.peers.ends;
  const out = region.reserve(length * 4);
  const flag = first ? 1 : 0;
  const sign = end.kind === 'preceding' ? -1 : 1;
  if (unit === 'rows') kernels.window_rows_end(starts, ends, length, sign * Number(end.offset), flag, out);
  else if (unit === 'groups') {
    const { ordinals, list, count } = held.groups;
    const offset = sign * Number(end.offset);
    kernels.window_groups_end(starts, ends, ordinals, list, count, length, offset, flag, out);
  } else {
    const { column, descending } = key!;
    const onward = descending ? -sign : sign;
    const rows = [starts, ends, column.data, column.validity, length] as const;
    const how = [descending ? 1 : 0, flag, out] as const;
    const physical = physicalOf(column.type);
    if (physical === 'f64') kernels.window_range_end_f64(...rows, onward * Number(end.offset), ...how);
    else {
      const rangeEnd = physical === 'i32' ? kernels.window_range_end_i32 : kernels.window_range_end_i64;
      rangeEnd(...rows, BigInt(onward) * clamped(wholeOffset(end, first)), ...how);
    }
  }
  return out;
}

/** Whole keys are at least d - 1.5 away where they are d - 1, and at most where they are d - 2. */
function wholeOffset({ kind, offset }: BoundFrameEnd, first: boolean): bigint {
  if (typeof offset === 'bigint') return offset;
  return BigInt(first === (kind === 'preceding') ? Math.floor(offset) : Math.ceil(offset));
}

const mostOffset = 2n ** 63n - 1n;

const clamped = (offset: bigint): bigint => (offset > mostOffset ? mostOffset : offset);
