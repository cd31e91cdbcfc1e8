/** Functions of text that only JavaScript has, applied to each distinct text once. */
import { bitmapBytes, fixedVector, textVector, type Vector } from '../arrow/batch.js';
import { bool } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import { stringsOf, textsOf } from './datum.js';
import { Interner } from './interner.js';
import type { Machine } from './machine.js';
import { decoded, take } from './take.js';

/** `change` of every text of a plain column; the result has its validity. */
export function eachDistinct(
  column: Vector,
  change: (text: string) => string,
  region: Region,
  machine: Machine,
): Vector {
  return withDistinct(column, region, machine, (texts, codes) => {
    const made = textsOf(stringsOf(texts, machine).map(change), column.type, region, machine);
    return decoded(take(made, codes, column.length, region, machine), region, machine);
  });
}

/** Whether `matches` is true of every text, as bits. */
export function eachDistinctBits(
  column: Vector,
  matches: (text: string) => boolean,
  region: Region,
  machine: Machine,
): Vector {
  return withDistinct(column, region, machine, (texts, codes) => {
    const bits = region.reserveZeroed(bitmapBytes(texts.length));
    stringsOf(texts, machine).forEach((text, i) => {
      if (matches(text)) machine.arena.bytes[bits + (i >> 3)]! |= 1 << (i & 7);
    });
    return take(fixedVector(bool, texts.length, bits), codes, column.length, region, machine);
  });
}

/** Few rows are not worth a dictionary. */
const fewRows = 64;

function withDistinct(
  column: Vector,
  region: Region,
  machine: Machine,
  use: (texts: Vector, codes: number) => Vector,
): Vector {
  const { validity, length, type } = column;
  if (length <= fewRows) {
    const codes = region.reserve(length * 4);
    machine.kernels.take_sequence(codes, 0, length);
    return { ...use(column, codes), validity };
  }
  const interner = new Interner(machine.arena, machine.kernels, region.owner);
  try {
    const coded = interner.intern(column, region);
    const { dictionary, data } = coded;
    if (dictionary === null || dictionary.length === 0) return { ...use(column, data), validity };
    const texts = textVector(type, dictionary.length, dictionary.data, dictionary.offsets);
    return { ...use(texts, data), validity };
  } finally {
    interner.release();
  }
}
