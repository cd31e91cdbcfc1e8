/** Every rule alone and all together keep the schema, and the rows wherever the plan as written raises no error. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bool, float64, int8, int64 } from '../../lib/arrow/types.js';
import { explain } from '../../lib/plan/explain.js';
import type { Expr, LiteralExpr } from '../../lib/plan/expr.js';
import { call, column, integer, literal, named } from '../../lib/plan/make-expr.js';
import { project, scan } from '../../lib/plan/make-plan.js';
import { optimize, rules } from '../../lib/plan/optimize.js';
import type { Plan } from '../../lib/plan/plan.js';
import { schemaOf } from '../../lib/plan/schema.js';
import { mapInputs } from '../../lib/plan/walk-plan.js';
import {
  diceOf,
  evaluate,
  Failure,
  outcome,
  type Row,
  randomPlan,
  randomRows,
  randomWindows,
  source,
  table,
  withStatistics,
} from './helpers.js';

const test = suite('optimize');

/** Folds with the interpreter. */
function evaluateConstant(expr: Expr): LiteralExpr | null {
  try {
    const value = evaluate(expr, {});
    const plan = project(table, [named('x', expr)]);
    const { type } = schemaOf(plan).fields[0]!;
    return literal(type, type.kind === 'int64' && value !== null ? String(value) : value);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

function compare(before: Plan, after: Plan, rows: readonly Row[], what: string): boolean {
  const told = `${what}\n${explain(before)}\n=>\n${explain(after)}\n${JSON.stringify(rows)}`;
  const [was, is] = [schemaOf(before).fields, schemaOf(after).fields];
  assert.equal(
    is.map(({ name, type }) => ({ name, type })),
    was.map(({ name, type }) => ({ name, type })),
    told,
  );
  assert.ok(
    is.every((field, i) => !field.nullable || was[i]!.nullable),
    told,
  );
  const expected = outcome(before, rows);
  if (expected === null) return false;
  // The interpreter keeps the order of columns, JSON tells 0 from -0 not.
  assert.is(JSON.stringify(outcome(after, rows)), JSON.stringify(expected), told);
  return true;
}

// Random plans have no dates, and no aggregates of all that there is; others test these.
const apart = ['type-literals', 'answer-from-statistics'];
for (const { name } of rules.filter((rule) => !apart.includes(rule.name))) {
  test(`${name} keeps schema and rows`, () => {
    const others = rules.map((rule) => rule.name).filter((other) => other !== name);
    let changed = 0;
    let alive = 0;
    for (let seed = 0; seed < 900; seed++) {
      const dice = diceOf(seed);
      const bare = dice.below(4) === 0 ? randomWindows(dice) : randomPlan(dice, 1 + dice.below(5), true);
      const rows = randomRows(dice);
      const described = withStatistics(bare, rows);
      // Alone it finds no predicate in a scan.
      const plan =
        name === 'prune-chunks'
          ? optimize(described, {
              without: rules.map((rule) => rule.name).filter((rule) => rule !== 'push-filter'),
            })
          : described;
      const better = optimize(plan, { without: others, evaluateConstant });
      if (better !== plan) changed++;
      if (compare(plan, better, rows, `${name}, seed ${seed}`) && better !== plan) alive++;
    }
    assert.ok(changed > 12, `${changed} plans were changed`);
    assert.ok(alive > 5, `${alive} changed plans gave rows`);
  });
}

test('all rules together keep schema and rows, and come to rest', () => {
  for (let seed = 10_000; seed < 10_800; seed++) {
    const dice = diceOf(seed);
    const plan = dice.below(4) === 0 ? randomWindows(dice) : randomPlan(dice, 1 + dice.below(7), true);
    const rows = randomRows(dice);
    compare(plan, optimize(withStatistics(plan, rows), { evaluateConstant }), rows, `seed ${seed}`);
    const better = optimize(plan, { evaluateConstant });
    compare(plan, better, rows, `seed ${seed}`);
    assert.is(optimize(better, { evaluateConstant }), better);
    assert.equal(
      mapInputs(JSON.parse(JSON.stringify(better)), (input) => input),
      better,
      'plain data',
    );
  }
});

test('a rule that finds nothing returns the same plan', () => {
  for (const rule of rules) assert.is(rule.apply(table, {}), table, rule.name);
});

test('folding changes no type', () => {
  const narrow = scan(source, {
    fields: [
      { name: 's', type: int8, nullable: true },
      { name: 'f', type: { kind: 'float32' }, nullable: true },
    ],
  });
  const sum = call('add', integer(1), integer(1));
  const constants = { evaluateConstant: (expr: Expr) => (expr === sum ? integer(2) : null) };
  // coalesce(s, 1 + 1) is int64, coalesce(s, 2) would be int8; f * 2 would be float32.
  const plan = project(narrow, [
    named('x', call('coalesce', column('s'), sum)),
    named('y', call('mul', column('f'), sum)),
    named('z', call('lt', column('s'), sum)),
  ]);
  const folded = optimize(plan, constants);
  assert.equal(schemaOf(folded), schemaOf(plan));
  assert.equal(
    folded,
    project({ ...narrow, columns: null }, [
      plan.columns[0]!,
      plan.columns[1]!,
      named('z', call('lt', column('s'), integer(2))),
    ]),
  );
  assert.equal(
    schemaOf(plan).fields.map(({ type }) => type),
    [int64, float64, bool],
  );
});

test.run();
