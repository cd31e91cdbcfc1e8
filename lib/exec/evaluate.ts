/** Bound expressions over batches: one column for each expression. */
import { type Batch, fixedVector, type Vector } from '../arrow/batch.js';
import { bool, type DataType, physicalOf } from '../arrow/types.js';
import { unreachable } from '../errors.js';
import type { Runtime } from '../formats/format.js';
import { convertColumn, nulls } from '../kernels/convert.js';
import { type Datum, isConstant, materialize } from '../kernels/datum.js';
import { findFunction } from '../kernels/functions.js';
import { mustBeConstant } from '../kernels/signature.js';
import { decoded, take } from '../kernels/take.js';
import { ownValidity, sharedValidity } from '../kernels/validity.js';
import type { Region } from '../memory/arena.js';
import type { Bound, BoundCall, BoundCast, BoundLiteral } from '../plan/bound.js';
import { evaluateCase, evaluateCoalesce, evaluateLogic } from './branches.js';
import { codeEvaluator } from './functions/load.js';
import type { Memo } from './memo.js';

/** What an evaluation needs besides the expression. */
export interface Scope {
  readonly batch: Batch;
  readonly region: Region;
  readonly runtime: Runtime;
  readonly memo: Memo | null;
}

/**
 * The value in every row of the batch, in `region` unless it is a column of the batch. With a memo, functions of
 * coded text are computed once for each entry of a dictionary and their results stay coded.
 */
export function evaluate(
  bound: Bound,
  batch: Batch,
  region: Region,
  runtime: Runtime,
  memo: Memo | null = null,
): Vector {
  return evaluateColumn(bound, { batch, region, runtime, memo });
}

/**
 * The rows where the predicate is true, neither false nor null: the address of `count` ascending int32s in
 * `region`.
 */
export function selectRows(
  predicate: Bound,
  batch: Batch,
  region: Region,
  runtime: Runtime,
  memo: Memo | null = null,
): { readonly indices: number; readonly count: number } {
  const bits = evaluate(predicate, batch, region, runtime, memo);
  const indices = region.reserve((batch.length + 1) * 4);
  return {
    indices,
    count: runtime.kernels.take_indices(bits.data, bits.validity, batch.length, indices),
  };
}

export function evaluateColumn(bound: Bound, scope: Scope): Vector {
  const datum = evaluateDatum(bound, scope);
  return isConstant(datum) ? materialize(datum, scope.batch.length, scope.region, scope.runtime) : datum;
}

function evaluateDatum(bound: Bound, scope: Scope): Datum {
  switch (bound.op) {
    case 'column':
      return scope.batch.columns[bound.index]!;
    case 'literal':
      return bound;
    case 'cast':
      return evaluateCast(bound, scope);
    case 'case':
      return evaluateCase(bound, scope);
    case 'call':
      if (bound.code !== undefined) {
        const args = bound.args.map((arg) => evaluateColumn(arg, scope));
        return codeEvaluator()(bound, bound.code, args, scope.batch.length, scope.region, scope.runtime);
      }
      if (bound.name === 'and' || bound.name === 'or') return evaluateLogic(bound, scope);
      if (bound.name === 'coalesce') return evaluateCoalesce(bound, scope);
      return evaluateCall(bound, scope);
    default:
      return unreachable(bound, 'expression');
  }
}

function evaluateCast(bound: BoundCast, scope: Scope): Datum {
  const { region, runtime } = scope;
  const input = evaluateColumn(bound.input, scope);
  const convert = (lenient: boolean) => (column: Vector, into: Region) =>
    convertColumn(column, bound.type, lenient, into, runtime);
  if (input.dictionary !== null) {
    const mapped = perEntry(bound, input, convert(true), true, scope);
    // An entry that is no such value is an error only if a row has it.
    if (mapped !== null && (bound.try || validCount(mapped, runtime) === validCount(input, runtime)))
      return mapped;
  }
  return convert(bound.try)(decoded(input, region, runtime), region);
}

function validCount({ validity, length }: Vector, { kernels }: Runtime): number {
  return validity === 0 ? length : kernels.bitmap_count(validity, length);
}

function evaluateCall(bound: BoundCall, scope: Scope): Datum {
  const { batch, region, runtime } = scope;
  const row = findFunction(bound.name);
  if (!row?.run) throw new Error(`bug: ${bound.name} cannot be evaluated`);
  const { run } = row;
  const { length } = batch;
  const { name, type } = bound;
  const args = bound.args.map((arg) => evaluateDatum(arg, scope));
  const strict = row.nulls === 'strict';
  if (strict && args.some((arg) => isConstant(arg) && arg.value === null)) return nulls(type, length, region);
  const columns = args.filter((arg): arg is Vector => !isConstant(arg));
  if (columns.length === 0 && args.length > 0) {
    // Only constants: the optimizer folds such calls, unless they fail. What must be a constant stays one.
    const index = args.findIndex((_, i) => !mustBeConstant(row.params, i));
    args[index] = materialize(args[index] as BoundLiteral, length, region, runtime);
  }
  const only = columns.length === 1 ? columns[0]! : null;
  const compute = (column: Vector, into: Region): Vector => {
    const plain = args.map((arg) => (arg === only ? column : plainArgument(arg, scope)));
    const validity = strict ? sharedValidity(plain, column.length, into, runtime) : 0;
    return run({ name, args: plain, type, length: column.length, validity, region: into, machine: runtime });
  };
  if (only !== null && only.dictionary !== null && (strict || row.name === 'in')) {
    const mapped = perEntry(bound, only, compute, !row.fails, scope);
    if (mapped !== null) return mapped;
  }
  const plain = nullTests.has(name) ? args : args.map((arg) => plainArgument(arg, scope));
  const validity = strict ? sharedValidity(plain, length, region, runtime) : 0;
  return run({ name, args: plain, type, length, validity, region, machine: runtime });
}

/** Functions that do not look at the values. */
const nullTests = new Set(['is_null', 'is_not_null']);

function plainArgument(arg: Datum, { region, runtime }: Scope): Datum {
  return isConstant(arg) ? arg : decoded(arg, region, runtime);
}

/** Without a memo a dictionary of so many entries more than there are rows is not worth a computation of its own. */
const spareEntries = 256;

/**
 * A strict function of one coded column, computed for the entries of its dictionary. Null where that does not pay, or
 * where it fails (an entry that no row has must not raise an error).
 */
function perEntry(
  bound: Bound,
  column: Vector,
  compute: (texts: Vector, into: Region) => Vector,
  safe: boolean,
  scope: Scope,
): Vector | null {
  const { batch, region, runtime, memo } = scope;
  const { dictionary } = column;
  if (dictionary === null || !safe) return null;
  if (dictionary.length === 0) return nulls(bound.type, batch.length, region);
  let entries: Vector;
  // A memo keeps no lists.
  if (memo !== null && bound.type.kind !== 'list') {
    entries = memo.entries(bound, dictionary, (texts) => compute(texts, region), region);
  } else {
    if (dictionary.length > batch.length + spareEntries) return null;
    const texts = { ...column, length: dictionary.length, validity: 0, dictionary: null };
    entries = compute({ ...texts, data: dictionary.data, offsets: dictionary.offsets }, region);
  }
  return byCode(entries, column, bound.type, region, runtime);
}

/** The result of each row's entry; null where the row is null. */
function byCode(entries: Vector, column: Vector, type: DataType, region: Region, runtime: Runtime): Vector {
  const { kernels } = runtime;
  const { length, data: codes } = column;
  const only = physicalOf(type) === 'bit' && entries.validity === 0 ? onlyEntry(entries, runtime) : -1;
  if (only >= 0) {
    // One entry is true: comparing codes is faster than looking bits up.
    const bits = region.reserve((length + 7) >> 3);
    const wanted = region.reserve(4);
    runtime.arena.view.setInt32(wanted, only, true);
    kernels.compare_eq_i32(codes, wanted, 0, bits, length, 0);
    return fixedVector(bool, length, bits, column.validity);
  }
  const taken = take(entries, codes, length, region, runtime);
  if (taken.validity === 0) return { ...taken, validity: column.validity };
  if (column.validity === 0) return taken;
  const validity = ownValidity(taken.validity, length, region, runtime);
  kernels.bitmap_and(validity, column.validity, validity, length);
  return { ...taken, validity };
}

/** The one entry whose bit is set; -1 if there is not exactly one. */
function onlyEntry(entries: Vector, { arena, kernels }: Runtime): number {
  if (kernels.bitmap_count(entries.data, entries.length) !== 1) return -1;
  for (let byte = 0; ; byte++) {
    const bits = arena.bytes[entries.data + byte]!;
    if (bits !== 0) return byte * 8 + 31 - Math.clz32(bits & -bits);
  }
}
