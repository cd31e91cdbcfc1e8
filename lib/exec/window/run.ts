/** What is known of rows that come sorted by partition and order: a value for each group of neighbours, as of its end. */
import type { Batch, Vector } from '../../arrow/batch.js';
import type { Region } from '../../memory/arena.js';
import type { Memo } from '../memo.js';

/** What a group of neighbours is. */
export type Unit = 'rows' | 'peers' | 'partitions';

/** The columns of bits that say where partitions and peers begin. */
export interface Marks {
  readonly partitions: number;
  readonly peers: number;
}

/** A batch of sorted rows and the groups in it: single rows, peers or partitions; see assembly/window.ts. */
export interface Grouped {
  readonly batch: Batch;
  readonly memo: Memo;
  /** Bitmaps of where partitions, peers and groups begin; `units` is 0 where each row is a group. */
  readonly partitions: number;
  readonly peers: number;
  readonly units: number;
  /** Address of the rows' groups: 0 is the one left open by the batch before. */
  readonly ordinals: number;
  /** How many begin in the batch. */
  readonly groups: number;
}

export interface Run {
  /**
   * The values of groups 0, 1, ... up to `groups`. Where groups are not single rows, the last may go on in the next
   * batch: what is given for it is not looked at.
   */
  add(rows: Grouped, region: Region): Vector | Promise<Vector>;
  /** The value of the group that is open at the end. */
  last(region: Region): Vector | Promise<Vector>;
  release(): void;
}
