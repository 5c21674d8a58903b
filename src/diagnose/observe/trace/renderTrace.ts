import type { Result, Style } from '../../command.js';
import { textWidth } from '../../render/text.js';
import { renderTree, type TreeNode } from '../../render/tree.js';
import type { MethodNode, ThreadNode, TraceNode } from './nodes.js';

/** Not names of functions: what they are said of stands behind them. */
const WORDS: ReadonlySet<string> = new Set(['await', 'yield', 'import']);
const LONGEST_TEXT = 200;
/** Decimal places by what is told apart: nobody compares a second by the microsecond. */
const PLACES: readonly (readonly [atLeast: number, places: number])[] = [
  [100, 1],
  [0.01, 2],
  [0, 4],
];

/**
 * A trace for people: `[share cost] class:method() #line`, as the reference writes it. The way to where most of the time
 * goes by is painted.
 */
export function renderTrace(result: Result, style: Style, width: number): string {
  const whole = drawn(result, style, false);
  // Folders and packages of modules are in the result; where they leave no room for the tree they are not shown.
  return whole.split('\n').every((line) => textWidth(line) <= width) ? whole : drawn(result, style, true);
}

/** Down from a node, always to the child that took most, until a node's own code took more than any of them. */
export function heaviestPath(root: MethodNode): MethodNode[] {
  const path = [root];
  for (let node: MethodNode | undefined = root; node; ) {
    const { selfCost = 0, children = [] }: MethodNode = node;
    let next: MethodNode | undefined;
    for (const child of children) {
      if (child.type === 'method' && child.totalCost > (next?.totalCost ?? selfCost)) next = child;
    }
    if (next) path.push(next);
    node = next;
  }
  return path;
}

function drawn({ root, continues }: Result, style: Style, isShort: boolean): string {
  const { threadName, threadId, daemon, priority, timestamp, children } = root as ThreadNode;
  const head = [
    `ts=${String(timestamp)};thread_name=${threadName};id=${threadId};is_daemon=${daemon};priority=${priority}`,
    ...(continues === undefined ? [] : [`;continues=${String(continues)}`]),
  ].join('');
  const drawing = new Drawing(style, isShort, new Set(children.flatMap(heaviestPath)));
  return renderTree({
    label: style.dim(head),
    children: children.map((node) => drawing.node(node, undefined)),
  });
}

class Drawing {
  constructor(
    readonly style: Style,
    readonly isShort: boolean,
    readonly heaviest: ReadonlySet<TraceNode>,
  ) {}

  node(node: MethodNode, parent: MethodNode | undefined): TreeNode {
    const { style } = this;
    const children = (node.children ?? []).map((child): TreeNode => {
      if (child.type === 'method') return this.node(child, node);
      const message = child.message === undefined ? '' : ` [${oneLine(child.message)}]`;
      return { label: style.red(`throw:${child.exception}${lineText(child.lineNumber)}${message}`) };
    });
    if (node.omitted) children.push({ label: style.dim(`... ${node.omitted} more, not shown`) });
    return { label: this.#label(node, parent), children };
  }

  #label(node: MethodNode, parent: MethodNode | undefined): string {
    const { style, heaviest } = this;
    const isHeavy = heaviest.has(node);
    const isHeaviest = isHeavy && !node.children?.some((child) => heaviest.has(child));
    const cost = costText(node, parent);
    const name = `${this.#name(node)}${placeText(node, parent)}`;
    const parts = [
      isHeaviest ? style.bold(style.red(cost)) : isHeavy ? style.yellow(cost) : style.dim(cost),
      isHeavy ? style.bold(name) : name,
    ];
    if (node.inFlight) parts.push(style.cyan(`[${node.times > 1 ? `${node.inFlight} ` : ''}in flight]`));
    if (node.callback) parts.push(style.cyan('[callback]'));
    if (node.mark !== undefined) parts.push(style.red(`[${node.mark}${failText(node)}]`));
    return parts.join(' ');
  }

  #name({ className, methodName, kind }: MethodNode): string {
    if (kind !== undefined && WORDS.has(kind)) return `${methodName} ${oneLine(className)}`.trimEnd();
    const owner = this.isShort ? className.replace(/^.*\//, '') : className;
    return `${owner === '' ? '' : `${owner}:`}${methodName}()`;
  }
}

function costText(node: MethodNode, parent: MethodNode | undefined): string {
  const parts: string[] = [];
  if (parent && parent.totalCost > 0) {
    parts.push(`${((node.totalCost * 100) / parent.totalCost).toFixed(2)}%`);
  }
  if (node.times > 1) {
    const [min, max, total] = [node.minCost, node.maxCost, node.totalCost].map(ms);
    parts.push(`min=${min},max=${max},total=${total},count=${node.times}`);
  } else {
    parts.push(ms(node.totalCost));
  }
  if (node.waitCost && node.kind !== 'await') parts.push(`waited=${ms(node.waitCost)}`);
  return `[${parts.join(' ')}]`;
}

/** The file is that of the caller, as in the reference: it is named where its name is not that of the caller's module. */
function placeText({ lineNumber, fileName }: MethodNode, parent: MethodNode | undefined): string {
  if (lineNumber <= 0 || fileName === undefined || !parent) return lineText(lineNumber);
  const module = parent.className.replace(/:[^/]*$/, '');
  return stem(module) === stem(fileName) ? lineText(lineNumber) : ` #${base(fileName)}:${lineNumber}`;
}

function base(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

function stem(file: string): string {
  return base(file).replace(/\.[^.]*$/, '');
}

function lineText(line: number): string {
  return line > 0 ? ` #${line}` : '';
}

/** The error of a node that has no node of its own for it. */
function failText({ throwExp, children = [] }: MethodNode): string {
  if (throwExp === undefined || children.some(({ type }) => type === 'throw')) return '';
  return `: ${oneLine(throwExp)}`;
}

function ms(nanoseconds: number): string {
  const value = nanoseconds / 1e6;
  const [, places = 4] = PLACES.find(([atLeast]) => value >= atLeast) ?? [];
  return `${value.toFixed(places)}ms`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').slice(0, LONGEST_TEXT);
}
