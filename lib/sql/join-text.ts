/** What a join compares, as `--on` takes it: `id, l.name = r.title and delay < limit`. */
import type { Node, ResTarget } from 'libpg-query';
import type { Schema } from '../arrow/schema.js';
import { bindPredicate, unknownColumn } from '../plan/bind.js';
import { ofRight } from '../plan/build/join-inputs.js';
import { conjunction, conjuncts } from '../plan/conjuncts.js';
import type { Expr } from '../plan/expr.js';
import { call, column } from '../plan/make-expr.js';
import { quoteName } from '../plan/quote-name.js';
import { noFunctions, type Registry } from '../plan/registry.js';
import { mapChildren } from '../plan/walk-expr.js';
import { check } from './check.js';
import { refuseClauses, selectOf } from './clauses.js';
import { convert, type Scope } from './convert.js';
import { rowScope } from './fragments.js';
import { type Parsed, parseStatement } from './grammar.js';
import { findColumn, located, resolveColumn } from './resolve.js';
import { startOf } from './start-of.js';

export interface JoinText {
  /** Columns that both sides have. */
  readonly using: readonly string[];
  /** Over the left columns and, `ofRight`, the right ones. */
  readonly condition: Expr | null;
}

const what = 'a join condition';

/**
 * A list of names that both sides have, and of conditions. In a condition a name that both have is `l.name` or `r.name`;
 * but where two names alone are compared by `=`, they are of two sides, and the first is of the left one.
 */
export async function parseJoin(
  text: string,
  left: Schema,
  right: Schema,
  functions: Registry = noFunctions,
): Promise<JoinText> {
  const parsed = await parseStatement(text, 'select ', what, functions);
  const { source } = parsed;
  const select = selectOf(parsed);
  refuseClauses(parsed, select, [], what);
  const targets = (select.targetList ?? []).map((node) => (node as { ResTarget: ResTarget }).ResTarget);
  if (targets.length === 0) throw source.errorAt(`${what} is expected, but the text is empty`, 0);
  const scope = joinScope(parsed, left, right);
  const using: string[] = [];
  const conditions: Expr[] = [];
  for (const { val, name, location } of targets) {
    const byte = startOf(val) ?? location ?? 0;
    if (name !== undefined) throw source.error(`${what} takes no name (as ${name})`, byte);
    const expr = convert(val, scope);
    if (isName(val)) {
      const [own, other] = [nameOf(expr), resolveColumn(nameOf(expr), right, source, byte)];
      using.push(resolveColumn(own, left, source, byte));
      if (using.at(-1) !== other)
        throw source.error(
          `${own} is ${using.at(-1)} on the left and ${other} on the right; compare them by =`,
          byte,
        );
    } else conditions.push(...conjuncts(expr).map((part) => sided(part, scope)));
  }
  const both: Schema = {
    fields: [...left.fields, ...right.fields.map((field) => ({ ...field, name: ofRight(field.name) }))],
  };
  for (const condition of conditions) {
    check(condition, both, source, scope.places);
    located(source, scope.places.get(condition), () => bindPredicate(condition, both, what));
  }
  return { using, condition: conditions.length === 0 ? null : conjunction(conditions) };
}

/** A name that is on both sides, until it is known which one is meant. */
const eitherMark = '\u0000either\u0000';

function joinScope(parsed: Parsed, left: Schema, right: Schema): Scope {
  const { source } = parsed;
  return {
    ...rowScope(parsed, null, what),
    column(name, qualifier, byte) {
      if (qualifier === 'l') return column(resolveColumn(name, left, source, byte));
      if (qualifier === 'r') return column(ofRight(resolveColumn(name, right, source, byte)));
      if (qualifier !== null)
        throw source.error(
          `there is no table ${qualifier} here; a column of the left input is l.${quoteName(name)}, one of the right r.${quoteName(name)}`,
          byte,
        );
      const [mine, other] = [findColumn(name, left, source, byte), findColumn(name, right, source, byte)];
      if (mine !== null && other !== null) return column(eitherMark + name);
      if (mine !== null) return column(mine);
      if (other !== null) return column(ofRight(other));
      throw source.error(unknownColumn(name, { fields: [...left.fields, ...right.fields] }).message, byte);
    },
  };
}

/** A name alone. */
function isName(node: Node | undefined): boolean {
  const fields = (node as { ColumnRef?: { fields?: Node[] } } | undefined)?.ColumnRef?.fields;
  return fields?.length === 1;
}

/** As it is written. */
function nameOf(expr: Expr): string {
  const { name } = expr as { name: string };
  return name.slice(name.lastIndexOf('\u0000') + 1);
}

/** One part of a condition, with every name on its side. */
function sided(part: Expr, scope: Scope): Expr {
  const { places } = scope;
  const byte = (expr: Expr): number => places.get(expr) ?? 0;
  const onSide = (expr: Expr, side: 'l' | 'r'): Expr => scope.column(nameOf(expr), side, byte(expr));
  if (part.op === 'call' && part.name === 'eq') {
    const [a, b] = part.args as [Expr, Expr];
    const sides = [sideOf(a), sideOf(b)];
    const compared = (x: Expr, y: Expr): Expr => moved(part, call('eq', x, y), places);
    if (sides[0] === 'either' && sides[1] === 'either') return compared(onSide(a, 'l'), onSide(b, 'r'));
    if (sides[0] === 'either' && sides[1] !== null)
      return compared(onSide(a, sides[1] === 'l' ? 'r' : 'l'), b);
    if (sides[1] === 'either' && sides[0] !== null)
      return compared(a, onSide(b, sides[0] === 'l' ? 'r' : 'l'));
  }
  const refuse = (expr: Expr): Expr => {
    if (sideOf(expr) === 'either') {
      const name = quoteName(nameOf(expr));
      throw scope.parsed.source.error(
        `both sides have a column ${name}; write l.${name} or r.${name}`,
        byte(expr),
      );
    }
    return mapChildren(expr, refuse);
  };
  return refuse(part);
}

function moved(from: Expr, to: Expr, places: WeakMap<Expr, number>): Expr {
  const place = places.get(from);
  if (place !== undefined) places.set(to, place);
  return to;
}

/** Of a name alone. */
function sideOf(expr: Expr): 'l' | 'r' | 'either' | null {
  if (expr.op !== 'column') return null;
  if (expr.name.startsWith(eitherMark)) return 'either';
  return expr.name.startsWith(ofRight('')) ? 'r' : 'l';
}
