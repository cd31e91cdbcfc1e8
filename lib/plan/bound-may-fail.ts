import { familyOf } from '../arrow/types.js';
import { findFunction } from '../kernels/functions.js';
import type { Bound } from './bound.js';

/** Can the expression raise an error for some values? */
export function boundMayFail(bound: Bound): boolean {
  switch (bound.op) {
    case 'column':
    case 'literal':
      return false;
    case 'cast':
      return (!bound.try && narrows(bound)) || boundMayFail(bound.input);
    case 'call':
      return (findFunction(bound.name)?.fails ?? true) || bound.args.some(boundMayFail);
    case 'case':
      return (
        boundMayFail(bound.otherwise) ||
        bound.branches.some(({ when, then }) => boundMayFail(when) || boundMayFail(then))
      );
  }
}

/** Integers of up to 32 bits fit into int64 and floats into floats; other casts are taken to fail. */
function narrows({ input, type }: Bound & { readonly op: 'cast' }): boolean {
  const [from, to] = [familyOf(input.type), familyOf(type)];
  if (to === 'text' || to === 'float' || from === 'null' || from === 'boolean') return from === 'text';
  return !(from === 'integer' && type.kind === 'int64' && input.type.kind !== 'uint64');
}
