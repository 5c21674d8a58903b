import type { Published } from '../published.js';
import { mcpResultBytes } from './limits.js';

export interface BoundedResults {
  readonly results: readonly object[];
  /** What was cut, by which limit, and what to do; undefined where nothing was. */
  readonly warning: string | undefined;
}

interface Sized {
  readonly result: Record<string, unknown>;
  readonly bytes: number;
  readonly shortened: boolean;
}

/** Of the room for results so much goes to the first ones, the rest to the last: how it began and how it ended. */
const HEAD_SHARE = 0.75;
/** A single result may take so much of the room. */
const SINGLE_SHARE = 0.5;
/** Longest text and list of a result that is too large, tried in this order. */
const MEASURES = [
  { text: 16_384, items: 400 },
  { text: 4096, items: 100 },
  { text: 1024, items: 30 },
  { text: 256, items: 10 },
  { text: 64, items: 4 },
];
const DEPTH = 32;

/** Parsed results within the limit `mcp-result-bytes`. Where a typed `json` stands beside a rendered `value`, it alone stays. */
export function boundResults(published: readonly Published[]): BoundedResults {
  const room = mcpResultBytes.value;
  const sized = published.map(({ json }) => sizedResult(json, room * SINGLE_SHARE));
  const shortened = sized.filter((each) => each.shortened).length;
  const total = sized.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= room) {
    return { results: sized.map(({ result }) => result), warning: warningOf(0, sized.length, shortened) };
  }
  const { head, tail } = ends(sized, room);
  const dropped = sized.length - head.length - tail.length;
  const gap = { type: 'dropped', count: dropped, reason: `the limit ${mcpResultBytes.name}` };
  const results = [...head, gap, ...tail];
  return { results, warning: warningOf(dropped, sized.length, shortened) };
}

function sizedResult(json: string, most: number): Sized {
  const result = JSON.parse(json) as Record<string, unknown>;
  if (result.json !== undefined && typeof result.value === 'string') delete result.value;
  const bytes = sizeOf(result);
  if (bytes <= most) return { result, bytes, shortened: false };
  for (const measure of MEASURES) {
    const shorter = shorten(result, measure, DEPTH) as Record<string, unknown>;
    const size = sizeOf(shorter);
    if (size <= most) return { result: shorter, bytes: size, shortened: true };
  }
  const { type, jobId } = result;
  const rest = { type, jobId, cut: `its ${bytes} bytes are above the limit ${mcpResultBytes.name}` };
  return { result: rest, bytes: sizeOf(rest), shortened: true };
}

/** The first and the last results that fit; what is between them is left out. The last one, how it ended, always stays. */
function ends(sized: readonly Sized[], room: number): { head: object[]; tail: object[] } {
  const last = sized.length - 1;
  let left = room - (sized[last]?.bytes ?? 0);
  let from = last;
  let to = 0;
  const reserved = left * (1 - HEAD_SHARE);
  while (to < from && left - (sized[to]?.bytes ?? 0) >= reserved) left -= sized[to++]?.bytes ?? 0;
  while (from > to && left - (sized[from - 1]?.bytes ?? 0) >= 0) left -= sized[--from]?.bytes ?? 0;
  return {
    head: sized.slice(0, to).map(({ result }) => result),
    tail: sized.slice(from).map(({ result }) => result),
  };
}

function warningOf(dropped: number, of: number, shortened: number): string | undefined {
  const parts: string[] = [];
  if (dropped > 0) parts.push(`${dropped} of ${of} results were left out`);
  if (shortened > 0) parts.push(`${shortened} were shortened`);
  if (parts.length === 0) return undefined;
  return (
    `${parts.join(', ')}, to stay within ${mcpResultBytes.value} bytes (the limit ${mcpResultBytes.name}). ` +
    'Ask for less: a count, a smaller depth, a narrower pattern or condition.'
  );
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

function shorten(value: unknown, measure: { text: number; items: number }, depth: number): unknown {
  if (typeof value === 'string') return shortText(value, measure.text);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '...';
  if (Array.isArray(value)) {
    const kept = value.slice(0, measure.items).map((item) => shorten(item, measure, depth - 1));
    return value.length > kept.length ? [...kept, `... (${value.length - kept.length} more)`] : kept;
  }
  const entries = Object.entries(value);
  const kept = entries
    .slice(0, measure.items)
    .map(([name, member]) => [shortText(name, measure.text), shorten(member, measure, depth - 1)]);
  if (entries.length > kept.length) kept.push(['...', `(${entries.length - kept.length} more)`]);
  return Object.fromEntries(kept);
}

function shortText(text: string, most: number): string {
  if (text.length <= most) return text;
  // Not between the halves of a pair.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) ? most - 1 : most;
  return `${text.slice(0, end)}... (${text.length - end} more characters)`;
}
