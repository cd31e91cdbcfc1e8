/** Results as Markdown: what ran where, a table for each size and limit, the means, and where others are ahead. */
import { formatBytes } from '../lib/errors.js';
import { boundOf } from './bounds.js';
import { type Cell, coldOf, type EngineInfo, geometricMean, type Results, warmOf } from './results.js';

export function reportText(results: Results): string {
  const { date, machine, engines, rounds, cells } = results;
  const versions = engines.map(({ title, version }) => `${title} ${version}`).join(', ');
  const groups = grouped(cells);
  return `# Benchmarks of ${date}

${machine.cpu}, ${machine.cores} cores, ${formatBytes(machine.memory)} of memory, ${machine.system}, Node.js ${machine.node.slice(1)}${machine.python === null ? '' : `, Python ${machine.python}`}. ${versions}.

Each cell is a process of its own, under a hard limit of memory where the system lets one be set, its answer checked; what it
reads was read through once before, for the system to keep what it can outside of that limit, so that no disk is measured. Seconds
are those of the first round in the process, then, where there are more, the median of the others and from which to which
they went (${rounds} round${rounds === 1 ? '' : 's'} in all). Memory is the most that the process and all below it had resident, and what lay in temporary files.

${groups.map((group) => groupText(group, engines)).join('\n')}
${behindText(cells, engines)}`;
}

/** `1.10 s, then 0.38 s (0.37-0.41)`, peak memory, what was spilled; or how it ended. */
export function cellText(cell: Cell): string {
  const { end, message, lasted, peak, spilled, memory, enforced } = cell;
  if (end !== 'done') {
    const why = message === null || end === 'out of memory' ? '' : `: ${message.replaceAll('|', '/')}`;
    return `**${end}** after ${seconds(lasted)}${why}`;
  }
  const over = peak > memory ? ' **over the limit**' : '';
  const memoryText = `${formatBytes(peak)}${spilled > 0 ? ` + ${formatBytes(spilled)}` : ''}`;
  return `${timesText(cell)}; ${memoryText}${over}${enforced ? '' : ' (limit not enforced)'}`;
}

/** Those of one size, threads and memory. */
interface Group {
  readonly title: string;
  readonly cells: readonly Cell[];
}

/** By size and number of threads; what ran under several limits has a column for each. */
function grouped(cells: readonly Cell[]): Group[] {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const title = `${cell.size}, ${cell.threads} thread${cell.threads === 1 ? '' : 's'}`;
    const group = groups.get(title);
    if (group === undefined) groups.set(title, [cell]);
    else group.push(cell);
  }
  return Array.from(groups, ([title, own]) => ({ title, cells: own }));
}

interface Column {
  readonly title: string;
  readonly engine: string;
  readonly memory: number;
}

function groupText({ title, cells }: Group, engines: readonly EngineInfo[]): string {
  const columns = columnsOf(cells, engines);
  const tasks = [...new Set(cells.map(({ task }) => task))];
  const cellOf = (task: string, { engine, memory }: Column): Cell | undefined =>
    cells.find((cell) => cell.task === task && cell.engine === engine && cell.memory === memory);
  const rows = tasks.map((task) => [
    task,
    ...columns.map((column) => {
      const cell = cellOf(task, column);
      return cell === undefined ? '-' : cellText(cell);
    }),
  ]);
  const header = ['task', ...columns.map((column) => column.title)];
  const lines = [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  return `## ${title}\n\n${lines.join('\n')}\n\n${meansText(columns, tasks, cellOf)}`;
}

function columnsOf(cells: readonly Cell[], engines: readonly EngineInfo[]): Column[] {
  return engines.flatMap(({ name, title }) => {
    const limits = new Set(cells.filter(({ engine }) => engine === name).map(({ memory }) => memory));
    return Array.from(limits, (memory) => ({
      title: `${title}, ${formatBytes(memory)}`,
      engine: name,
      memory,
    }));
  });
}

/** How many times longer each takes than ours under the same limit, and how much of it each could do. */
function meansText(
  columns: readonly Column[],
  tasks: readonly string[],
  cellOf: (task: string, column: Column) => Cell | undefined,
): string {
  const lines = columns.flatMap((column) => {
    const own = tasks.flatMap((task) => cellOf(task, column) ?? []);
    const done = own.filter(({ end }) => end === 'done');
    const ours = columns.find((other) => other.engine === 'spillway' && compares(other, column, columns));
    const pairs = done.flatMap((cell) => {
      const our = ours && column !== ours ? cellOf(cell.task, ours) : undefined;
      return our?.end === 'done'
        ? [{ cold: coldOf(cell) / coldOf(our), warm: warmOf(cell) / warmOf(our) }]
        : [];
    });
    const times =
      pairs.length === 0
        ? ''
        : `; ${times2(pairs.map(({ cold }) => cold))} times the seconds of Spillway cold, ${times2(pairs.map(({ warm }) => warm))} warm`;
    return `- ${column.title}: ${done.length} of ${own.length} done${times}`;
  });
  return `${lines.join('\n')}\n`;
}

function times2(ratios: readonly number[]): string {
  return geometricMean(ratios).toFixed(2);
}

/** Ours is compared with others of the same limit; where it ran under limits of its own, with all. */
function compares(
  our: Pick<Cell, 'memory'>,
  other: Pick<Cell, 'memory'>,
  all: readonly Pick<Cell & Column, 'engine' | 'memory'>[],
): boolean {
  const shared = all.some(({ engine, memory }) => engine === 'spillway' && memory === other.memory);
  return shared ? our.memory === other.memory : true;
}

/** A case is behind where a rival is faster than ours, or does what ours does not. */
function behindText(cells: readonly Cell[], engines: readonly EngineInfo[]): string {
  const ours = cells.filter(({ engine }) => engine === 'spillway');
  const lines = ours.flatMap((our) => {
    const rivals = cells.filter(
      (cell) =>
        cell.engine !== 'spillway' &&
        cell.end === 'done' &&
        (['task', 'size', 'threads'] as const).every((key) => cell[key] === our[key]) &&
        compares(our, cell, ours),
    );
    const behind = rivals.filter((cell) => our.end !== 'done' || warmOf(cell) < warmOf(our));
    if (behind.length === 0) return [];
    const first = behind.reduce((a, b) => (warmOf(a) <= warmOf(b) ? a : b));
    const { title } = engines.find(({ name }) => name === first.engine)!;
    const ratio = our.end === 'done' ? (warmOf(first) / warmOf(our)).toFixed(2) : our.end;
    return [
      `| ${our.task} | ${our.size} | ${formatBytes(our.memory)} | ${our.threads} | ${title} | ${ratio} | ${boundOf(our.task)} |`,
    ];
  });
  const header =
    '| task | size | memory | threads | ahead | its time / ours | what bounds ours |\n|---|---|---|---|---|---|---|';
  const text = lines.length === 0 ? 'None.' : `${header}\n${lines.join('\n')}`;
  return `## Where others are ahead\n\n${text}\n`;
}

function timesText(cell: Cell): string {
  const rest = cell.seconds.slice(1);
  if (rest.length === 0) return seconds(coldOf(cell));
  const spread = rest.length < 2 ? '' : ` (${figure(Math.min(...rest))}-${figure(Math.max(...rest))})`;
  return `${seconds(coldOf(cell))}, then ${figure(warmOf(cell))}${spread}`;
}

function seconds(value: number): string {
  return `${figure(value)} s`;
}

function figure(value: number): string {
  return value.toPrecision(3).includes('e')
    ? value.toFixed(0)
    : value < 100
      ? value.toPrecision(3)
      : value.toFixed(0);
}
