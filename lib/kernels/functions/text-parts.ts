/** What is measured or found in texts, and pieces of them. */
import { bitmapBytes, fixedVector, textVector, type Vector } from '../../arrow/batch.js';
import { bool } from '../../arrow/types.js';
import { dataError } from '../../errors.js';
import { columnOf } from '../compare.js';
import { type Datum, isConstant, operandOf, textOperandOf } from '../datum.js';
import { decoded } from '../take.js';
import type { Call } from './row.js';

/** Copies of pieces spill over by up to 15 bytes. */
export const slack = 16;

/** The argument as a column of plain text. */
export function plainText(datum: Datum, { length, region, machine }: Call): Vector {
  return decoded(columnOf(datum, length, region, machine), region, machine);
}

/** Refuses results of 2 GiB in one batch, which kernels report as -1. */
export function checkedBytes(bytes: number, { name, length }: Call): number {
  if (bytes < 0) throw dataError(`${name} makes more than 2 GB of text out of ${length} rows`);
  return bytes;
}

export function measured(call: Call, name: 'length' | 'byte_length'): Vector {
  const { args, type, length, validity, region, machine } = call;
  const text = plainText(args[0]!, call);
  const out = region.reserve(length * 8);
  if (name === 'length') machine.kernels.text_length(text.data, text.offsets, out, length);
  else machine.kernels.text_byte_length(text.data, text.offsets, out, length);
  return fixedVector(type, length, out, validity);
}

/** what: 0 starts with, 1 ends with, 2 contains */
export function matched({ args, length, validity, region, machine }: Call, what: 0 | 1 | 2): Vector {
  const a = textOperandOf(args[0]!, region, machine);
  const b = textOperandOf(args[1]!, region, machine);
  const out = region.reserve(bitmapBytes(length));
  machine.kernels.text_matches(a.address, a.offsets, a.step, b.address, b.offsets, b.step, what, out, length);
  return fixedVector(bool, length, out, validity);
}

export function strpos({ args, type, length, validity, region, machine }: Call): Vector {
  const a = textOperandOf(args[0]!, region, machine);
  const b = textOperandOf(args[1]!, region, machine);
  const out = region.reserve(length * 8);
  machine.kernels.text_strpos(a.address, a.offsets, a.step, b.address, b.offsets, b.step, out, length);
  return fixedVector(type, length, out, validity);
}

export function substr(call: Call): Vector {
  const { args, length, region, machine } = call;
  const from = operandOf(args[1]!, region, machine);
  const count = args[2] === undefined ? { address: 0, step: 0 } : operandOf(args[2], region, machine);
  return pieces(call, (text, starts, offsets) =>
    machine.kernels.text_substr(
      text.address,
      text.offsets,
      text.step,
      from.address,
      from.step,
      count.address,
      count.step,
      starts,
      offsets,
      length,
    ),
  );
}

export function side(call: Call, right: 0 | 1): Vector {
  const { args, length, region, machine } = call;
  const n = operandOf(args[1]!, region, machine);
  return pieces(call, (text, starts, offsets) =>
    machine.kernels.text_side(
      text.address,
      text.offsets,
      text.step,
      n.address,
      n.step,
      right,
      starts,
      offsets,
      length,
    ),
  );
}

/** sides: 1 start, 2 end, 3 both */
export function trimmed(call: Call, sides: 1 | 2 | 3): Vector {
  const { args, length, region, machine } = call;
  const set = textOperandOf(args[1] ?? { type: call.type, value: ' ' }, region, machine);
  return pieces(call, (text, starts, offsets) =>
    machine.kernels.text_trim(
      text.address,
      text.offsets,
      text.step,
      set.address,
      set.offsets,
      set.step,
      sides,
      starts,
      offsets,
      length,
    ),
  );
}

export function splitPart(call: Call): Vector {
  const { args, length, region, machine } = call;
  const separator = textOperandOf(args[1]!, region, machine);
  const n = operandOf(args[2]!, region, machine);
  return pieces(call, (text, starts, offsets) =>
    machine.kernels.text_split_part(
      text.address,
      text.offsets,
      text.step,
      separator.address,
      separator.offsets,
      separator.step,
      n.address,
      n.step,
      starts,
      offsets,
      length,
    ),
  );
}

/** `find` writes where the pieces of the first argument start and the offsets of the result, and says its bytes. */
function pieces(
  call: Call,
  find: (text: ReturnType<typeof textOperandOf>, starts: number, offsets: number) => number,
): Vector {
  const { args, type, length, validity, region, machine } = call;
  const text = textOperandOf(args[0]!, region, machine);
  const starts = region.reserve(length * 4);
  const offsets = region.reserve((length + 1) * 4);
  const bytes = checkedBytes(find(text, starts, offsets), call);
  const out = region.reserve(bytes + slack);
  machine.kernels.text_spans(text.address, starts, offsets, out, length);
  return textVector(type, length, out, offsets, validity);
}

/** The value of an argument that the signature wants to be a constant; null where there is none. */
export function constantText(datum: Datum | null | undefined): string | null {
  return datum && isConstant(datum) && datum.value !== null ? String(datum.value) : null;
}
