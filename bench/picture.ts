/**
 * The picture of the README, as SVG: time and peak memory against the size of the file, a line an engine, for the tasks
 * that read CSV. Both axes are logarithmic. A cross is where an engine died; it is drawn at what it had reached.
 */
import { formatBytes } from '../lib/errors.js';
import { type Cell, coldOf, type Results } from './results.js';

const panel = { width: 200, height: 170, gap: 46, left: 62, top: 64 } as const;
const legendRow = 20;

interface Line {
  readonly label: string;
  readonly color: string;
  readonly width: number;
  readonly engine: string;
  readonly memory: number;
}

interface Measure {
  readonly title: string;
  /** Lines are drawn at its powers. */
  readonly base: number;
  of(cell: Cell): number;
  text(value: number): string;
}

const measures: readonly Measure[] = [
  {
    title: 'time',
    base: 10,
    of: (cell) => (cell.end === 'done' ? coldOf(cell) + (cell.started ?? 0) : cell.lasted),
    text: secondsText,
  },
  { title: 'peak memory', base: 4, of: (cell) => cell.peak, text: formatBytes },
];

const titles: Readonly<Record<string, string>> = {
  load: 'load',
  'csv-filter': 'filter',
  'csv-group': 'group',
  'csv-sort': 'sort',
  'csv-join': 'join',
};

/** Ours are blue; the others go round the circle of hues, dark enough for white and light enough for black. */
const ours = ['#1d6fe0', '#5aa2ff', '#0b4aa2'] as const;
const others = [
  '#d9480f',
  '#2b9a3e',
  '#a33fb5',
  '#c79200',
  '#0c9aa8',
  '#c2255c',
  '#7a6a58',
  '#6b7bd6',
  '#8a8f00',
  '#4d908e',
] as const;

/** Null where fewer than two sizes were measured. */
export function picture({ engines, cells: all }: Results): string | null {
  // Who only loads is not in it.
  const shown = new Set(
    all.filter(({ task }) => task !== 'load' && titles[task]).map(({ engine }) => engine),
  );
  const cells = all.filter(({ task, engine }) => titles[task] !== undefined && shown.has(engine));
  const sizes = [...new Set(cells.map(({ bytes }) => bytes))].sort((a, b) => a - b);
  if (sizes.length < 2) return null;
  const tasks = Object.keys(titles).filter((task) => cells.some((cell) => cell.task === task));
  const lines = linesOf(cells, engines);
  const width = panel.left + tasks.length * (panel.width + panel.gap);
  const columns = Math.max(1, Math.floor((width - panel.left) / 190));
  const legendTop = panel.top + measures.length * (panel.height + panel.gap) + 8;
  const height = legendTop + Math.ceil((lines.length + 1) / columns) * legendRow + 12;
  const panels = measures.flatMap((measure, row) =>
    tasks.map((task, column) => {
      const x = panel.left + column * (panel.width + panel.gap);
      const y = panel.top + row * (panel.height + panel.gap);
      const scales = {
        x: scale(sizes, panel.width),
        y: scale(ends(cells, measure), panel.height, measure.base),
      };
      const own = cells.filter((cell) => cell.task === task);
      return panelText(own, measure, { x, y, title: row === 0 ? titles[task]! : null }, sizes, lines, scales);
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Time and peak memory against the size of a CSV file, by engine">
<style>
text { fill: #6e7681 } .grid { stroke: #8b949e; stroke-opacity: 0.35 } path { fill: none }
@media (prefers-color-scheme: light) { text { fill: #24292f } .faint { fill: #6a737d } }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .faint { fill: #9198a1 } }
</style>
<text x="${panel.left}" y="22" font-size="15" font-weight="600">From a CSV file to the answer: load, filter, group, sort, join</text>
${panels.join('\n')}
${legendText(lines, legendTop, columns)}
</svg>
`;
}

function panelText(
  cells: readonly Cell[],
  measure: Measure,
  at: { readonly x: number; readonly y: number; readonly title: string | null },
  sizes: readonly number[],
  lines: readonly Line[],
  scales: { readonly x: Scale; readonly y: Scale },
): string {
  const parts: string[] = [];
  const title =
    at.title === null
      ? ''
      : `<text x="${panel.width / 2}" y="-12" text-anchor="middle" font-weight="600">${at.title}</text>`;
  for (const size of sizes) {
    const x = round(scales.x.place(size));
    parts.push(`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="${panel.height}"/>`);
    parts.push(
      `<text class="faint" x="${x}" y="${panel.height + 16}" text-anchor="middle" font-size="10">${sizeText(size)}</text>`,
    );
  }
  for (const tick of scales.y.ticks) {
    const y = round(panel.height - scales.y.place(tick));
    parts.push(`<line class="grid" x1="0" x2="${panel.width}" y1="${y}" y2="${y}"/>`);
    parts.push(
      `<text class="faint" x="-5" y="${y + 3}" text-anchor="end" font-size="10">${measure.text(tick)}</text>`,
    );
  }
  if (at.x === panel.left)
    parts.push(
      `<text transform="translate(-50 ${panel.height / 2}) rotate(-90)" text-anchor="middle">${measure.title}</text>`,
    );
  for (const line of lines) {
    const own = cells
      .filter(({ engine, memory }) => engine === line.engine && memory === line.memory)
      .sort((a, b) => a.bytes - b.bytes)
      .map((cell) => ({
        cell,
        x: round(scales.x.place(cell.bytes)),
        y: round(panel.height - scales.y.place(measure.of(cell))),
      }));
    if (own.length === 0) continue;
    const points = own.map(({ x, y }) => `${x} ${y}`).join(' L');
    parts.push(`<path d="M${points}" stroke="${line.color}" stroke-width="${line.width}"/>`);
    for (const { cell, x, y } of own) {
      const told = `<title>${line.label}: ${sizeText(cell.bytes)}, ${cell.end === 'done' ? '' : `${cell.end} after `}${measure.text(measure.of(cell))}</title>`;
      parts.push(
        cell.end === 'done'
          ? `<circle cx="${x}" cy="${y}" r="3" fill="${line.color}">${told}</circle>`
          : `<path class="dead" d="${cross(x, y)}" stroke="${line.color}" stroke-width="3">${told}</path>`,
      );
    }
  }
  return `<g transform="translate(${at.x} ${at.y})">${title}\n${parts.join('\n')}\n</g>`;
}

function linesOf(cells: readonly Cell[], engines: Results['engines']): Line[] {
  let [our, other] = [0, 0];
  return engines.flatMap(({ name, title }) => {
    const limits = [...new Set(cells.filter(({ engine }) => engine === name).map(({ memory }) => memory))];
    const color = name === 'spillway' ? null : others[other++ % others.length]!;
    return limits.map((memory) => ({
      label: `${title}, ${formatBytes(memory)}`,
      color: color ?? ours[our++ % ours.length]!,
      width: color === null ? 3 : 1.5,
      engine: name,
      memory,
    }));
  });
}

function legendText(lines: readonly Line[], top: number, columns: number): string {
  const items = lines.map(
    ({ color, label, width }) =>
      `<path d="M0 0 L22 0" stroke="${color}" stroke-width="${width}"/><circle cx="11" cy="0" r="3" fill="${color}"/><text x="28" y="4">${label}</text>`,
  );
  items.push(
    `<path class="dead grid" d="${cross(11, 0)}" stroke-width="3"/><text x="28" y="4">died there</text>`,
  );
  return items
    .map((item, i) => {
      const x = panel.left + (i % columns) * 190;
      const y = top + Math.floor(i / columns) * legendRow;
      return `<g transform="translate(${x} ${y})">${item}</g>`;
    })
    .join('\n');
}

interface Scale {
  place(value: number): number;
  /** Powers of the base inside of it. */
  readonly ticks: readonly number[];
}

function scale(values: readonly number[], length: number, base = 10): Scale {
  const pad = 0.06;
  const from = Math.log10(Math.min(...values));
  const span = Math.max(Math.log10(Math.max(...values)) - from, 0.1);
  const ticks: number[] = [];
  const perPower = Math.log10(base);
  for (let power = Math.ceil(from / perPower); power * perPower <= from + span; power++)
    ticks.push(base ** power);
  return {
    place: (value) => length * (pad + (1 - 2 * pad) * ((Math.log10(value) - from) / span)),
    ticks,
  };
}

/** The same scale for all tasks, so that they compare. */
function ends(cells: readonly Cell[], measure: Measure): number[] {
  return cells.map((cell) => measure.of(cell)).filter((value) => value > 0);
}

function cross(x: number, y: number): string {
  return `M${round(x - 5)} ${round(y - 5)} l10 10 m0 -10 l-10 10`;
}

function secondsText(value: number): string {
  return value < 1 ? `${Number((value * 1000).toPrecision(2))} ms` : `${Number(value.toPrecision(3))} s`;
}

/** Decimal, as sizes of files are named. */
function sizeText(bytes: number): string {
  return bytes >= 5e8 ? `${bytes / 1e9} GB` : `${bytes / 1e6} MB`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
