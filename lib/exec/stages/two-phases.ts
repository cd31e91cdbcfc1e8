/** Operators that tasks begin on what each of them reads, so that less is put down for those that end them. */
import { estimateRows } from '../../plan/estimate.js';
import { aggregate } from '../../plan/make-plan.js';
import type { Unary, Window, WindowTop } from '../../plan/plan.js';
import { hasPartial } from '../../plan/two-phase.js';

/** More groups than this part of the rows: what tasks find out for themselves makes little of them. */
const littlePart = 0.25;

/** Do tasks make less of their rows, before others make of all of them what comes out? */
export function isTwoPhase(node: Unary): boolean {
  if (node.op === 'aggregate' ? !hasPartial(node) : node.op !== 'distinct' && !hasTop(node)) return false;
  const [left, rows] = [leftOf(node), estimateRows(node.input)];
  return left === null || rows === null || left <= rows * littlePart;
}

/** Rows that a task of the first phase may come down to: groups, or the first rows of each partition. */
export function leftOf(node: Unary): number | null {
  if (!hasTop(node)) return estimateRows(node);
  const keys = node.partitionBy.map((expr, i) => ({ name: String(i), expr }));
  const partitions = estimateRows(aggregate(node.input, keys, []));
  return partitions === null ? null : partitions * node.top.rows;
}

const hasTop = (node: Unary): node is Window & { readonly top: WindowTop } =>
  node.op === 'window' && node.top !== null;
