/** Record batches as plain objects: a convenience for small results, one object a row. */
import * as arrow from 'apache-arrow';
import type { Value } from './types.js';

export function* rowsOf(batch: arrow.RecordBatch): Generator<Record<string, Value>, void, void> {
  const columns = batch.schema.fields.map(({ name, type }, i) => {
    const vector = batch.getChildAt(i)!;
    return { name, read: readerOf(type, vector) };
  });
  for (let row = 0; row < batch.numRows; row++) {
    const object: Record<string, Value> = {};
    for (const { name, read } of columns) object[name] = read(row);
    yield object;
  }
}

/** apache-arrow gives dates and timestamps as milliseconds and decimals as words; nothing must be lost here. */
function readerOf(type: arrow.DataType, vector: arrow.Vector): (row: number) => Value {
  const values = vector.data[0]!.values as BigInt64Array;
  if (arrow.DataType.isTimestamp(type)) return (row) => (vector.isValid(row) ? values[row]! : null);
  if (arrow.DataType.isDate(type))
    return (row) => (vector.isValid(row) ? new Date(vector.get(row) as number) : null);
  if (arrow.DataType.isDecimal(type)) {
    const words = new BigInt64Array(vector.data[0]!.values.buffer);
    return (row) =>
      vector.isValid(row)
        ? decimalText((words[row * 2 + 1]! << 64n) | BigInt.asUintN(64, words[row * 2]!), type.scale)
        : null;
  }
  return (row) => vector.get(row) as Value;
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
