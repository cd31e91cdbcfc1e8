/**
 * A plan as text, the last operator first:
 *
 *     sort n desc, top 5                          about 5 rows
 *     └─ aggregate count(*) as n by origin        about 33,333 rows
 *        └─ scan flights.csv (csv)                about 333,333 of 1,000,000 rows
 *             columns  origin (1 of 9)
 *             where    delay > 60
 */
import { basename } from 'node:path';
import { schemaText } from '../arrow/schema.js';
import { codeText } from './code-text.js';
import { estimateRows } from './estimate.js';
import type { Named } from './expr.js';
import { aggregateText, exprText, sortKeyText } from './expr-text.js';
import { allRows } from './make-plan.js';
import { inputsOf, type Join, type JoinKey, type Plan, type Scan } from './plan.js';
import { quoteName } from './quote-name.js';

export interface ExplainOptions {
  /** Lines to add under a node: what the executor chose. */
  readonly notes?: (node: Plan) => readonly string[];
}

/** Without a line break at the end. */
export function explain(plan: Plan, options: ExplainOptions = {}): string {
  const lines: Line[] = [];
  walk(plan, '', '', options, lines);
  const widths = lines.map(({ text, rows }) => (rows === '' ? 0 : text.length));
  const width = Math.min(60, Math.max(...widths));
  return lines.map(({ text, rows }) => (rows === '' ? text : `${text.padEnd(width)}    ${rows}`)).join('\n');
}

interface Line {
  readonly text: string;
  readonly rows: string;
}

/** `first` precedes the operator, `rest` its other lines and its inputs. */
function walk(plan: Plan, first: string, rest: string, options: ExplainOptions, lines: Line[]): void {
  const { title, details } = (describe[plan.op] as (plan: Plan) => Description)(plan);
  const inputs = inputsOf(plan);
  lines.push({ text: first + shortened(title), rows: rowsText(plan) });
  const gutter = rest + (inputs.length > 0 ? '│    ' : '  ');
  for (const detail of [...details, ...(options.notes?.(plan) ?? [])]) {
    lines.push({ text: gutter + shortened(detail), rows: '' });
  }
  inputs.forEach((input, i) => {
    const last = i === inputs.length - 1;
    walk(input, `${rest}${last ? '└─ ' : '├─ '}`, `${rest}${last ? '   ' : '│  '}`, options, lines);
  });
}

/** A list of a thousand constants would bury the plan. */
function shortened(text: string): string {
  return text.length > 240 ? `${text.slice(0, 240)}...` : text;
}

interface Description {
  readonly title: string;
  readonly details: readonly string[];
}

const describe: { readonly [K in Plan['op']]: (plan: Extract<Plan, { op: K }>) => Description } = {
  scan: describeScan,
  filter: (plan) => ({ title: `filter ${exprText(plan.predicate)}`, details: [] }),
  project: (plan) => listed('project', plan.columns.map(namedText), ''),
  limit(plan) {
    const count = plan.count === allRows ? '' : ` ${grouped(plan.count)}`;
    const offset = plan.offset === 0 ? '' : ` ${count === '' ? '' : 'after '}${grouped(plan.offset)}`;
    return { title: (count === '' ? 'skip' : `limit${count}`) + offset, details: [] };
  },
  aggregate(plan) {
    const aggregates = plan.aggregates.map((aggregate) => as(aggregateText(aggregate), aggregate.name));
    const keys = plan.keys.map(namedText).join(', ');
    const operator = plan.stage === 'whole' ? 'aggregate' : `${plan.stage} aggregate`;
    return listed(operator, aggregates, keys === '' ? '' : `by ${keys}`);
  },
  distinct: () => ({ title: 'distinct', details: [] }),
  sort(plan) {
    const limit = plan.limit === null ? '' : `, top ${grouped(plan.limit)}`;
    return { title: `sort ${plan.keys.map((key) => sortKeyText(key)).join(', ')}${limit}`, details: [] };
  },
  join(plan) {
    const condition = plan.condition === null ? [] : [exprText(plan.condition)];
    const on = [...plan.on.map((key) => joinKeyText(key, plan.nullsEqual)), ...condition].join(' and ');
    return { title: `${plan.kind} join${on === '' ? '' : ` on ${on}`}`, details: warnings(plan) };
  },
  asof(plan) {
    const signs = { backward: '>', forward: '<', nearest: '~' };
    const sign = signs[plan.direction] + (plan.allowEqual && plan.direction !== 'nearest' ? '=' : '');
    const nearest = `${exprText(plan.nearest.left)} ${sign} ${exprText(plan.nearest.right)}`;
    const within = plan.tolerance === null ? '' : ` within ${exprText(plan.tolerance)}`;
    const on = [...plan.on.map((key) => joinKeyText(key, false)), nearest].join(' and ');
    return { title: `asof ${plan.kind} join on ${on}${within}`, details: [] };
  },
  window(plan) {
    const by = plan.partitionBy.map((key) => exprText(key)).join(', ');
    const order = plan.orderBy.map((key) => sortKeyText(key)).join(', ');
    const over = [by && `partition by ${by}`, order && `order by ${order}`].filter((part) => part !== '');
    const functions = plan.functions.map((one) =>
      as(`${one.function}(${one.args.map((arg) => exprText(arg)).join(', ')})`, one.name),
    );
    const top = plan.top === null ? '' : `, the rows up to ${plan.top.by} ${plan.top.rows}`;
    return listed('window', functions, over.length === 0 ? '' : `over (${over.join(' ')})${top}`);
  },
  union: () => ({ title: 'union all', details: [] }),
  expand({ projections: { length } }) {
    return { title: `expand to ${grouped(length)} row${length === 1 ? '' : 's'} each`, details: [] };
  },
  explode: (plan) => ({
    title: `explode ${quoteName(plan.column)}${plan.outer ? ' outer' : ''}`,
    details: [],
  }),
  sample(plan) {
    const some = plan.count === null ? `${plan.rate! * 100} %` : `${grouped(plan.count)} rows`;
    return { title: `sample ${some} (seed ${plan.seed})`, details: [] };
  },
  map: (plan) => ({
    title: `map batches by ${codeText(plan)}`,
    details: [`gives    ${schemaText(plan.schema)}`],
  }),
};

/** A product of two inputs is seldom meant. */
const absurdRows = 1e9;

function warnings(plan: Join): readonly string[] {
  const rows = plan.on.length === 0 ? estimateRows(plan) : null;
  if (rows === null || rows < absurdRows) return [];
  return ['warning  each row meets each of the other side, as no columns must be equal'];
}

function joinKeyText({ left, right }: JoinKey, nullsEqual: boolean): string {
  return `${exprText(left)} ${nullsEqual ? 'is not distinct from' : '='} ${exprText(right)}`;
}

function describeScan(plan: Scan): Description {
  const { source, schema, columns, predicate, chunks, limit } = plan;
  const details: string[] = [];
  if (columns !== null) {
    const names = columns.length === 0 ? 'none' : columns.map(quoteName).join(', ');
    details.push(`columns  ${names} (${columns.length} of ${schema.fields.length})`);
  }
  if (predicate !== null) details.push(`where    ${exprText(predicate)}`);
  if (predicate !== null && source.statistics !== null) {
    const all = source.statistics.chunks.length;
    details.push(`chunks   ${grouped(chunks?.length ?? all)} of ${grouped(all)}`);
  }
  if (limit !== null) details.push(`limit    ${grouped(limit)}`);
  // What a query without FROM reads has no path.
  const title =
    source.paths.length === 0 ? source.format : `scan ${pathsText(source.paths)} (${source.format})`;
  return { title, details };
}

function pathsText(paths: readonly string[]): string {
  const [path = ''] = paths;
  const name = path === '-' ? 'standard input' : basename(path);
  return paths.length > 1 ? `${name} and ${grouped(paths.length - 1)} more` : name;
}

/** On one line if it is not too long, else an item a line. */
function listed(operator: string, items: readonly string[], tail: string): Description {
  const words = [operator, items.join(', '), tail].filter((word) => word !== '');
  const line = words.join(' ');
  if (line.length <= 76 || items.length === 1) return { title: line, details: [] };
  return { title: [operator, tail].filter((word) => word !== '').join(' '), details: items };
}

function namedText({ name, expr }: Named): string {
  return expr.op === 'column' && expr.name === name ? quoteName(name) : as(exprText(expr), name);
}

/** A name that is but the text is not worth repeating. */
function as(text: string, name: string): string {
  return text === name ? text : `${text} as ${quoteName(name)}`;
}

function rowsText(plan: Plan): string {
  const rows = estimateRows(plan);
  if (rows === null) return '';
  const noun = rows === 1 ? 'row' : 'rows';
  if (isExact(plan)) return `${grouped(rows)} ${noun}`;
  const all = plan.op === 'scan' && plan.source.rows !== null ? ` of ${grouped(plan.source.rows)}` : '';
  return `about ${grouped(rows)}${all} ${noun}`;
}

function isExact(plan: Plan): boolean {
  if (plan.op === 'scan') return plan.source.rows !== null && plan.predicate === null && plan.limit === null;
  if (plan.op === 'aggregate') return plan.keys.length === 0;
  return (plan.op === 'project' || (plan.op === 'sort' && plan.limit === null)) && isExact(plan.input);
}

/** 1234567 -> 1,234,567 */
function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}
