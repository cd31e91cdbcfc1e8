import { type DataType, typeName } from '../arrow/types.js';
import { queryError } from '../errors.js';

/** Lists are not compared: there is no `what` of them. `what` is said as an order: "sort by x". */
export function refuseList(type: DataType, what: string): void {
  if (type.kind !== 'list') return;
  throw queryError(
    `cannot ${what}: it is a list (${typeName(type)}); take an element with list_extract, its len, or cast it to utf8`,
  );
}
