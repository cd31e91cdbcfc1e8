/** What comes out of every node: the one place where names and types of a plan are resolved. */
import type { Field, Schema } from '../arrow/schema.js';
import { fieldIndex } from '../arrow/schema.js';
import { type Family, familyOf, typeName } from '../arrow/types.js';
import { queryError } from '../errors.js';
import { columnTypes } from '../kernels/state-columns.js';
import { layOutStates } from '../kernels/state-layout.js';
import { aggregateInputs } from './aggregate-inputs.js';
import { bind, bindPredicate, unknownColumn } from './bind.js';
import { type BoundAggregate, bindAggregate } from './bind-aggregate.js';
import { bindJoinKey } from './bind-join-key.js';
import { bindWindow } from './bind-window.js';
import { freeName } from './build/free-name.js';
import type { Named } from './expr.js';
import { exprText } from './expr-text.js';
import type {
  Aggregate,
  AsofJoin,
  Distinct,
  Expand,
  Explode,
  Filter,
  Join,
  MapBatches,
  Plan,
  Project,
  Scan,
  Sort,
  Union,
  Window,
} from './plan.js';
import { inputsOf } from './plan.js';
import { quoteName } from './quote-name.js';
import { refuseList } from './refuse-list.js';

const schemas = new WeakMap<Plan, Schema>();

/** Throws a query error where the plan makes no sense: an unknown column, types that do not go together. */
export function schemaOf(plan: Plan): Schema {
  const known = schemas.get(plan);
  if (known) return known;
  const schema = (resolve[plan.op] as (plan: Plan) => Schema)(plan);
  schemas.set(plan, schema);
  return schema;
}

/** The columns that a node's own expressions may name. */
export function scopeOf(plan: Plan): Schema {
  if (plan.op === 'scan') return plan.schema;
  if (plan.op === 'aggregate' && plan.over !== null) return plan.over;
  return { fields: inputsOf(plan).flatMap((input) => schemaOf(input).fields) };
}

const resolve: { readonly [K in Plan['op']]: (plan: Extract<Plan, { op: K }>) => Schema } = {
  scan: scanSchema,
  filter: filterSchema,
  project: projectSchema,
  limit: (plan) => schemaOf(plan.input),
  aggregate: aggregateSchema,
  distinct: distinctSchema,
  sort: sortSchema,
  join: joinSchema,
  asof: asofSchema,
  window: windowSchema,
  union: unionSchema,
  expand: expandSchema,
  explode: explodeSchema,
  sample: (plan) => schemaOf(plan.input),
  map: mapSchema,
};

function scanSchema(plan: Scan): Schema {
  if (plan.predicate) bindPredicate(plan.predicate, plan.schema, 'the filter');
  if (plan.columns === null) return plan.schema;
  const fields = plan.columns.map((name) => {
    const field = plan.schema.fields[fieldIndex(plan.schema, name)];
    if (!field) throw unknownColumn(name, plan.schema);
    return field;
  });
  return { fields };
}

function filterSchema(plan: Filter): Schema {
  const schema = schemaOf(plan.input);
  bindPredicate(plan.predicate, schema, 'the filter');
  return schema;
}

function projectSchema(plan: Project): Schema {
  return unique(plan.columns.map((column) => fieldOf(column, schemaOf(plan.input))));
}

function aggregateSchema(plan: Aggregate): Schema {
  const input = scopeOf(plan);
  const keys = plan.keys.map((key) => fieldOf(key, input));
  for (const { name, type } of keys) refuseList(type, `group by ${quoteName(name)}`);
  const bound = plan.aggregates.map((aggregate) => bindAggregate(aggregate, input));
  if (plan.stage === 'partial') return unique([...keys, ...stateFields(keys, bound)]);
  const values = bound.map(({ name, type, nullable }): Field => ({ name, type, nullable }));
  return unique([...keys, ...values]);
}

/** What a partial aggregate gives beside the keys. */
function stateFields(keys: readonly Field[], aggregates: readonly BoundAggregate[]): Field[] {
  const taken = new Set(keys.map(({ name }) => name));
  const types = columnTypes(layOutStates(aggregateInputs(aggregates).specs));
  return types.map((type, i): Field => {
    const name = freeName(`state ${i + 1}`, taken);
    taken.add(name);
    return { name, type, nullable: type.kind === 'utf8' };
  });
}

function distinctSchema(plan: Distinct): Schema {
  const schema = schemaOf(plan.input);
  for (const { name, type } of schema.fields) refuseList(type, `take distinct rows with ${quoteName(name)}`);
  return schema;
}

function sortSchema(plan: Sort): Schema {
  const schema = schemaOf(plan.input);
  for (const key of plan.keys) refuseList(bind(key.expr, schema).type, `sort by ${exprText(key.expr)}`);
  return schema;
}

function joinSchema(plan: Join): Schema {
  const left = schemaOf(plan.left);
  const right = schemaOf(plan.right);
  const both = unique([...left.fields, ...right.fields]);
  for (const key of plan.on) bindJoinKey(key, left, right);
  if (plan.condition) bindPredicate(plan.condition, both, 'the join condition');
  if (plan.kind === 'semi' || plan.kind === 'anti') return left;
  const { kind } = plan;
  return {
    fields: [
      ...(kind === 'right' || kind === 'full' ? left.fields.map(asNullable) : left.fields),
      ...(kind === 'left' || kind === 'full' ? right.fields.map(asNullable) : right.fields),
    ],
  };
}

function asofSchema(plan: AsofJoin): Schema {
  const left = schemaOf(plan.left);
  const right = schemaOf(plan.right);
  for (const key of plan.on) bindJoinKey(key, left, right);
  const { type } = bindJoinKey(plan.nearest, left, right).left;
  if (!measured.has(familyOf(type)))
    throw queryError(
      `an asof join compares numbers, dates or timestamps, not ${exprText(plan.nearest.left)} (${typeName(type)})`,
    );
  return unique([...left.fields, ...(plan.kind === 'left' ? right.fields.map(asNullable) : right.fields)]);
}

/** Families of types whose values are nearer or farther. */
const measured: ReadonlySet<Family> = new Set(['integer', 'float', 'decimal', 'date', 'timestamp']);

function windowSchema(plan: Window): Schema {
  const input = schemaOf(plan.input);
  for (const key of plan.partitionBy) refuseList(bind(key, input).type, `partition by ${exprText(key)}`);
  for (const { expr } of plan.orderBy) refuseList(bind(expr, input).type, `order by ${exprText(expr)}`);
  const made = plan.functions.map((one): Field => {
    const { type, nullable } = bindWindow(one, plan, input);
    return { name: one.name, type, nullable };
  });
  return unique([...input.fields, ...made]);
}

const asNullable = (field: Field): Field => (field.nullable ? field : { ...field, nullable: true });

/** Builders see to it that names and types are the same. */
function unionSchema(plan: Union): Schema {
  const [first, ...others] = plan.inputs.map(schemaOf) as [Schema, ...Schema[]];
  return {
    fields: first.fields.map((field, i) =>
      others.some((other) => other.fields[i]!.nullable) ? asNullable(field) : field,
    ),
  };
}

function expandSchema(plan: Expand): Schema {
  const input = schemaOf(plan.input);
  const [first, ...others] = plan.projections.map((columns) =>
    unique(columns.map((column) => fieldOf(column, input))),
  ) as [Schema, ...Schema[]];
  return {
    fields: first.fields.map((field, i) =>
      others.some((other) => other.fields[i]!.nullable) ? asNullable(field) : field,
    ),
  };
}

function explodeSchema(plan: Explode): Schema {
  const { fields } = schemaOf(plan.input);
  const listed = fields.find(({ name }) => name === plan.column);
  if (listed === undefined) throw unknownColumn(plan.column, { fields });
  const { type, name } = listed;
  if (type.kind !== 'list')
    throw queryError(`only lists are exploded, and the type of "${name}" is ${typeName(type)}`, {
      column: name,
    });
  return {
    fields: fields.map((field) => (field === listed ? { name, type: type.element, nullable: true } : field)),
  };
}

/** The input must make sense, whatever becomes of it. */
function mapSchema(plan: MapBatches): Schema {
  schemaOf(plan.input);
  return unique(plan.schema.fields);
}

function fieldOf({ name, expr }: Named, input: Schema): Field {
  const { type, nullable } = bind(expr, input);
  return { name, type, nullable };
}

function unique(fields: readonly Field[]): Schema {
  const names = new Set<string>();
  for (const { name } of fields) {
    if (names.has(name)) throw twoColumnsNamed(name);
    names.add(name);
  }
  return { fields };
}

export function twoColumnsNamed(name: string): Error {
  return queryError(`two columns are named "${name}"; give one another name with as`, { column: name });
}
