/**
 * Stages as text, the first to run first:
 *
 *     2 workers
 *     stage 0    30 tasks    scan, filter, aggregate (partial)    in 6 partitions by origin
 *     stage 1     6 tasks    stage 0, aggregate (final)
 */
import { exprText, sortKeyText } from '../../plan/expr-text.js';
import { inputsOf, type Plan } from '../../plan/plan.js';
import type { RunLayout } from './output.js';
import { exchangeOf, type Stage, taskCount } from './stage.js';

/** Without a line break at the end. */
export function stagesText(stages: readonly Stage[], workers: number): string {
  const rows = stages.map((stage) => {
    const tasks = stage.parts.reduce((sum, part) => sum + taskCount(part), 0);
    return [
      `stage ${stage.number}`,
      `${tasks} task${tasks === 1 ? '' : 's'}`,
      operatorsText(stage),
      layoutText(stage.layout),
    ];
  });
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(([name, tasks, plan, output]) =>
    [name!.padEnd(widths[0]!), tasks!.padStart(widths[1]!), plan!.padEnd(widths[2]!), output!]
      .join('    ')
      .trimEnd(),
  );
  return [`${workers} worker${workers === 1 ? '' : 's'}`, ...lines].join('\n');
}

/** The operators of a stage. */
export const operatorsText = ({ parts }: Stage): string =>
  [...new Set(parts.map(({ plan }) => planText(plan)))].join(' | ');

/** Operators in the order in which rows pass them. */
function planText(plan: Plan): string {
  const inputs = inputsOf(plan).map(planText);
  const before = inputs.length > 1 ? [`(${inputs.join(') (')})`] : inputs;
  return [...before, opText(plan)].join(', ');
}

function opText(plan: Plan): string {
  if (plan.op === 'scan') {
    const read = exchangeOf(plan);
    return read === null ? 'scan' : `stage ${read.stage}`;
  }
  return plan.op === 'aggregate' && plan.stage !== 'whole' ? `aggregate (${plan.stage})` : plan.op;
}

function layoutText(layout: RunLayout): string {
  switch (layout.kind) {
    case 'rows':
      return '';
    case 'partitions':
      return `in ${layout.count} partitions by ${layout.by.map((expr) => exprText(expr)).join(', ')}`;
    case 'sorted':
      return `sorted by ${layout.keys.map((key) => sortKeyText(key)).join(', ')}`;
  }
}
