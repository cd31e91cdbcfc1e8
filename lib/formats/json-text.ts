/** Values as JSON writes them. */
import { bitmapBytes, childOf, type Vector } from '../arrow/batch.js';
import { type DataType, familyOf } from '../arrow/types.js';
import { denseLists } from '../kernels/slice.js';
import { listTexts, toText } from '../kernels/to-text.js';
import type { Region } from '../memory/arena.js';
import type { Runtime } from './format.js';
import { type Quoting, quoteTexts } from './quoting.js';

export function jsonQuoting({ kernels }: Runtime): Quoting {
  return { bytes: kernels.json_quoted_bytes, write: kernels.json_quoted, rules: 0 };
}

export const isJsonString = (type: DataType): boolean =>
  ['text', 'date', 'timestamp'].includes(familyOf(type));

/** Floats that are not finite become null, as in JSON.stringify: JSON has no words for them. */
export function finiteOnly(column: Vector, region: Region, runtime: Runtime): Vector {
  const { kind } = column.type;
  if (kind !== 'float32' && kind !== 'float64') return column;
  const validity = region.reserve(bitmapBytes(column.length));
  const finite = kind === 'float32' ? runtime.kernels.json_finite_f32 : runtime.kernels.json_finite_f64;
  finite(column.data, column.validity, column.length, validity);
  return { ...column, validity };
}

/** Each list as a JSON array: `[1,2]`, `["a",null]`. */
export function listsAsJson(column: Vector, region: Region, runtime: Runtime): Vector {
  const lists = denseLists(column, region, runtime.kernels);
  const elements = childOf(lists);
  if (elements.type.kind === 'list')
    return listTexts(lists, listsAsJson(elements, region, runtime), ',', region, runtime.kernels);
  const texts = toText(finiteOnly(elements, region, runtime), region, runtime);
  const quoted = isJsonString(elements.type) ? quoteTexts(texts, jsonQuoting(runtime), region) : texts;
  return listTexts(lists, quoted, ',', region, runtime.kernels);
}
