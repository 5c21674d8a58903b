import { redactText } from '../../../base/index.js';
import type { ObservableFunction, TraceNode as Seen, TraceKind, TraceThrown } from '../../../target/index.js';
import { awaitedIn, calledIn, splitName } from './calledName.js';
import { costsOf, count, isLookedInto, laterThanItself, returnedBy } from './costs.js';
import { mergeNodes } from './mergeNodes.js';
import { type MethodNode, THROWS, type ThrowNode, type TraceNode } from './nodes.js';
import type { Places, WrittenPlace } from './places.js';

/** Where sites are in the source that was written. */
type Written = Pick<Places, 'of'>;

const LONGEST_MESSAGE = 500;
const NO_ENDS = { threw: false, thrown: [] };
/** No tree of ours is deeper; one that a target made up might be. */
const DEEPEST = 200;

/** A tree of the target in the names and lines of the source that was written, as results have it. */
export async function wireTree(root: Seen, of: ObservableFunction, places: Written): Promise<MethodNode> {
  const className = root.callee?.className ?? of.className;
  const ends = endsOf(root, undefined, NO_ENDS);
  const children = await childrenOf(
    root,
    { ends, caller: className, later: laterThanItself(root, undefined, 0) },
    places,
    0,
  );
  const [merged] = mergeNodes([
    {
      ...costsOf(root, undefined, 0),
      type: 'method',
      className,
      methodName: root.callee?.methodName ?? of.methodName,
      lineNumber: -1,
      invoking: false,
      ...failure(root.threw, ends.thrown),
      inFlight: root.inFlight,
      children: children.length > 0 ? children : undefined,
    },
  ]) as [MethodNode];
  return merged;
}

/** How a node ended where it threw: what of that its own site does not tell, that of its caller does. */
interface Ends {
  readonly threw: boolean;
  readonly thrown: readonly TraceThrown[];
}

/** What a node has of the one that called it. */
interface Above {
  readonly ends: Ends;
  readonly caller: string;
  /** Went by after its code was over, until the promise was settled that it returned. */
  readonly later: number;
}

async function childrenOf(parent: Seen, above: Above, places: Written, depth: number): Promise<TraceNode[]> {
  if (depth >= DEEPEST) return [];
  const nodes: TraceNode[] = [];
  const awaits = new Map<string, Seen>();
  for (const child of parent.children) {
    if (child.kind === 'await' && child.awaits) awaits.set(placeKey(child.awaits), child);
  }
  const awaitedBy = (child: Seen) => (child.kind === 'await' ? undefined : awaits.get(placeKey(child.at)));
  const returned = returnedBy(parent);
  const folded = new Set(parent.children.map(awaitedBy));
  for (const child of parent.children) {
    if (child.kind === 'throw' || folded.has(child)) continue;
    const later = child === returned ? above.later : 0;
    nodes.push(await called(child, awaitedBy(child), { ...above, later }, places, depth));
  }
  if (!above.ends.threw || !isLookedInto(parent)) return nodes;
  return [...nodes, ...(await thrownOf(parent, above.ends, places))];
}

async function called(
  node: Seen,
  awaited: Seen | undefined,
  above: Above,
  places: Written,
  depth: number,
): Promise<MethodNode> {
  const ends = endsOf(node, awaited, above.ends);
  const place = await places.of(node.at);
  const name = named(node, place, above.caller);
  const caller = name.className || above.caller;
  const later = laterThanItself(node, awaited, above.later);
  const children = await childrenOf(node, { ends, caller, later }, places, depth + 1);
  return {
    ...costsOf(node, awaited, above.later),
    type: 'method',
    ...name,
    kind: isPlain(node.kind) ? undefined : node.kind,
    lineNumber: place.line > 0 ? place.line : -1,
    fileName: place.fileName || undefined,
    invoking: true,
    ...failure(Math.max(node.threw, awaited?.threw ?? 0), ends.thrown),
    inFlight: Math.max(node.inFlight ?? 0, awaited?.inFlight ?? 0) || undefined,
    callback: node.isCallback || undefined,
    children: children.length > 0 ? children : undefined,
  };
}

function isPlain(kind: TraceKind): kind is 'call' | 'function' | 'throw' {
  return kind === 'call' || kind === 'function' || kind === 'throw';
}

/** Of what passed several functions the text is known where it was caught, or at the root. */
function endsOf(node: Seen, awaited: Seen | undefined, parent: Ends): Ends {
  const threw = node.threw > 0 || (awaited?.threw ?? 0) > 0;
  if (!threw) return { threw, thrown: [] };
  for (const thrown of [node.thrown, awaited?.thrown, thrownInside(node)]) {
    if (thrown && thrown.length > 0) return { threw, thrown };
  }
  return { threw, thrown: parent.threw ? parent.thrown : [] };
}

function thrownInside({ children }: Seen): TraceThrown[] {
  return children.flatMap(({ kind, thrown }) => (kind === 'throw' ? (thrown ?? []) : []));
}

/** The errors that a function let out, each with its line: that of a `throw`, or of the call that it came by. */
async function thrownOf(parent: Seen, ends: Ends, places: Written): Promise<ThrowNode[]> {
  const words = parent.children.filter(({ kind, threw }) => kind === 'throw' && threw > 0);
  const calls = parent.children.filter(({ kind, threw }) => kind !== 'throw' && threw > 0);
  return Promise.all(
    ends.thrown.map((thrown) => {
      const fits = ({ thrown: texts = [] }: Seen) => texts.some((each) => textOf(each) === textOf(thrown));
      const from = words.find(fits) ?? calls.find(fits) ?? calls.at(-1);
      return throwNode({ at: from?.at, ...thrown }, places);
    }),
  );
}

/** What stands for a name, where no function is called. */
const WORDS = new Set<TraceKind>(['await', 'yield', 'import']);

function named(
  { kind, text: generated, callee }: Seen,
  { text, before }: WrittenPlace,
  caller: string,
): Pick<MethodNode, 'className' | 'methodName'> {
  if (WORDS.has(kind)) {
    const operand = (kind === 'await' ? awaitedIn(text) : undefined) ?? generated;
    return { className: redactText(operand.replace(/\s+/g, ' ')), methodName: kind };
  }
  if (callee && callee.className !== '')
    return { className: callee.className, methodName: callee.methodName };
  const name = calledIn(text, before) ?? generated;
  if (kind === 'new') return { className: name, methodName: 'constructor' };
  const { owner, name: last } = splitName(name);
  // A private member is one of the class that it is written in.
  if (owner === 'this' && last.startsWith('#')) return { className: caller, methodName: last };
  return { className: owner, methodName: callee?.methodName || last };
}

function failure(
  threw: number,
  [thrown]: readonly TraceThrown[],
): Pick<MethodNode, 'throw' | 'throwExp' | 'mark'> {
  if (!(threw > 0)) return {};
  const times = threw > 1 ? ` ${count(threw)} times` : '';
  return { throw: true, throwExp: thrown && textOf(thrown), mark: `${THROWS}${times}` };
}

async function throwNode(thrown: TraceThrown, places: Written): Promise<ThrowNode> {
  const { line } = await places.of(thrown.at);
  return {
    type: 'throw',
    exception: String(thrown.exception).slice(0, LONGEST_MESSAGE),
    message: messageOf(thrown),
    lineNumber: line > 0 ? line : -1,
  };
}

function textOf(thrown: TraceThrown): string {
  const message = messageOf(thrown);
  return message === undefined ? thrown.exception : `${thrown.exception}: ${message}`;
}

function messageOf({ message }: TraceThrown): string | undefined {
  return message === undefined ? undefined : redactText(String(message).slice(0, LONGEST_MESSAGE));
}

function placeKey({ scriptId, line, column }: Seen['at']): string {
  return `${scriptId}:${line}:${column}`;
}
