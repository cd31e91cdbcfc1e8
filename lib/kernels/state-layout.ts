/** Where the struct of a group has the states of aggregates: states that the same kernel keeps of the same values once. */
import type { DataType } from '../arrow/types.js';
import type { State } from './aggregates.js';

/** One aggregate to compute. Inputs are numbered: columns that are handed to `update` in that order. */
export interface AggregateSpec {
  /** Named in errors. */
  readonly name: string;
  readonly state: State;
  readonly result: DataType;
  /** The arguments' inputs; empty for count(*). */
  readonly args: readonly number[];
  /** The input of booleans that says which rows count, or -1. */
  readonly filter: number;
  readonly distinct: boolean;
  /** The constant that steers it: the fraction of a quantile. */
  readonly parameter: number;
}

/** A state that one or more specs read: sum(x) and avg(x) share theirs. Offsets are into the struct, in bytes. */
export interface StatePlace {
  /** The first of them. */
  readonly spec: AggregateSpec;
  /** Where the rows that count are counted: the group's rows, or the distinct ones. */
  readonly rows: number;
  readonly offset: number;
}

export interface StateLayout {
  readonly places: readonly StatePlace[];
  /** The position of the place that each spec reads. */
  readonly placeOf: readonly number[];
  /** Of a struct in full. */
  readonly bytes: number;
}

/** What a text's state takes of the struct; the text itself lies elsewhere. */
export const textStateBytes = 16;

/** The struct begins with the group's row count. */
export function layOutStates(specs: readonly AggregateSpec[]): StateLayout {
  const places: StatePlace[] = [];
  const positions = new Map<string, number>();
  let bytes = 8;
  const placeOf = specs.map((spec) => {
    const { state, args, filter, distinct } = spec;
    const key = JSON.stringify([stateKey(state), args, filter, distinct]);
    const shared = positions.get(key);
    if (shared !== undefined) return shared;
    const rows = distinct ? bytes : 0;
    if (distinct) bytes += 8;
    const position = places.push({ spec, rows, offset: bytes }) - 1;
    bytes += state.form === 'fixed' ? state.bytes : state.form === 'text' ? textStateBytes : 0;
    positions.set(key, position);
    return position;
  });
  return { places, placeOf, bytes };
}

/** Alike for states that one update serves. */
function stateKey(state: State): string {
  if (state.form === 'fixed') return state.update;
  if (state.form === 'list') return JSON.stringify(state);
  return state.form === 'text' ? `text ${state.which}` : state.form;
}
