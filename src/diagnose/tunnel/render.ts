/** Kept calls as text for people. Rows have columns of one width, so that those of one command stand below one another. */
import type { Result, Style } from '../command.js';
import { fold, formatBytes, padEnd, padStart, renderKeyValue, textWidth } from '../render/index.js';
import { type JsonValue, valueText } from '../values/index.js';

/** A record as a client reads it. */
interface ReadRecord {
  readonly index: number;
  readonly timestamp: string;
  readonly cost: number;
  readonly settle?: number;
  readonly return: boolean;
  readonly throw: boolean;
  readonly object: string;
  readonly className: string;
  readonly methodName: string;
  readonly params: readonly { readonly object?: JsonValue }[];
  readonly returnObj: string;
  readonly throwExp: string;
  readonly bytes?: number;
  readonly kept?: false;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly right?: true;
}

const GAP = '  ';
const COLUMNS: readonly Column[] = [
  { title: 'INDEX', width: 6 },
  { title: 'TIMESTAMP', width: 23 },
  { title: 'COST(ms)', width: 10, right: true },
  { title: 'IS-RET', width: 6 },
  { title: 'IS-EXP', width: 6 },
  { title: 'OBJECT', width: 10 },
  { title: 'CLASS', width: 0 },
  { title: 'METHOD', width: 0 },
];
/** On a narrow terminal the date and the object are left to `tt -i`. */
const NARROW: readonly Column[] = COLUMNS.filter(({ title }) => title !== 'OBJECT').map((column) =>
  column.title === 'TIMESTAMP' ? { title: 'TIME', width: 12 } : column,
);
const LEAST_CLASS = 14;
const LEAST_METHOD = 10;
/** Of what the others leave. */
const CLASS_PART = 0.6;
const WIDE = 110;

/** Columns that depend on the terminal alone, so that rows of several results stand below one another. */
function columnsFor(width: number): readonly Column[] {
  const columns = width < WIDE ? NARROW : COLUMNS;
  const left = columns.reduce((rest, column) => rest - column.width - GAP.length, width + GAP.length);
  const forClass = Math.max(LEAST_CLASS, Math.floor(left * CLASS_PART));
  const named = new Map([
    ['CLASS', forClass],
    ['METHOD', Math.max(LEAST_METHOD, left - forClass)],
  ]);
  return columns.map((column) => ({ ...column, width: named.get(column.title) ?? column.width }));
}

export function renderTunnel(result: Result, style: Style, width: number): string | undefined {
  if (result.timeFragmentList !== undefined) {
    const rows = (result.timeFragmentList as readonly ReadRecord[]).map((record) =>
      row(record, style, width),
    );
    return [...(result.first === true ? [head(style, width)] : []), ...rows].join('\n') || undefined;
  }
  if (result.watchResults !== undefined) {
    const values = Object.entries(result.watchResults as Record<string, string>);
    return values.map(([index, value]) => `${style.cyan(index)}  ${value}`).join('\n') || undefined;
  }
  if (result.watchValue !== undefined) return String(result.watchValue);
  if (result.timeFragment !== undefined) return details(result.timeFragment as ReadRecord, style, width);
  if (result.replayResult !== undefined) {
    const no = style.bold(
      `RE-INDEX ${(result.replayResult as ReadRecord).index}, run ${String(result.replayNo)}`,
    );
    return `${no}\n${details(result.replayResult as ReadRecord, style, width)}`;
  }
  return undefined;
}

function head(style: Style, width: number): string {
  const cells = columnsFor(width).map((column) => padded(column, column.title));
  return style.bold(cells.join(GAP).trimEnd());
}

function row(record: ReadRecord, style: Style, width: number): string {
  const { index, timestamp, cost, settle, object, className, methodName } = record;
  const columns = columnsFor(width);
  const texts = new Map([
    ['INDEX', String(index)],
    ['TIMESTAMP', timestamp],
    ['TIME', timestamp.replace(/^.* /, '')],
    ['COST(ms)', (settle ?? cost).toFixed(3)],
    ['IS-RET', String(record.return)],
    ['IS-EXP', String(record.throw)],
    ['OBJECT', object],
    ['CLASS', width < WIDE ? className.replace(/^.*\//, '') : className],
    ['METHOD', methodName],
  ]);
  const folded = columns.map((column) => fold(texts.get(column.title) ?? '', column.width));
  const height = Math.max(...folded.map(({ length }) => length));
  const lines = Array.from({ length: height }, (_, line) => {
    const cells = columns.map((column, at) =>
      paint(column.title, padded(column, folded[at]?.[line] ?? ''), record, style),
    );
    return cells.join(GAP).trimEnd();
  });
  if (record.kept === false) {
    lines.push(style.yellow(`${' '.repeat(8)}not kept: it holds about ${formatBytes(record.bytes ?? 0)}`));
  }
  return lines.join('\n');
}

function padded({ right, width }: Column, text: string): string {
  return right ? padStart(text, width) : padEnd(text, width);
}

function paint(title: string, text: string, record: ReadRecord, style: Style): string {
  if (title === 'INDEX') return style.cyan(text);
  if (title === 'TIMESTAMP' || title === 'TIME' || title === 'OBJECT') return style.dim(text);
  if (title === 'IS-EXP' && record.throw) return style.red(text);
  return text;
}

function details(record: ReadRecord, style: Style, width: number): string {
  const { settle } = record;
  const pairs: [string, string | undefined][] = [
    ['INDEX', String(record.index)],
    ['GMT-CREATE', record.timestamp],
    ['COST(ms)', `${record.cost}${settle === undefined ? '' : `, its promise ${settle}`}`],
    ['OBJECT', record.object],
    ['CLASS', record.className],
    ['METHOD', record.methodName],
    ['IS-RETURN', String(record.return)],
    ['IS-EXCEPTION', String(record.throw)],
    ...record.params.map(({ object }, at): [string, string] => [
      `PARAMETERS[${at}]`,
      valueText(object ?? null),
    ]),
    record.throw ? ['THROW-EXCEPTION', record.throwExp] : ['RETURN-OBJ', record.returnObj],
    ['HOLDS', record.bytes ? `about ${formatBytes(record.bytes)}` : undefined],
  ];
  return renderKeyValue(pairs, style, Math.max(width, textWidth('THROW-EXCEPTION') + 20));
}
