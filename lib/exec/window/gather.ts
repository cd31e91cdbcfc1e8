import type { Vector } from '../../arrow/batch.js';
import { nulls } from '../../kernels/convert.js';
import { take } from '../../kernels/take.js';
import type { Region } from '../../memory/arena.js';
import type { Context } from '../context.js';
import { inOrder } from './in-order.js';
import type { Pages } from './pages.js';

/** As kernels write it where there is no row. */
const noRow = -(2 ** 31);

/**
 * Values of a column of pages, null where there is no row. `rows` is the address of `count` int32s that never decrease,
 * rows counted from `base` on.
 */
export function gather(
  pages: Pages,
  column: number,
  rows: number,
  count: number,
  base: number,
  into: Region,
  context: Context,
): Vector {
  const { kernels } = context;
  const places = into.reserve((count + 4) * 4);
  const parts: Vector[] = [];
  for (let at = 0; at < count; ) {
    const first = kernels.window_next_row(rows, at, count);
    if (first === noRow) {
      parts.push(nulls(pages.types[column]!, count - at, into));
      break;
    }
    const page = pages.pageOf(base + first);
    const to = kernels.window_page_rows(rows, at, count, page.start - base, page.end - base, places);
    const values = pages.batch(page).columns[column]!;
    parts.push(take(values, places + at * 4, to - at, into, context, true));
    at = to;
  }
  return inOrder(parts, into, context);
}
