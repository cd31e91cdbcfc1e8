/**
 * Window functions. While expressions are converted, a call with `over` is kept aside and a stand-in column takes its
 * place; `build` then makes one window node for all functions over the same rows in the same order.
 */
import type { FuncCall, Node, WindowDef } from 'libpg-query';
import { aggregateNames, findAggregate } from '../kernels/aggregates.js';
import { unknownFunction } from '../plan/bind.js';
import { freeName } from '../plan/build/free-name.js';
import type { ColumnExpr, Expr, Frame, FrameEnd, NamedWindow, SortKey, Span } from '../plan/expr.js';
import { exprText } from '../plan/expr-text.js';
import { column } from '../plan/make-expr.js';
import { window } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { sameExpr } from '../plan/same-expr.js';
import { schemaOf } from '../plan/schema.js';
import { convert, convertAll, type Scope, windowFunctions } from './convert.js';
import type { Parsed } from './grammar.js';
import { intervalMicroseconds, isInterval } from './interval.js';
import { nameOf } from './names.js';
import { located } from './resolve.js';
import { orderOf } from './sort-nodes.js';
import { startOf } from './start-of.js';

interface Call {
  readonly call: Omit<NamedWindow, 'name'>;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly SortKey[];
  readonly byte: number;
  readonly standIn: string;
}

export class Windows {
  readonly #parsed: Parsed;
  /** WINDOW w AS (...), by name. */
  readonly #named = new Map<string, WindowDef>();
  readonly #calls: Call[] = [];

  constructor(parsed: Parsed, named: readonly Node[]) {
    this.#parsed = parsed;
    for (const node of named) {
      const { WindowDef } = node as { WindowDef: WindowDef };
      const name = WindowDef.name ?? '';
      if (this.#named.has(name))
        throw parsed.source.error(`two windows are named ${name}`, WindowDef.location);
      this.#named.set(name, WindowDef);
    }
  }

  get used(): boolean {
    return this.#calls.length > 0;
  }

  /** The stand-in of a call; `mark` begins its name. */
  add(body: FuncCall, scope: Scope, mark: string, byte: number): ColumnExpr {
    const { source } = this.#parsed;
    const name = nameOf(body.funcname?.at(-1));
    const of = windowFunctions.includes(name) ? name : findAggregate(name)?.name;
    if (of === undefined)
      throw source.error(unknownFunction(name, [...windowFunctions, ...aggregateNames]).message, byte);
    if (body.agg_distinct) throw source.unsupported(`distinct in ${name}(...) over (...)`, byte);
    if (body.agg_order) throw source.unsupported(`order by inside ${name}(...) over (...)`, byte);
    if (body.agg_within_group) throw source.unsupported('within group', byte);
    const ignoreNulls = this.#parsed.ignoreNulls.has(body.over?.location ?? -1);
    if (body.agg_filter && windowFunctions.includes(name))
      throw source.error(`filter makes no sense: ${name} is no aggregate`, byte);
    const inside: Scope = {
      ...scope,
      window(_, inner) {
        throw source.error('a window function inside a window function makes no sense', inner);
      },
    };
    const over = this.#resolved(body.over ?? {});
    const orderBy = (over.orderClause ?? []).map((node) => {
      const { SortBy } = node as { SortBy: Parameters<typeof orderOf>[0] };
      return orderOf(SortBy, convert(SortBy.node, inside), this.#parsed);
    });
    const call = {
      function: of,
      args: convertAll(body.args, inside),
      filter: body.agg_filter ? convert(body.agg_filter, inside) : null,
      ignoreNulls,
      frame: frameOf(over, inside, this.#parsed, byte),
    };
    const partitionBy = convertAll(over.partitionClause, inside);
    const same = this.#calls.find(
      (known) => sameCall(known, call) && sameRows(known, { partitionBy, orderBy }),
    );
    if (same) return column(same.standIn);
    const standIn = `${mark}${this.#calls.length}`;
    this.#calls.push({ call, partitionBy, orderBy, byte, standIn });
    return column(standIn);
  }

  /** How the user would write a stand-in; undefined if it is none. */
  textOf(standIn: string, names: (name: string) => string): string | undefined {
    const found = this.#calls.find((each) => each.standIn === standIn);
    if (!found) return undefined;
    const { call, partitionBy, orderBy } = found;
    const by = partitionBy.map((key) => exprText(key, names)).join(', ');
    const order = orderBy
      .map(
        (key) =>
          exprText(key.expr, names) +
          (key.descending ? ' desc' : '') +
          (key.nullsFirst ? ' nulls first' : ''),
      )
      .join(', ');
    const over = [by && `partition by ${by}`, order && `order by ${order}`].filter((part) => part !== '');
    const args = call.args.map((arg) => exprText(arg, names)).join(', ');
    const stars = call.function === 'count' && call.args.length === 0 ? '*' : args;
    return `${call.function}(${stars}) over (${over.join(' ')})`;
  }

  /** Expressions of a call. */
  exprsOf(): readonly Expr[] {
    return this.#calls.flatMap(({ call, partitionBy, orderBy }) => [
      ...call.args,
      ...(call.filter === null ? [] : [call.filter]),
      ...partitionBy,
      ...orderBy.map((key) => key.expr),
    ]);
  }

  /** The plan with a column for each call, and the names of these by stand-in. `over` says what expressions mean there. */
  build(
    input: Plan,
    over: (expr: Expr, byte: number) => Expr,
    wished: (standIn: string) => string | null,
  ): { readonly plan: Plan; readonly names: ReadonlyMap<string, string> } {
    const names = new Map<string, string>();
    const taken = new Set(schemaOf(input).fields.map((field) => field.name));
    let plan = input;
    const waiting = new Set(this.#calls);
    for (const first of this.#calls) {
      if (!waiting.has(first)) continue;
      const alike = [...waiting].filter((each) => sameRows(each, first));
      const functions = alike.map(({ call, standIn, byte }): NamedWindow => {
        const name = freeName(wished(standIn) ?? call.function, taken);
        taken.add(name);
        names.set(standIn, name);
        return {
          ...call,
          name,
          args: call.args.map((arg) => over(arg, byte)),
          filter: call.filter && over(call.filter, byte),
        };
      });
      const partitionBy = first.partitionBy.map((expr) => over(expr, first.byte));
      const orderBy = first.orderBy.map((key) => ({ ...key, expr: over(key.expr, first.byte) }));
      // One by one first, so that an error points at its culprit.
      for (const [i, each] of alike.entries()) {
        waiting.delete(each);
        const alone = window(plan, partitionBy, orderBy, [functions[i]!]);
        located(this.#parsed.source, each.byte, () => schemaOf(alone));
      }
      plan = window(plan, partitionBy, orderBy, functions);
    }
    return { plan, names };
  }

  /** What `over w` and `over (w order by x)` say in full. */
  #resolved(over: WindowDef): WindowDef {
    const { source } = this.#parsed;
    const wanted = over.name ?? over.refname;
    if (wanted === undefined) return over;
    const base = this.#named.get(wanted);
    if (!base) throw source.error(`there is no window ${wanted}`, over.location);
    const { name: _, ...rest } = base;
    const known = this.#resolved(rest);
    if (over.name !== undefined) return known;
    if (over.partitionClause)
      throw source.error(`the window ${wanted} has its partition by already`, startOf(over.partitionClause));
    if (over.orderClause && known.orderClause)
      throw source.error(`the window ${wanted} has its order by already`, startOf(over.orderClause));
    if (((known.frameOptions ?? 0) & bits.nonDefault) !== 0)
      throw source.error(`the window ${wanted} has a frame and cannot be refined`, over.location);
    return {
      ...over,
      ...(known.partitionClause && { partitionClause: known.partitionClause }),
      ...(known.orderClause && { orderClause: known.orderClause }),
    };
  }
}

function sameCall({ call: a }: Call, b: Call['call']): boolean {
  return (
    a.function === b.function &&
    a.ignoreNulls === b.ignoreNulls &&
    sameLists(a.args, b.args) &&
    (a.filter === null || b.filter === null ? a.filter === b.filter : sameExpr(a.filter, b.filter)) &&
    JSON.stringify(a.frame) === JSON.stringify(b.frame)
  );
}

function sameRows(
  a: Pick<Call, 'partitionBy' | 'orderBy'>,
  b: Pick<Call, 'partitionBy' | 'orderBy'>,
): boolean {
  return (
    sameLists(a.partitionBy, b.partitionBy) &&
    sameLists(
      a.orderBy.map((key) => key.expr),
      b.orderBy.map((key) => key.expr),
    ) &&
    a.orderBy.every((key, i) => {
      const other = b.orderBy[i]!;
      return key.descending === other.descending && key.nullsFirst === other.nullsFirst;
    })
  );
}

function sameLists(a: readonly Expr[], b: readonly Expr[]): boolean {
  return a.length === b.length && a.every((expr, i) => sameExpr(expr, b[i]!));
}

/** As the grammar packs a frame into a number. */
const bits = {
  nonDefault: 0x1,
  range: 0x2,
  rows: 0x4,
  groups: 0x8,
  exclude: 0x38000,
} as const;

/** Bits of the start, then of the end. */
const ends: readonly (readonly [FrameEnd['kind'], number, number])[] = [
  ['unbounded preceding', 0x20, 0x40],
  ['unbounded following', 0x80, 0x100],
  ['current row', 0x200, 0x400],
  ['preceding', 0x800, 0x1000],
  ['following', 0x2000, 0x4000],
];

/** Null where none is written. */
function frameOf(over: WindowDef, scope: Scope, parsed: Parsed, byte: number): Frame | null {
  const options = over.frameOptions ?? 0;
  if ((options & bits.nonDefault) === 0) return null;
  if ((options & bits.exclude) !== 0)
    throw parsed.source.unsupported('exclude in a frame', over.location ?? byte);
  const end = (which: 1 | 2, offset: Node | undefined): FrameEnd => ({
    kind: ends.find((each) => (options & each[which]) !== 0)![0],
    offset: offset === undefined ? null : offsetOf(offset, scope, parsed),
  });
  return {
    unit: (options & bits.rows) !== 0 ? 'rows' : (options & bits.groups) !== 0 ? 'groups' : 'range',
    start: end(1, over.startOffset),
    end: end(2, over.endOffset),
  };
}

function offsetOf(node: Node, scope: Scope, { source }: Parsed): Expr | Span {
  return isInterval(node)
    ? { op: 'span', microseconds: intervalMicroseconds(node, source) }
    : convert(node, scope);
}
