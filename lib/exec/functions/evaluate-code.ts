/** A function of the user in an expression: called once for the rows of a batch, with an array for each argument. */
import type { Vector } from '../../arrow/batch.js';
import type { Field } from '../../arrow/schema.js';
import type { DataType } from '../../arrow/types.js';
import type { Runtime } from '../../formats/format.js';
import { nulls } from '../../kernels/convert.js';
import { take } from '../../kernels/take.js';
import { ownValidity, sharedValidity } from '../../kernels/validity.js';
import type { Region } from '../../memory/arena.js';
import type { BoundCall } from '../../plan/bound.js';
import type { FunctionCode } from '../../plan/expr.js';
import { thrownBy, wrongResult } from './failure.js';
import { GivenColumn, Kept } from './given.js';
import { loadedFunction } from './load.js';
import { readerOf } from './read-returned.js';
import { refusalOf } from './refusal.js';
import { arrayKind } from './values.js';

/**
 * The arguments are columns of `length` rows. Where nulls are skipped, the function sees the rows alone in which no
 * argument is null.
 */
export function evaluateCode(
  { name, type }: BoundCall,
  code: FunctionCode,
  args: readonly Vector[],
  length: number,
  region: Region,
  runtime: Runtime,
): Vector {
  if (length === 0) return nulls(type, 0, region);
  const field = { name, type, nullable: code.nullable };
  const valid = code.nulls === 'skip' ? sharedValidity(args, length, region, runtime) : 0;
  if (valid === 0) return called(code, field, args, length, region, runtime);
  const { kernels } = runtime;
  const rows = region.reserve((length + 1) * 4);
  const count = kernels.take_indices(valid, 0, length, rows);
  if (count === 0) return nulls(type, length, region);
  const dense = args.map((arg) => ({ ...take(arg, rows, count, region, runtime), validity: 0 }));
  const made = called(code, field, dense, count, region, runtime);
  const places = region.reserveZeroed((length + 1) * 4);
  kernels.take_scatter(rows, count, 0, places);
  const spread = take(made, places, length, region, runtime);
  if (spread.validity === 0) return { ...spread, validity: valid };
  const validity = ownValidity(spread.validity, length, region, runtime);
  kernels.bitmap_and(validity, valid, validity, length);
  return { ...spread, validity };
}

function called(
  code: FunctionCode,
  field: Field,
  args: readonly Vector[],
  length: number,
  region: Region,
  runtime: Runtime,
): Vector {
  const columns = args.map((arg, i) => {
    kept[i] ??= new Kept();
    return new GivenColumn(arg, kept[i], region, runtime);
  });
  let given: unknown;
  try {
    given = loadedFunction(code)(
      ...columns.map((column, i) => argumentOf(column, code, code.args[i]!)),
      length,
    );
  } catch (error) {
    throw thrownBy(code, error, '');
  }
  const refuse = refusalOf(field, code);
  if (given instanceof Promise) refuse('a promise; only functions of mapBatches may be asynchronous', null);
  const reader = readerOf(given, field, refuse);
  if (reader.length !== length) throw wrongResult(code, `gave ${reader.length} values for ${length} rows`);
  const made = reader.vector(0, length, region, runtime);
  for (const column of columns) GivenColumn.end(column);
  return made;
}

/** Of the arguments by position: no two calls are under way at once. */
const kept: Kept[] = [];

/** Without nulls an array does: a typed one where values are of fixed width, else one of values. */
function argumentOf(column: GivenColumn, code: FunctionCode, type: DataType): unknown {
  if (code.nulls === 'pass') return column;
  return type.kind === 'decimal' || arrayKind(type) === null ? column.toArray() : column.values;
}
