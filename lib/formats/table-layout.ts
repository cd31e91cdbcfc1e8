/** Rows of texts as a box of aligned columns, no wider than asked. */
import { cutToWidth, displayWidth } from './display-width.js';

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  /** Numbers stand right; they and times are never cut, as half a number is a wrong one. */
  readonly alignRight: boolean;
  readonly mayCut: boolean;
}

/** null is a null. */
export type TableRow = readonly (string | null)[];

export interface TableContent {
  readonly columns: readonly TableColumn[];
  readonly first: readonly TableRow[];
  /** Rows after a gap; empty where nothing is left out. */
  readonly last: readonly TableRow[];
  /** Rows in all. */
  readonly rows: number;
}

/** The least that is left of a text and of a name that is cut; before that, columns in the middle are left out. */
const leastText = 8;
const leastName = 16;

/** `width` is in columns of the terminal, or Infinity; `dim` puts borders, types and nulls in the background. */
export function drawTable(content: TableContent, width: number, dim: boolean): string {
  const faint = (text: string): string => (dim ? `\x1b[2m${text}\x1b[22m` : text);
  const { shown, widths } = fitColumns(content, width);
  const columns = shown.map((index) => (index < 0 ? null : content.columns[index]!));
  const line = (left: string, middle: string, right: string): string =>
    faint(left + widths.map((each) => '─'.repeat(each + 2)).join(middle) + right);
  const bar = faint('│');
  const draw = (cells: readonly string[]): string => bar + cells.map((cell) => ` ${cell} `).join(bar) + bar;
  const rowOf = (cells: TableRow): string =>
    draw(
      shown.map((index, i) => {
        if (index < 0) return faint('…');
        const cell = cells[index]!;
        const { alignRight } = columns[i]!;
        return cell === null ? faint(pad('null', widths[i]!, alignRight)) : pad(cell, widths[i]!, alignRight);
      }),
    );
  const titles = (text: (column: TableColumn) => string): string[] =>
    columns.map((column, i) => (column === null ? '…' : pad(text(column), widths[i]!, column.alignRight)));
  const lines: string[] = [];
  if (shown.length > 0) {
    lines.push(line('┌', '┬', '┐'));
    lines.push(draw(titles((column) => column.name)));
    lines.push(draw(titles((column) => column.type).map(faint)));
    lines.push(line('├', '┼', '┤'));
    for (const row of content.first) lines.push(rowOf(row));
    if (content.last.length > 0) {
      lines.push(draw(columns.map((column, i) => faint(pad('⋮', widths[i]!, column?.alignRight ?? false)))));
      for (const row of content.last) lines.push(rowOf(row));
    }
    lines.push(line('└', '┴', '┘'));
  }
  lines.push(faint(footer(content, shown)));
  return `${lines.join('\n')}\n`;
}

function footer({ columns, first, last, rows }: TableContent, shown: readonly number[]): string {
  const left = rows - first.length - last.length;
  const kept = shown.filter((index) => index >= 0).length;
  const parts = [count(rows, 'row') + (left > 0 ? ` (${left.toLocaleString('en-US')} not shown)` : '')];
  if (kept < columns.length)
    parts.push(`${count(columns.length, 'column')} (${columns.length - kept} not shown)`);
  return parts.join(', ');
}

const count = (n: number, noun: string): string =>
  `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;

function pad(text: string, width: number, right: boolean): string {
  const cut = cutToWidth(text, width);
  const space = ' '.repeat(Math.max(0, width - displayWidth(cut)));
  return right ? space + cut : cut + space;
}

/** Which columns are shown, -1 for the gap of those that are not, and how wide. */
function fitColumns(content: TableContent, width: number): { shown: number[]; widths: number[] } {
  const wanted = content.columns.map(({ name, type }, i) => {
    const cells = [...content.first, ...content.last].map((row) => displayWidth(row[i] ?? 'null'));
    return { title: Math.max(displayWidth(name), displayWidth(type)), cells: Math.max(0, ...cells) };
  });
  const natural = wanted.map(({ title, cells }) => Math.max(title, cells, 1));
  const least = wanted.map(({ title, cells }, i) => {
    const whole = content.columns[i]!.mayCut ? Math.min(cells, leastText) : cells;
    return Math.max(1, whole, Math.min(title, leastName));
  });
  const shown = dropMiddle(least, width);
  const widths = shown.map((index) => (index < 0 ? 1 : natural[index]!));
  // The widest give way first, a column of the terminal at a time.
  for (let over = boxWidth(widths) - width; over > 0; over--) {
    let widest = -1;
    for (const [i, index] of shown.entries()) {
      if (index < 0 || widths[i]! <= least[index]!) continue;
      if (widest < 0 || widths[i]! > widths[widest]!) widest = i;
    }
    if (widest < 0) break;
    widths[widest]!--;
  }
  return { shown, widths };
}

/** Two spaces and a bar for each, and a bar. */
const boxWidth = (widths: readonly number[]): number => widths.reduce((sum, each) => sum + each + 3, 1);

/** As many columns from both ends as fit, the first before the last. */
function dropMiddle(least: readonly number[], width: number): number[] {
  const all = least.map((_, i) => i);
  if (boxWidth(least) <= width) return all;
  const left: number[] = [];
  const right: number[] = [];
  let used = boxWidth([1]);
  let fromLeft = true;
  while (left.length + right.length < least.length) {
    const next = fromLeft ? left.length : least.length - 1 - right.length;
    used += least[next]! + 3;
    // One column is shown whatever the width.
    if (used > width && left.length > 0) break;
    if (fromLeft) left.push(next);
    else right.unshift(next);
    fromLeft = !fromLeft;
  }
  return [...left, -1, ...right];
}
