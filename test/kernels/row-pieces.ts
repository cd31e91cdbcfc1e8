import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RowPieces } from '../../lib/kernels/row-pieces.js';
import { Arena } from '../../lib/memory/arena.js';

const test = suite('row pieces');

/** Stride, widest stride, rows. */
for (const [stride, widest, rows] of [
  [8, 16, 200_000],
  [40, 64, 150_000],
  [8, 2 ** 20, 50],
] as const) {
  test(`rows of ${stride} bytes, up to ${widest}, stay where they are and keep what is in them`, () => {
    const arena = new Arena(2 ** 26);
    const home = arena.region('test');
    const pieces = new RowPieces(stride, widest, home, arena, 'test');
    const { view } = arena;
    assert.is(pieces.room, 0);
    let moved = 0;
    for (let row = 0; row < rows; row++) {
      if (row >= pieces.room) {
        const before = row > 2 ** pieces.shift ? pieces.addressOf(row - 1) : 0;
        const most = pieces.bytesFor(row + 1);
        assert.ok(pieces.tryReserve(row + 1));
        assert.ok(pieces.room >= Math.min(row + 1, pieces.roomFor(row + 1)));
        assert.ok(pieces.held <= most + 65536, `${pieces.held} of ${most}`);
        if (before !== 0) assert.is(pieces.addressOf(row - 1), before);
        moved++;
      }
      view.setUint32(pieces.addressOf(row), row, true);
    }
    assert.ok(moved > 0 && (rows < 2 ** pieces.shift || moved > 2));
    const address = (row: number): number =>
      view.getUint32(pieces.table + (row >> pieces.shift) * 4, true) +
      (row & (2 ** pieces.shift - 1)) * pieces.stride;
    const check = (): void => {
      let next = 0;
      for (const span of pieces.spans(0, rows)) {
        assert.is(span.from, next);
        for (let i = 0; i < span.length; i++) {
          assert.is(span.address + i * pieces.stride, address(next));
          assert.is(view.getUint32(address(next), true), next++);
        }
      }
      assert.is(next, rows);
    };
    check();
    pieces.widen(widest, rows, (from, to, count) => {
      for (let i = 0; i < count; i++)
        view.setUint32(to + i * widest, view.getUint32(from + i * stride, true), true);
    });
    check();
    assert.not(pieces.tryReserve(2 ** 26 / widest));
    check();
    pieces.release();
    home.release();
    assert.is(arena.reserved, 0);
  });
}

test.run();
