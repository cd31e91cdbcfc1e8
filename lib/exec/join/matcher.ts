/**
 * What comes out when probe rows meet a table of build rows.
 *
 *   probe batch ─▶ first matches ─▶ pairs, a batch at a time ─▶ condition ─▶ out
 *                                          │ marks                │ marks
 *                                          ▼                      ▼
 *                              build rows matched        probe rows matched ─▶ out, when the batch is done
 *                              ─▶ out, when all are done
 *
 * Memory: some 20 bytes a row of the probe batch, and the batch that comes out; a row may have any number of matches.
 */
import { type Batch, bitmapBytes, type Vector } from '../../arrow/batch.js';
import { sliceRows, slices } from '../../arrow/slice.js';
import { rowBytes } from '../../arrow/value-bytes.js';
import { batchBytes } from '../../formats/batch-size.js';
import { nulls } from '../../kernels/convert.js';
import type { JoinTable } from '../../kernels/join-table.js';
import { takeLater } from '../../kernels/take.js';
import type { Region } from '../../memory/arena.js';
import type { Context } from '../context.js';
import { selectRows } from '../evaluate.js';
import type { Memo } from '../memo.js';
import type { Shape, Side } from './shape.js';

/** Pairs of rows: addresses of `count` int32s; 0 for the rows 0, 1, ... */
interface Pairs {
  readonly probe: number;
  readonly build: number;
  readonly count: number;
  /** May a row of the build side be -1? */
  readonly outer: boolean;
}

/** Where matches of the probe side are noted instead of given out: bits from bit `from` on. */
export interface ProbeMarks {
  readonly address: number;
  readonly from: number;
}

export class Matcher {
  readonly #shape: Shape;
  readonly #table: JoinTable;
  readonly #build: Side;
  readonly #probe: Side;
  readonly #context: Context;
  readonly #memo: Memo;
  /** For a probe batch. */
  readonly #rows: Region;
  /** For what comes out of it. */
  readonly #output: Region;

  constructor(shape: Shape, table: JoinTable, build: Side, probe: Side, memo: Memo, context: Context) {
    this.#shape = shape;
    this.#table = table;
    this.#build = build;
    this.#probe = probe;
    this.#context = context;
    this.#memo = memo;
    this.#rows = context.arena.region('join');
    this.#output = context.arena.region('join');
  }

  /** Can a probe row lead to anything, now or later? */
  get wantsProbe(): boolean {
    return this.#table.rows.length > 0 || this.#shape.probe === 'unmatched';
  }

  /** All that a batch of the probe side leads to at once; each batch is valid until the next is asked for. */
  *match(batch: Batch, marks: ProbeMarks | null): Generator<Batch, void, void> {
    const most = this.#rowsAtOnce(batch);
    let from = marks?.from ?? 0;
    for (const piece of slices(batch, most)) {
      yield* this.#matchPiece(piece, marks && { address: marks.address, from }, most);
      from += piece.length;
    }
  }

  /** Rows that come out in a batch: fewer where they are wide. */
  #rowsAtOnce({ columns }: Batch): number {
    const { arena } = this.#context;
    const { rows } = this.#table;
    const bytes = rowBytes(columns, arena.view) + rows.rowBytes;
    return sliceRows(batchBytes(this.#context), bytes);
  }

  *#matchPiece(batch: Batch, marks: ProbeMarks | null, most: number): Generator<Batch, void, void> {
    const { probe, condition } = this.#shape;
    this.#rows.reset();
    const keys = this.#probe.keyColumns.map((column) => batch.columns[column]!);
    const heads = this.#table.find(keys, batch.length, this.#rows);
    if (condition !== null) yield* this.#conditional(batch, heads, marks, most);
    else if (this.#shape.pairs) yield* this.#allPairs(batch, heads, marks, most);
    else if (probe === null) this.#table.mark(heads, batch.length);
    else if (marks !== null) this.#note(heads, batch.length, marks);
    else {
      const { rows, count } = this.#select(heads, batch.length, probe === 'matched');
      yield* this.#alone(batch, rows, count);
    }
  }

  /** The rows of the build side that come out for themselves, when all probe rows have been. */
  *rest(): Generator<Batch, void, void> {
    const { build, condition, pairs } = this.#shape;
    if (build === null) return;
    const table = this.#table;
    if (condition === null && !pairs) table.markAlike();
    for (let chunk = 0; chunk < table.rows.chunks; chunk++) {
      this.#rows.reset();
      const { rows, count } = table.marked(chunk, build === 'matched', this.#rows);
      if (count === 0) continue;
      this.#output.reset();
      yield this.#composed(null, { probe: -1, build: rows, count, outer: false });
    }
  }

  /** The rows of a probe batch that come out for themselves, by marks that were noted. */
  *noted(batch: Batch, { address, from }: ProbeMarks): Generator<Batch, void, void> {
    this.#rows.reset();
    const rows = this.#rows.reserve((batch.length + 1) * 4);
    const wanted = this.#shape.probe === 'matched' ? 1 : 0;
    const count = this.#context.kernels.join_marked(address, from, batch.length, wanted, rows);
    if (from > 0) this.#context.kernels.join_shift(rows, count, -from);
    yield* this.#alone(batch, rows, count);
  }

  release(): void {
    this.#rows.release();
    this.#output.release();
  }

  // ---- without a condition

  *#allPairs(
    batch: Batch,
    heads: number,
    marks: ProbeMarks | null,
    most: number,
  ): Generator<Batch, void, void> {
    const { length } = batch;
    const { build, probe } = this.#shape;
    const table = this.#table;
    if (marks !== null) this.#note(heads, length, marks);
    const outer = probe === 'unmatched' && marks === null;
    if (table.unique && outer) {
      if (build !== null) table.mark(heads, length);
      this.#output.reset();
      yield this.#composed(batch, { probe: 0, build: heads, count: length, outer: true });
      return;
    }
    const open = this.#select(heads, length, true);
    if (table.unique) {
      if (build !== null) table.mark(heads, length);
      if (open.count === 0) return;
      this.#output.reset();
      const probeRows = open.count === length ? 0 : open.rows;
      yield this.#composed(batch, { probe: probeRows, build: open.matches, count: open.count, outer: false });
      return;
    }
    for (const pairs of this.#steps(open, most)) {
      if (build !== null) table.mark(pairs.build, pairs.count);
      this.#output.reset();
      yield this.#composed(batch, pairs);
    }
    if (!outer) return;
    const others = this.#select(heads, length, false);
    yield* this.#alone(batch, others.rows, others.count);
  }

  /** The rows that have a match, and it; or those that have none. */
  #select(heads: number, length: number, matched: boolean): Open {
    const { kernels } = this.#context;
    const rows = this.#rows.reserve((length + 4) * 4);
    if (!matched) return { rows, matches: 0, count: kernels.join_unmatched(heads, length, rows) };
    const matches = this.#rows.reserve((length + 4) * 4);
    return { rows, matches, count: kernels.join_pairs(heads, length, rows, matches) };
  }

  *#steps({ rows, matches, count }: Open, most: number): Generator<Pairs, void, void> {
    if (this.#table.unique) {
      if (count > 0) yield { probe: rows, build: matches, count, outer: false };
      return;
    }
    const { view } = this.#context.arena;
    const outRows = this.#rows.reserve(most * 4);
    const outMatches = this.#rows.reserve(most * 4);
    const left = this.#rows.reserve(4);
    for (let open = count; open > 0; open = view.getInt32(left, true)) {
      const made = this.#table.steps(rows, matches, open, outRows, outMatches, most, left);
      yield { probe: outRows, build: outMatches, count: made, outer: false };
    }
  }

  // ---- with a condition

  *#conditional(
    batch: Batch,
    heads: number,
    marks: ProbeMarks | null,
    most: number,
  ): Generator<Batch, void, void> {
    const { arena, kernels } = this.#context;
    const { build, probe, pairs: gives } = this.#shape;
    const { length } = batch;
    const size = bitmapBytes(length) + 8;
    let own = 0;
    if (probe !== null && marks === null) {
      own = this.#rows.reserve(size);
      arena.bytes.fill(0, own, own + size);
    }
    for (const pairs of this.#steps(this.#select(heads, length, true), most)) {
      this.#output.reset();
      const kept = this.#thoseTrue(batch, pairs);
      if (kept.count === 0) continue;
      if (build !== null) this.#table.mark(kept.build, kept.count);
      if (own !== 0) kernels.join_mark(kept.probe, kept.count, own);
      else if (marks !== null) kernels.join_mark_from(kept.probe, kept.count, marks.address, marks.from);
      if (gives) yield this.#composed(batch, kept);
    }
    if (own === 0) return;
    const rows = this.#rows.reserve((length + 1) * 4);
    const count = kernels.join_marked(own, 0, length, probe === 'matched' ? 1 : 0, rows);
    yield* this.#alone(batch, rows, count);
  }

  #thoseTrue(batch: Batch, pairs: Pairs): Pairs {
    const { kernels } = this.#context;
    const both = this.#both(batch, pairs);
    const { indices, count } = selectRows(
      this.#shape.condition!,
      both,
      this.#output,
      this.#context,
      this.#memo,
    );
    if (count === pairs.count) return pairs;
    const probe = this.#output.reserve((count + 4) * 4);
    const build = this.#output.reserve((count + 4) * 4);
    kernels.take_32(pairs.probe, indices, probe, count);
    kernels.take_32(pairs.build, indices, build, count);
    return { probe, build, count, outer: false };
  }

  // ---- what comes out

  /** Notes which rows have a match. */
  #note(heads: number, length: number, { address, from }: ProbeMarks): void {
    this.#context.kernels.join_mark_heads(heads, length, address, from);
  }

  /** Rows of the probe side for themselves. */
  *#alone(batch: Batch, rows: number, count: number): Generator<Batch, void, void> {
    if (count === 0) return;
    this.#output.reset();
    const probe = count === batch.length ? 0 : rows;
    yield this.#composed(batch, { probe, build: -1, count, outer: false });
  }

  /** The columns that come out; without a batch, or with rows at -1, those of that side are null, if they come out at all. */
  #composed(batch: Batch | null, pairs: Pairs): Batch {
    const { buildsLeft, pairs: gives } = this.#shape;
    if (gives) return this.#both(batch, pairs);
    const columns = buildsLeft ? this.#buildColumns(pairs) : this.#probeColumns(batch, pairs);
    return { length: pairs.count, columns };
  }

  #both(batch: Batch | null, pairs: Pairs): Batch {
    const build = this.#buildColumns(pairs);
    const probe = this.#probeColumns(batch, pairs);
    const columns = this.#shape.buildsLeft ? [...build, ...probe] : [...probe, ...build];
    return { length: pairs.count, columns };
  }

  #buildColumns({ build, count, outer }: Pairs): Vector[] {
    const { types, width } = this.#build;
    const { rows } = this.#table;
    return types
      .slice(0, width)
      .map((type, i) =>
        build === -1 || rows.length === 0
          ? nulls(type, count, this.#output)
          : rows.take(i, build, count, this.#output, outer),
      );
  }

  #probeColumns(batch: Batch | null, { probe, count }: Pairs): Vector[] {
    const { types, width } = this.#probe;
    if (batch === null) return types.slice(0, width).map((type) => nulls(type, count, this.#output));
    const columns = batch.columns.slice(0, width);
    if (probe === 0) return columns;
    return columns.map((column) => takeLater(column, probe, count, this.#output, this.#context));
  }
}

/** Rows of the probe side and a row that matches each. */
interface Open {
  readonly rows: number;
  readonly matches: number;
  readonly count: number;
}
