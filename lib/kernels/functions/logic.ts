/** Three-valued logic and the choice among values. */
import { bitmapBytes, fixedVector, type Vector } from '../../arrow/batch.js';
import { bool } from '../../arrow/types.js';
import { dataError } from '../../errors.js';
import { type Comparison, columnOf, comparedBits } from '../compare.js';
import type { Datum } from '../datum.js';
import { merge } from '../merge.js';
import { comparable, unified } from '../signature.js';
import { ownValidity, validityOf } from '../validity.js';
import { allOf, type Call, type FunctionRow, never, row } from './row.js';

export const logicRows: readonly FunctionRow[] = [
  row({
    name: 'and',
    params: ['boolean', 'boolean', 'boolean*'],
    result: bool,
    nulls: 'own',
    run: null,
    doc: 'all are true; false if one is false, else null if one is null',
  }),
  row({
    name: 'or',
    params: ['boolean', 'boolean', 'boolean*'],
    result: bool,
    nulls: 'own',
    run: null,
    doc: 'one is true; true if one is true, else null if one is null',
  }),
  row({ name: 'not', params: ['boolean'], result: bool, run: not, doc: 'true for false, false for true' }),
  row({
    name: 'is_null',
    aliases: ['isnull'],
    params: ['any'],
    result: bool,
    nulls: 'own',
    nullable: never,
    run: (call) => known(call, false),
    spark: 'isnull',
    doc: 'there is no value',
  }),
  row({
    name: 'is_not_null',
    aliases: ['isnotnull', 'notnull'],
    params: ['any'],
    result: bool,
    nulls: 'own',
    nullable: never,
    run: (call) => known(call, true),
    spark: 'isnotnull',
    doc: 'there is a value',
  }),
  row({
    name: 'if',
    aliases: ['iff'],
    params: ['boolean', 'any', 'any'],
    result: (args) => unified()(args.slice(1)),
    nulls: 'own',
    run: null,
    doc: 'b where a is true, else c; bound as a case',
  }),
  row({
    name: 'single_row',
    params: ['integer', 'any'],
    result: (args) => ({ args, result: args[1]! }),
    nulls: 'own',
    nullable: ([, value]) => value!,
    fails: true,
    run: singleRow,
    spark: null,
    doc: 'b; an error where a, the number of rows that a subquery gave for it, is more than 1',
  }),
  row({
    name: 'coalesce',
    aliases: ['ifnull'],
    params: ['any', 'any*'],
    result: unified(),
    adapts: true,
    nulls: 'own',
    nullable: allOf,
    run: null,
    doc: 'the first argument that is not null; those after it are not evaluated',
  }),
  row({
    name: 'greatest',
    params: ['any', 'any*'],
    result: comparable(),
    adapts: true,
    nulls: 'own',
    nullable: allOf,
    run: (call) => extreme(call, 'gt'),
    doc: 'the greatest of the arguments that are not null',
  }),
  row({
    name: 'least',
    params: ['any', 'any*'],
    result: comparable(),
    adapts: true,
    nulls: 'own',
    nullable: allOf,
    run: (call) => extreme(call, 'lt'),
    doc: 'the least of the arguments that are not null',
  }),
];

function not({ args, length, validity, region, machine }: Call): Vector {
  const out = region.reserve(bitmapBytes(length));
  machine.kernels.logic_not(columnOf(args[0]!, length, region, machine).data, out, length);
  return fixedVector(bool, length, out, validity);
}

function singleRow({ args, length, region, machine }: Call): Vector {
  const [rows, value] = args as [Datum, Datum];
  const column = columnOf(rows, length, region, machine);
  const many = comparedBits('gt', column, { type: column.type, value: '1' }, length, region, machine);
  if (machine.kernels.bitmap_count(many, length) > 0)
    throw dataError(
      'a subquery that is used as a value gave more than one row; use an aggregate, or limit 1',
    );
  return columnOf(value, length, region, machine);
}

function known({ args, length, region, machine }: Call, wanted: boolean): Vector {
  const out = ownValidity(validityOf(args[0]!, length, region), length, region, machine);
  if (!wanted) machine.kernels.logic_not(out, out, length);
  return fixedVector(bool, length, out);
}

/** One after another: the later value is taken where it is more extreme, or where there is none so far. */
function extreme({ args, length, region, machine }: Call, comparison: Comparison): Vector {
  const { kernels } = machine;
  let best = columnOf(args[0]!, length, region, machine);
  for (const arg of args.slice(1)) {
    const next = columnOf(arg, length, region, machine);
    const better = comparedBits(comparison, next, best, length, region, machine);
    if (next.validity !== 0) kernels.bitmap_and(better, next.validity, better, length);
    if (best.validity !== 0) {
      const missing = region.reserve(bitmapBytes(length));
      kernels.logic_not(best.validity, missing, length);
      kernels.logic_bitor(better, missing, better, length);
    }
    const rows = region.reserve((length + 4) * 4);
    kernels.take_choice(better, length, rows);
    best = merge([best, next], rows, length, region, machine);
  }
  return best;
}
