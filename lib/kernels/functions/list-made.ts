/** Lists out of values and texts, and texts out of lists. */
import { childOf, listVector, textVector, type Vector } from '../../arrow/batch.js';
import { dataError } from '../../errors.js';
import { columnOf } from '../compare.js';
import { nulls } from '../convert.js';
import { merge } from '../merge.js';
import { listsOf } from './list-parts.js';
import type { Call } from './row.js';
import { checkedBytes, constantText, plainText, slack } from './text-parts.js';

/** A list of the arguments in every row. */
export function listed({ args, type, length, region, machine }: Call): Vector {
  const offsets = region.reserve((length + 1) * 4);
  machine.kernels.list_even_offsets(args.length, length, offsets);
  if (type.kind !== 'list') throw new Error('bug: list_value makes lists');
  const count = args.length * length;
  if (count === 0) return listVector(type, length, offsets, nulls(type.element, 0, region));
  const columns = args.map((arg) => columnOf(arg, length, region, machine));
  const places = region.reserve(count * 4);
  machine.kernels.list_interleave(args.length, length, places);
  return listVector(type, length, offsets, merge(columns, places, count, region, machine));
}

export function joined(call: Call): Vector {
  const { type, length, validity, region, machine } = call;
  const { kernels } = machine;
  const lists = listsOf(call);
  const texts = childOf(lists);
  const separator = placed(call);
  const offsets = region.reserve((length + 1) * 4);
  const bytes = checkedBytes(
    kernels.list_join_offsets(lists.offsets, length, texts.offsets, texts.validity, separator.bytes, offsets),
    call,
  );
  const out = region.reserve(bytes + slack);
  kernels.list_join(
    lists.offsets,
    length,
    texts.data,
    texts.offsets,
    texts.validity,
    separator.address,
    separator.bytes,
    out,
  );
  return textVector(type, length, out, offsets, validity);
}

export function split(call: Call): Vector {
  const { args, type, length, validity, region, machine } = call;
  const { kernels, arena } = machine;
  const text = plainText(args[0]!, call);
  const { address, bytes } = placed(call);
  const offsets = region.reserve((length + 1) * 4);
  const parts = kernels.list_split_offsets(text.data, text.offsets, length, address, bytes, offsets);
  if (type.kind !== 'list') throw new Error('bug: string_split makes lists');
  if (parts < 0) throw dataError(`string_split makes more than 2^31 parts out of ${length} rows`);
  const first = arena.view.getInt32(text.offsets, true);
  const out = region.reserve(arena.view.getInt32(text.offsets + length * 4, true) - first + slack);
  const ends = region.reserve((parts + 1) * 4);
  kernels.list_split(text.data, text.offsets, length, address, bytes, ends, out);
  return listVector(type, length, offsets, textVector(type.element, parts, out, ends), validity);
}

/** The constant separator. */
function placed({ args, region, machine }: Call): { readonly address: number; readonly bytes: number } {
  const encoded = Buffer.from(constantText(args[1]) ?? '');
  const address = region.reserve(encoded.length);
  machine.arena.bytes.set(encoded, address);
  return { address, bytes: encoded.length };
}
