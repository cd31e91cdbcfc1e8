/** Queries that are more than one SELECT: WITH, UNION and its kin, VALUES, parentheses. */
import type { CommonTableExpr, Node, SelectStmt } from 'libpg-query';
import { typeName } from '../arrow/types.js';
import { commonType } from '../kernels/signature.js';
import { bind } from '../plan/bind.js';
import { columnNames } from '../plan/build/names-apart.js';
import { except, intersect } from '../plan/build/set-operation.js';
import { unionByPosition } from '../plan/build/union.js';
import { values } from '../plan/build/values.js';
import type { Expr } from '../plan/expr.js';
import { cast, column, named } from '../plan/make-expr.js';
import { distinct, project, sort } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { schemaOf } from '../plan/schema.js';
import { check } from './check.js';
import { refuseClauses, wordBefore } from './clauses.js';
import { convert, convertAll } from './convert.js';
import { relationScope } from './from.js';
import { limited } from './limited.js';
import { nameOf } from './names.js';
import type { Common, Outer, Planning } from './planning.js';
import { tableRelation } from './relation.js';
import { located } from './resolve.js';
import { type Queries, Select } from './select.js';
import { isAll, orderOf, sortNodes } from './sort-nodes.js';
import { startOf } from './start-of.js';
import type { Inner } from './subqueries.js';

/** `outer` is the query around a subquery of an expression. */
export function planQuery(planning: Planning, node: Node, common: Common, outer: Outer | null): Plan {
  return planStatement(planning, statementOf(node), common, outer);
}

/** As `planQuery`; `node` may be the bare statement that the grammar gives for a side of a union. */
function planStatement(planning: Planning, select: SelectStmt, common: Common, outer: Outer | null): Plan {
  const { source } = planning.parsed;
  const known = withCommon(planning, select, common);
  if (select.valuesLists) return finished(planning, select, planValues(planning, select.valuesLists));
  if (select.op !== undefined && select.op !== 'SETOP_NONE')
    return finished(planning, select, planSetOperation(planning, select, known, outer));
  const one = new Select(planning, queriesOf(planning), select, known, outer);
  if (one.correlated.length > 0)
    throw source.unsupported(
      'a column of the query around in a part of union, intersect or except',
      startOf(select.whereClause),
    );
  return one.plan();
}

/** A subquery of an expression, which may look at the query around it. */
function openQuery(planning: Planning, node: Node, common: Common, outer: Outer): Inner {
  const select = statementOf(node);
  const simple = !select.valuesLists && (select.op === undefined || select.op === 'SETOP_NONE');
  if (simple) {
    return new Select(planning, queriesOf(planning), select, withCommon(planning, select, common), outer);
  }
  const impossible = (): never => {
    throw new Error('bug: a subquery without columns of the query around it is planned as a whole');
  };
  return {
    correlated: [],
    outward: impossible,
    plan: () => planStatement(planning, select, common, outer),
    rows: impossible,
    values: impossible,
    aggregated: impossible,
  };
}

function queriesOf(planning: Planning): Queries {
  return {
    plan: (query, common, outer) => planQuery(planning, query, common, outer),
    open: (query, common, outer) => openQuery(planning, query, common, outer),
  };
}

function statementOf(node: Node): SelectStmt {
  return (node as { SelectStmt: SelectStmt }).SelectStmt;
}

/** What WITH names, each in terms of those before. */
function withCommon(planning: Planning, { withClause }: SelectStmt, common: Common): Common {
  if (withClause === undefined) return common;
  const { source } = planning.parsed;
  if (withClause.recursive)
    throw source.unsupported('with recursive', wordBefore(planning.parsed, 'recursive', undefined));
  const known = new Map(common);
  const own = new Set<string>();
  for (const item of withClause.ctes ?? []) {
    const {
      ctename = '',
      aliascolnames = [],
      ctequery,
      location,
    } = (item as { CommonTableExpr: CommonTableExpr }).CommonTableExpr;
    const name = ctename.toLowerCase();
    if (own.has(name)) throw source.error(`two common table expressions are named ${ctename}`, location);
    own.add(name);
    if (!ctequery || !('SelectStmt' in ctequery))
      throw source.error('a common table expression begins with select', location);
    const plan = planQuery(planning, ctequery, known, null);
    known.set(
      name,
      withNames(plan, aliascolnames.map(nameOf), () =>
        source.error(
          `${ctename} is given ${aliascolnames.length} names of columns, but has ${columnNames(plan).length}`,
          location,
        ),
      ),
    );
  }
  return known;
}

/** The first columns under other names. */
function withNames(plan: Plan, names: readonly string[], tooMany: () => Error): Plan {
  if (names.length === 0) return plan;
  const own = columnNames(plan);
  if (names.length > own.length) throw tooMany();
  return project(
    plan,
    own.map((name, i) => named(names[i] ?? name, column(name))),
  );
}

function planSetOperation(planning: Planning, select: SelectStmt, common: Common, outer: Outer | null): Plan {
  const { parsed } = planning;
  const sides = [select.larg, select.rarg].map((side) =>
    planStatement(planning, bareOf(side), common, outer),
  );
  const [left, right] = sides as [Plan, Plan];
  const word = String(select.op).replace('SETOP_', '').toLowerCase();
  const byte = wordBefore(parsed, word, startOf(select.rarg));
  return located(parsed.source, byte, () => {
    const combined = combine[word]!(left, right, select.all ?? false);
    schemaOf(combined);
    return combined;
  });
}

const combine: Readonly<Record<string, (left: Plan, right: Plan, all: boolean) => Plan>> = {
  union(left, right, all) {
    // What is united by position already is one union of many.
    const inputs = left.op === 'union' && all ? [...left.inputs, right] : [left, right];
    const united = unionByPosition(inputs);
    return all ? united : distinct(united);
  },
  intersect,
  except,
};

/** The sides of a union are statements without the wrapping that other nodes have. */
function bareOf(side: unknown): SelectStmt {
  const node = side as { SelectStmt?: SelectStmt };
  return node.SelectStmt ?? (side as SelectStmt);
}

function planValues(planning: Planning, lists: readonly Node[]): Plan {
  const { parsed, places } = planning;
  const scope = relationScope(planning, { inputs: [], conditions: [], columns: [] }, 'values');
  const rows = lists.map((node) => {
    const { List } = node as { List: { items?: Node[] } };
    const exprs = convertAll(List.items, {
      ...scope,
      column(name, _, byte) {
        throw parsed.source.error(`values takes constants; there is no column ${name} here`, byte);
      },
    });
    for (const expr of exprs) check(expr, { fields: [] }, parsed.source, places);
    return exprs;
  });
  const width = rows[0]!.length;
  const odd = rows.findIndex((row) => row.length !== width);
  if (odd >= 0) throw parsed.source.error('all rows of values have as many columns', startOf(lists[odd]));
  const columns = Array.from({ length: width }, (_, i) =>
    sameTyped(
      rows.map((row) => row[i]!),
      planning,
    ),
  );
  return values(rows.map((_, row) => columns.map((exprs, i) => named(`column${i + 1}`, exprs[row]!))));
}

/** The values of a column in one type. */
function sameTyped(exprs: readonly Expr[], { parsed, places }: Planning): readonly Expr[] {
  const types = exprs.map((expr) => bind(expr, { fields: [] }).type);
  const type = commonType(types);
  if (type === null) {
    const odd = types.findIndex((_, i) => commonType(types.slice(0, i + 1)) === null);
    throw parsed.source.error(
      `a column of values has types that do not go together: ${typeName(types[0]!)} and ${typeName(types[odd]!)}; cast them`,
      places.get(exprs[odd]!),
    );
  }
  return types.every((own) => own.kind === type.kind) ? exprs : exprs.map((expr) => cast(expr, type));
}

/** ORDER BY and LIMIT over rows that have no table: names are those of the result. */
function finished(planning: Planning, select: SelectStmt, plan: Plan): Plan {
  const { parsed, places } = planning;
  refuseClauses(parsed, select, ['sortClause', 'limitOffset', 'limitCount', 'withClause']);
  const relation = tableRelation(plan, [], new Set());
  const scope = relationScope(planning, relation, 'order by of a union; compute it in a subquery');
  const names = columnNames(plan);
  const keys = sortNodes(select).flatMap((node) => {
    if (isAll(node.node, parsed)) return names.map((name) => orderOf(node, column(name), parsed));
    const ordinal = ordinalOf(node.node);
    if (ordinal !== null && (ordinal < 1 || ordinal > names.length))
      throw parsed.source.error(
        `order by ${ordinal}: the select list has ${names.length} column${names.length === 1 ? '' : 's'}`,
        startOf(node),
      );
    const expr = ordinal === null ? convert(node.node, scope) : column(names[ordinal - 1]!);
    check(expr, schemaOf(plan), parsed.source, places);
    return [orderOf(node, expr, parsed)];
  });
  return limited(keys.length === 0 ? plan : sort(plan, keys), select, parsed);
}

function ordinalOf(node: Node | undefined): number | null {
  if (node === undefined || !('A_Const' in node) || !node.A_Const.ival) return null;
  return node.A_Const.ival.ival ?? 0;
}
