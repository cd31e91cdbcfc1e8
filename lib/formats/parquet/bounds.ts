/** The least and greatest value of a dense column, as hyparquet-writer takes them for a footer's statistics. */
import type { ColumnMetaData } from 'hyparquet';
import type { Vector } from '../../arrow/batch.js';
import { fixedAt } from '../../arrow/scalar.js';
import { physicalOf } from '../../arrow/types.js';
import { kernel } from '../../kernels/wasm.js';
import type { Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';

type Bounds = Pick<NonNullable<ColumnMetaData['statistics']>, 'min_value' | 'max_value'>;

/** A bound is cut to fewer bytes when it is written; if it is, the greatest is raised. */
const textBytes = 64;

/** Empty where there is no value, or none but NaN. Of zeros the least is -0 and the greatest 0, as Parquet wants it. */
export function bounds(column: Vector, region: Region, runtime: Runtime): Bounds {
  const { arena, kernels } = runtime;
  const { type, length, data, offsets } = column;
  const physical = physicalOf(type);
  if (type.kind === 'null' || length === 0) return {};
  if (physical === 'list') return {};
  if (physical === 'bit') {
    const ones = kernels.bitmap_count(data, length);
    return { min_value: ones === length, max_value: ones > 0 };
  }
  const out = region.reserve(64);
  if (physical === 'text') {
    kernels.range_text(data, offsets, 0, 0, length, out);
    const text = (at: number): Uint8Array => {
      const row = arena.view.getInt32(at, true);
      const start = arena.view.getInt32(offsets + row * 4, true);
      const end = arena.view.getInt32(offsets + row * 4 + 4, true);
      return arena.bytes.slice(data + start, data + Math.min(end, start + textBytes));
    };
    return { min_value: text(out), max_value: text(out + 16) };
  }
  if (kernel(kernels, `range_${physical}`)(data, 0, length, out) === 0) return {};
  const [least, greatest] = [out, out + 16].map((at) => fixedAt(type, at, arena.view));
  return { min_value: least === 0 ? -0 : least!, max_value: greatest === 0 ? 0 : greatest! };
}
