/** What is measured, found or picked in lists. */
import { bitmapBytes, childOf, fixedVector, listVector, type Vector } from '../../arrow/batch.js';
import { bool, int32 } from '../../arrow/types.js';
import { AggregateStates } from '../aggregate-states.js';
import type { AggregateRow } from '../aggregates.js';
import { columnOf, comparedBits } from '../compare.js';
import { isConstant, operandOf } from '../datum.js';
import { GroupTable } from '../group-table.js';
import { denseLists } from '../slice.js';
import { encodeSortKeys, sortOrder } from '../sort-keys.js';
import { decoded, take } from '../take.js';
import { ownValidity } from '../validity.js';
import type { Call } from './row.js';

export function lengths(call: Call): Vector {
  const { type, length, validity, region, machine } = call;
  const lists = listsOf(call);
  const out = region.reserve(length * 8);
  machine.kernels.list_length(lists.offsets, length, out);
  return fixedVector(type, length, out, validity);
}

/** The wanted value is laid beside every element, unless it is constant. */
export function contained(call: Call): Vector {
  const { args, length, validity, region, machine } = call;
  const lists = listsOf(call);
  const elements = childOf(lists);
  const out = region.reserve(bitmapBytes(length));
  const wanted = args[1]!;
  const beside = isConstant(wanted)
    ? wanted
    : take(wanted, ownersOf(lists, call), elements.length, region, machine);
  const same =
    elements.length === 0 ? 0 : comparedBits('eq', elements, beside, elements.length, region, machine);
  machine.kernels.list_any(lists.offsets, length, same, elements.validity, out);
  return fixedVector(bool, length, out, validity);
}

export function elementAt(call: Call): Vector {
  const { args, length, validity, region, machine } = call;
  const lists = listsOf(call);
  const n = operandOf(args[1]!, region, machine);
  const rows = region.reserve(length * 4);
  machine.kernels.list_nth(lists.offsets, length, n.address, n.step, rows);
  const found = take(childOf(lists), rows, length, region, machine, true);
  if (validity !== 0) machine.kernels.bitmap_and(found.validity, validity, found.validity, length);
  return found;
}

/** Lists are the groups of an aggregation. */
export function summarized(call: Call, row: AggregateRow): Vector {
  const { args, length, validity, type, region, machine } = call;
  const lists = listsOf(call);
  let elements = childOf(lists);
  if (validity !== 0) {
    // What lies in a list that is null must not overflow.
    const known = ownValidity(elements.validity, elements.length, region, machine);
    machine.kernels.list_mask(lists.offsets, validity, length, known);
    elements = { ...elements, validity: known };
  }
  const { state } = row.typing([elements.type])!;
  const spec = {
    name: call.name,
    state,
    result: type,
    args: [0],
    filter: -1,
    distinct: false,
    parameter: 0.5,
  };
  const states = new AggregateStates([spec], [elements.type], machine, args.length === 0 ? '' : call.name);
  try {
    states.update(ownersOf(lists, call), length, elements.length, [elements], region);
    states.growEmpty(length);
    const found = states.finish(0, 0, length, region);
    if (validity === 0) return found;
    const both = ownValidity(found.validity, length, region, machine);
    machine.kernels.bitmap_and(both, validity, both, length);
    return { ...found, validity: both };
  } finally {
    states.release();
  }
}

/** Sorted by list and then by element, every list stays where it is. */
export function arranged(call: Call, descending: boolean): Vector {
  const { type, length, validity, region, machine } = call;
  const lists = listsOf(call);
  const elements = childOf(lists);
  const owners = fixedVector(int32, elements.length, ownersOf(lists, call));
  const orders = [
    { descending: false, nullsFirst: false },
    { descending, nullsFirst: false },
  ];
  const keys = encodeSortKeys([owners, elements], orders, elements.length, region, machine.kernels);
  const order = sortOrder(keys, region, machine.kernels);
  const child = take(elements, order, elements.length, region, machine);
  return listVector(type, length, lists.offsets, child, validity);
}

export function distinctElements(call: Call): Vector {
  const { type, length, validity, region, machine } = call;
  const lists = listsOf(call);
  const elements = childOf(lists);
  const owners = fixedVector(int32, elements.length, ownersOf(lists, call));
  const table = new GroupTable([int32, elements.type], machine.arena, machine.kernels, call.name);
  try {
    const { fresh, freshCount } = table.assign([owners, elements], elements.length, region);
    const count =
      elements.validity === 0 ? freshCount : machine.kernels.list_keep(fresh, freshCount, elements.validity);
    const offsets = region.reserve((length + 1) * 4);
    const kept = take(owners, fresh, count, region, machine);
    machine.kernels.list_offsets(kept.data, count, length, offsets);
    return listVector(type, length, offsets, take(elements, fresh, count, region, machine), validity);
  } finally {
    table.release();
  }
}

/** The first argument with exactly its elements; texts are plain. */
export function listsOf({ args, length, region, machine }: Call): Vector {
  const column = columnOf(args[0]!, length, region, machine);
  return decoded(denseLists(column, region, machine.kernels), region, machine);
}

/** Address of the list that each element belongs to. */
function ownersOf(lists: Vector, { region, machine }: Call): number {
  const owners = region.reserve(childOf(lists).length * 4);
  machine.kernels.list_owners(lists.offsets, lists.length, owners);
  return owners;
}
