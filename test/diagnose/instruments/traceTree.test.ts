/** Call trees: what is merged to one node, and how a tree is shown. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ANSI_STYLE, PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import { mergeNodes } from '../../../src/diagnose/observe/trace/mergeNodes.js';
import { type MethodNode, nodeCount, type TraceNode } from '../../../src/diagnose/observe/trace/nodes.js';
import { heaviestPath } from '../../../src/diagnose/observe/trace/renderTrace.js';

const MS = 1e6;

function node(
  methodName: string,
  lineNumber: number,
  ms: number,
  more: Partial<MethodNode> = {},
): MethodNode {
  const cost = ms * MS;
  const own = { cost, minCost: cost, maxCost: cost, totalCost: cost, selfCost: cost, times: 1 };
  return { type: 'method', className: 'pricing.ts', methodName, lineNumber, invoking: true, ...own, ...more };
}

function trace(root: MethodNode) {
  return {
    type: 'trace',
    nodeCount: nodeCount(root),
    root: {
      type: 'thread',
      threadName: 'main',
      threadId: 42,
      daemon: false,
      priority: 0,
      timestamp: '2026-11-22 11:00:00.123',
      children: [root],
    },
  };
}

const TREE = trace(
  node('quote', -1, 1000, {
    className: 'pricing.ts:Pricing',
    invoking: false,
    selfCost: 1 * MS,
    children: [
      node('#subtotal', 48, 0.005, { className: 'pricing.ts:Pricing' }),
      node('validateCoupon', 49, 979, {
        selfCost: 9 * MS,
        waitCost: 970 * MS,
        throw: true,
        throwExp: 'CouponError: coupon X\nis not valid',
        mark: 'throws Exception',
        children: [
          node('readPage', 80, 960, { times: 12, minCost: 60 * MS, maxCost: 120 * MS }),
          node('await', 81, 10, { className: 'db', kind: 'await' }),
          { type: 'throw', exception: 'CouponError', message: 'coupon X\nis not valid', lineNumber: 63 },
        ],
      }),
      node('log', 7, 15, {
        fileName: 'logger.ts',
        omitted: 3,
        mark: 'throws Exception',
        throwExp: 'Error: x',
      }),
    ],
  }),
);

describe('the text of a tree', () => {
  it('has lines, shares, costs, errors, waiting', () => {
    assert.equal(
      renderResult(TREE, PLAIN_STYLE, 80),
      [
        'ts=2026-11-22 11:00:00.123;thread_name=main;id=42;is_daemon=false;priority=0',
        '└─[1000.0ms] pricing.ts:Pricing:quote()',
        '  ├─[0.00% 0.0050ms] pricing.ts:Pricing:#subtotal() #48',
        '  ├─[97.90% 979.0ms waited=970.0ms] pricing.ts:validateCoupon() #49 [throws Exception]',
        '  │ ├─[98.06% min=60.00ms,max=120.0ms,total=960.0ms,count=12] pricing.ts:readPage() #80',
        '  │ ├─[1.02% 10.00ms] await db #81',
        '  │ └─throw:CouponError #63 [coupon X is not valid]',
        '  └─[1.50% 15.00ms] pricing.ts:log() #logger.ts:7 [throws Exception: Error: x]',
        '    └─... 3 more, not shown',
      ].join('\n'),
    );
  });

  it('paints the way to the heaviest node on a terminal, and nothing elsewhere', () => {
    const path = heaviestPath(TREE.root.children[0] as MethodNode).map(({ methodName }) => methodName);
    assert.deepEqual(path, ['quote', 'validateCoupon', 'readPage']);
    // Its own code took more than anything it called.
    assert.equal(heaviestPath(node('a', 1, 9, { selfCost: 8, children: [node('b', 2, 0)] })).length, 1);
    const painted = renderResult(TREE, ANSI_STYLE, 80)?.split('\n') ?? [];
    assert.match(painted[4] ?? '', /\u001b\[31m\[98\.06%/);
    assert.match(painted[3] ?? '', /\u001b\[33m\[97\.90%/);
    assert.match(painted[6] ?? '', /\u001b\[31mthrow:CouponError/);
    assert.ok(!renderResult(TREE, PLAIN_STYLE, 80)?.includes('\u001b'));
  });

  it('shows control characters of a target as what they are', () => {
    const hostile = trace(node('a\u001b[2J', -1, 1, { mark: 'throws Exception', throwExp: 'x\u001b]0;y' }));
    const text = renderResult(hostile, ANSI_STYLE, 80) ?? '';
    assert.ok(!text.includes('\u001b[2J') && !text.includes('\u001b]0'), text);
    assert.match(text, /a\\x1b\[2J/);
  });

  it('of a deep and a wide tree needs no deep stack', () => {
    let deep = node('leaf', 1, 1);
    for (let i = 0; i < 2000; i += 1) deep = node(`f${i}`, 1, 1, { children: [deep] });
    assert.equal(renderResult(trace(deep), PLAIN_STYLE, 80)?.split('\n').length, 2002);
    assert.equal(nodeCount(deep), 2001);
    const wide = Array.from({ length: 200_000 }, (_, index) => node('f', index + 1, 1));
    assert.equal(nodeCount(node('all', -1, 1, { children: wide })), 200_001);
  });
});

describe('merging', () => {
  it('makes calls of one function at one line one node, and those of another line another', () => {
    const merged = mergeNodes([
      node('a', 5, 2, { children: [node('x', 9, 1)] }),
      node('b', 5, 3),
      node('a', 5, 4, {
        times: 3,
        minCost: 1 * MS,
        maxCost: 2 * MS,
        children: [node('x', 9, 2), node('y', 9, 1)],
      }),
      node('a', 6, 1),
    ]) as MethodNode[];
    assert.deepEqual(
      merged.map(({ methodName, lineNumber, times, totalCost }) => [
        methodName,
        lineNumber,
        times,
        totalCost / MS,
      ]),
      [
        ['a', 5, 4, 6],
        ['b', 5, 1, 3],
        ['a', 6, 1, 1],
      ],
    );
    const [first] = merged;
    assert.deepEqual([first?.minCost, first?.maxCost, first?.cost], [1 * MS, 2 * MS, 4 * MS]);
    assert.deepEqual(
      ((first?.children ?? []) as MethodNode[]).map(({ methodName, times }) => [methodName, times]),
      [
        ['x', 2],
        ['y', 1],
      ],
    );
  });

  it('keeps a failure, and some different errors', () => {
    const error = (message: string): TraceNode => ({
      type: 'throw',
      exception: 'Error',
      message,
      lineNumber: 3,
    });
    const [merged] = mergeNodes([
      node('a', 5, 2),
      node('a', 5, 4, {
        throw: true,
        throwExp: 'Error: x',
        mark: 'throws Exception',
        children: [error('x')],
      }),
      node('a', 5, 4, { children: ['x', 'y', 'z', 'w'].map(error) }),
    ]) as MethodNode[];
    assert.deepEqual([merged?.throw, merged?.throwExp, merged?.mark], [true, 'Error: x', 'throws Exception']);
    assert.deepEqual(merged?.children, ['x', 'y', 'z'].map(error));
  });

  it('loses no call and no time, and merging what is merged changes nothing', () => {
    const leaf = fc.record({
      name: fc.constantFrom('a', 'b'),
      line: fc.nat(3),
      ms: fc.nat(100),
      times: fc.nat(5),
    });
    const one = leaf.map(({ name, line, ms, times }) => node(name, line, ms, { times: times + 1 }));
    const inner = fc.tuple(one, fc.array(one, { maxLength: 6 }));
    const tree = inner.map(([parent, children]) => ({ ...parent, children }));
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 8 }), (nodes) => {
        const merged = mergeNodes(nodes) as MethodNode[];
        for (const of of [sum, (all: readonly TraceNode[]) => sum(all.flatMap(childrenOf))]) {
          assert.deepEqual(of(merged), of(nodes));
        }
        const keys = merged.map(({ methodName, lineNumber }) => `${methodName}${lineNumber}`);
        assert.equal(new Set(keys).size, keys.length);
        assert.deepEqual(mergeNodes(merged), merged);
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});

function childrenOf(each: TraceNode): readonly TraceNode[] {
  return each.type === 'method' ? (each.children ?? []) : [];
}

function sum(nodes: readonly TraceNode[]): [times: number, totalCost: number] {
  let [times, total] = [0, 0];
  for (const each of nodes) {
    if (each.type !== 'method') continue;
    times += each.times;
    total += each.totalCost;
  }
  return [times, total];
}
