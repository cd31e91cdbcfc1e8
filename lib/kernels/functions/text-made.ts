/** Texts that are made anew. */
import { textVector, type Vector } from '../../arrow/batch.js';
import { dataError } from '../../errors.js';
import { isConstant, operandOf, stringsOf, textOperandOf, textsOf } from '../datum.js';
import { eachDistinct } from '../each-distinct.js';
import type { Call } from './row.js';
import { checkedBytes, plainText, slack } from './text-parts.js';

/** ASCII by the kernel; texts with other letters by JavaScript, each distinct one once. */
export function cased(call: Call, to: 'lower' | 'upper'): Vector {
  const { args, type, length, validity, region, machine } = call;
  const { arena, kernels } = machine;
  const text = plainText(args[0]!, call);
  const first = arena.view.getInt32(text.offsets, true);
  const bytes = arena.view.getInt32(text.offsets + length * 4, true) - first;
  const out = region.reserve(bytes + slack);
  if (kernels.text_case(text.data + first, bytes, out, to === 'upper' ? 1 : 0) !== 0) {
    const change = (value: string): string => (to === 'upper' ? value.toUpperCase() : value.toLowerCase());
    return { ...eachDistinct(text, change, region, machine), validity };
  }
  const offsets = region.reserve((length + 1) * 4);
  kernels.text_rebase(text.offsets, offsets, length);
  return textVector(type, length, out, offsets, validity);
}

export function concatenated(call: Call): Vector {
  const { args, type, length, validity, region, machine } = call;
  const { arena, kernels } = machine;
  const parts = region.reserve(args.length * 12);
  args.forEach((arg, i) => {
    const { address, offsets, step } = textOperandOf(arg, region, machine);
    arena.view.setUint32(parts + i * 12, address, true);
    arena.view.setUint32(parts + i * 12 + 4, offsets, true);
    arena.view.setUint32(parts + i * 12 + 8, step, true);
  });
  const offsets = region.reserve((length + 1) * 4);
  const bytes = checkedBytes(kernels.text_concat_offsets(parts, args.length, offsets, length), call);
  const out = region.reserve(bytes + slack);
  kernels.text_concat(parts, args.length, out, length);
  return textVector(type, length, out, offsets, validity);
}

export function repeated(call: Call): Vector {
  const { args, type, length, validity, region, machine } = call;
  const { kernels } = machine;
  const text = textOperandOf(args[0]!, region, machine);
  const n = operandOf(args[1]!, region, machine);
  const offsets = region.reserve((length + 1) * 4);
  const bytes = checkedBytes(
    kernels.text_repeat_offsets(text.offsets, text.step, n.address, n.step, offsets, length),
    call,
  );
  const out = region.reserve(bytes + slack);
  kernels.text_repeat(text.address, text.offsets, text.step, offsets, out, length);
  return textVector(type, length, out, offsets, validity);
}

export function replaced(call: Call): Vector {
  const { args, type, length, validity, region, machine } = call;
  const [text, from, to] = args.map((arg) => textOperandOf(arg, region, machine)) as [
    ReturnType<typeof textOperandOf>,
    ReturnType<typeof textOperandOf>,
    ReturnType<typeof textOperandOf>,
  ];
  const offsets = region.reserve((length + 1) * 4);
  const write = (out: number): number =>
    machine.kernels.text_replace(
      text.address,
      text.offsets,
      text.step,
      from.address,
      from.offsets,
      from.step,
      to.address,
      to.offsets,
      to.step,
      offsets,
      out,
      length,
    );
  const out = region.reserve(checkedBytes(write(0), call) + slack);
  write(out);
  return textVector(type, length, out, offsets, validity);
}

export function reversed(call: Call): Vector {
  const { args, type, length, validity, region, machine } = call;
  const text = plainText(args[0]!, call);
  const offsets = region.reserve((length + 1) * 4);
  machine.kernels.text_rebase(text.offsets, offsets, length);
  const out = region.reserve(machine.arena.view.getInt32(offsets + length * 4, true) + slack);
  machine.kernels.text_reverse(text.data, text.offsets, offsets, out, length);
  return textVector(type, length, out, offsets, validity);
}

/** In JavaScript: once for each distinct text where the rest is constant, else row by row. */
export function padded(call: Call, at: 'padStart' | 'padEnd'): Vector {
  const { args, length, validity, region, machine } = call;
  const text = plainText(args[0]!, call);
  const [n, fill] = [args[1]!, args[2] ?? { type: call.type, value: ' ' }];
  if (isConstant(n) && isConstant(fill)) {
    const change = (value: string): string => pad(value, Number(n.value), String(fill.value), at);
    return { ...eachDistinct(text, change, region, machine), validity };
  }
  const fills = stringsOf(plainText(fill, call), machine);
  const counts = operandOf(n, region, machine);
  const made = stringsOf(text, machine).map((value, i) =>
    pad(
      value,
      Number(machine.arena.view.getBigInt64(counts.address + i * counts.step * 8, true)),
      fills[i]!,
      at,
    ),
  );
  return { ...textsOf(made, call.type, region, machine), length, validity };
}

const longestPad = 2 ** 24;

/** Lengths are code points. */
function pad(value: string, length: number, fill: string, at: 'padStart' | 'padEnd'): string {
  const points = [...value];
  if (points.length >= length) return points.slice(0, Math.max(0, length)).join('');
  if (length > longestPad) throw dataError(`a text cannot be filled up to ${length} characters`);
  const filler = [...fill];
  if (filler.length === 0) return value;
  const missing = Array.from({ length: length - points.length }, (_, i) => filler[i % filler.length]).join(
    '',
  );
  return at === 'padStart' ? missing + value : value + missing;
}
