/** Walks over expressions. Whatever is not changed keeps its identity. */
import type { Expr } from './expr.js';
import { call, callCode, caseOf, cast } from './make-expr.js';

type Children = { readonly [K in Expr['op']]: (expr: Extract<Expr, { op: K }>) => readonly Expr[] };
type MapChildren = {
  readonly [K in Expr['op']]: (expr: Extract<Expr, { op: K }>, change: (child: Expr) => Expr) => Expr;
};

const children: Children = {
  column: () => [],
  literal: () => [],
  call: (expr) => expr.args,
  cast: (expr) => [expr.input],
  case: (expr) => [...expr.branches.flatMap((branch) => [branch.when, branch.then]), expr.otherwise],
};

const mapped: MapChildren = {
  column: (expr) => expr,
  literal: (expr) => expr,
  call(expr, change) {
    const args = mapList(expr.args, change);
    if (args === expr.args) return expr;
    return expr.code === undefined ? call(expr.name, ...args) : callCode(expr.name, expr.code, args);
  },
  cast(expr, change) {
    const input = change(expr.input);
    return input === expr.input ? expr : cast(input, expr.type, expr.try);
  },
  case(expr, change) {
    const branches = mapList(expr.branches, (branch) => {
      const when = change(branch.when);
      const then = change(branch.then);
      return when === branch.when && then === branch.then ? branch : { when, then };
    });
    const otherwise = change(expr.otherwise);
    return branches === expr.branches && otherwise === expr.otherwise ? expr : caseOf(branches, otherwise);
  },
};

export function childrenOf(expr: Expr): readonly Expr[] {
  return (children[expr.op] as (expr: Expr) => readonly Expr[])(expr);
}

export function mapChildren(expr: Expr, change: (child: Expr) => Expr): Expr {
  return (mapped[expr.op] as (expr: Expr, change: (child: Expr) => Expr) => Expr)(expr, change);
}

/** Children first, then the expression made of what they became. */
export function mapExpr(expr: Expr, change: (expr: Expr) => Expr): Expr {
  return change(mapChildren(expr, (child) => mapExpr(child, change)));
}

/** Every column that has a replacement is replaced by it. */
export function substitute(expr: Expr, replacement: (name: string) => Expr | undefined): Expr {
  return mapExpr(expr, (part) => (part.op === 'column' ? (replacement(part.name) ?? part) : part));
}

/** Names of the columns that the expressions read, in order of first use. */
export function columnsUsed(exprs: Iterable<Expr>): Set<string> {
  const names = new Set<string>();
  const visit = (expr: Expr): void => {
    if (expr.op === 'column') names.add(expr.name);
    else childrenOf(expr).forEach(visit);
  };
  for (const expr of exprs) visit(expr);
  return names;
}

/** Nodes of the tree, at most `limit` of them counted. */
export function sizeOf(expr: Expr, limit = Infinity): number {
  let size = 1;
  for (const child of childrenOf(expr)) {
    if (size >= limit) return size;
    size += sizeOf(child, limit - size);
  }
  return size;
}

/** The same list where no item changed. */
export function mapList<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  const changed = list.map(change);
  return changed.every((item, i) => item === list[i]) ? list : changed;
}
