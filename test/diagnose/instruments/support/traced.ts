import assert from 'node:assert/strict';
import type { MethodNode, ThreadNode, ThrowNode } from '../../../../src/diagnose/observe/trace/nodes.js';
import type { WireResult } from '../../support/bench.js';
import { isStatus, type Live } from '../../support/liveSession.js';
import { hits } from './observed.js';

/** The trees among results, each by the node of the call that was traced. */
export function trees(results: readonly WireResult[]): MethodNode[] {
  return hits(results, 'trace').map((result) => {
    const [root] = (result.root as ThreadNode).children;
    assert.ok(root, JSON.stringify(result));
    return root;
  });
}

/** What is called below a node: `name#line`, and how often if not once. */
export function calls(node: MethodNode): string[] {
  return methods(node).map(
    ({ methodName, lineNumber, times }) => `${methodName}#${lineNumber}${times === 1 ? '' : ` x${times}`}`,
  );
}

export function methods(node: MethodNode): MethodNode[] {
  return (node.children ?? []).filter((child): child is MethodNode => child.type === 'method');
}

export function errors(node: MethodNode): ThrowNode[] {
  return (node.children ?? []).filter((child): child is ThrowNode => child.type === 'throw');
}

/** The node that a path of names leads to. */
export function below(node: MethodNode, ...names: string[]): MethodNode {
  let at = node;
  for (const name of names) {
    const next = methods(at).find(({ methodName }) => methodName === name);
    assert.ok(
      next,
      `no ${name} in ${calls(at).join(', ')} below ${at.methodName}: ${JSON.stringify(node).slice(0, 3000)}`,
    );
    at = next;
  }
  return at;
}

/**
 * Starts a trace and calls until it has what it wants, for a function is looked into from its next call on, and what it
 * calls later still. Gives all results, the status last.
 */
export async function traced(at: Live, command: string, call: () => Promise<unknown>): Promise<WireResult[]> {
  await at.start(command);
  const results = await at.until((result) => result.type === 'enhancer' || isStatus(result));
  let done = results.some(isStatus);
  const rest = done ? Promise.resolve([]) : at.until(isStatus, 30_000);
  void rest.finally(() => {
    done = true;
  });
  while (!done) await call();
  return [...results, ...(await rest)];
}

/** What a program measured itself: when it was over (ms since the epoch), and how long it took. */
export interface Figure {
  readonly at: number;
  readonly name: string;
  readonly nanoseconds: number;
}

/** By name, of the figures those that were measured during the call of a tree. */
function figuresDuring(result: WireResult, figures: readonly Figure[]): Readonly<Record<string, number>> {
  const { timestamp } = result.root as ThreadNode;
  const over = new Date(`${timestamp}`).getTime();
  const began = over - (trees([result])[0]?.totalCost ?? 0) / 1e6;
  const overlap = ({ at, nanoseconds }: Figure) =>
    Math.min(over, at) - Math.max(began, at - nanoseconds / 1e6);
  const found: Record<string, number> = {};
  for (const figure of [...figures].sort((a, b) => overlap(a) - overlap(b))) {
    found[figure.name] = figure.nanoseconds;
  }
  return found;
}

/**
 * The tree of a call of which the trace and the program's own stopwatch say the same of each node, within a tenth. Of several
 * calls it takes the first: a busy machine may stop the program between the two clocks of one.
 */
export function agreed(
  results: readonly WireResult[],
  figures: readonly Figure[],
  nodes: (root: MethodNode) => Readonly<Record<string, MethodNode>>,
): MethodNode {
  const told: string[] = [];
  for (const result of hits(results, 'trace')) {
    const [root] = trees([result]) as [MethodNode];
    const stopwatch = figuresDuring(result, figures);
    const apart = Object.entries(nodes(root)).map(([name, { totalCost }]) => {
      const by = stopwatch[name] ?? Number.NaN;
      told.push(`${name}: ${totalCost} ns, by the stopwatch ${by} ns`);
      return Math.abs(totalCost - by) / by;
    });
    if (apart.length > 0 && apart.every((share) => share < 0.1)) return root;
  }
  assert.fail(told.join('\n'));
}
