/** Trees as a process gives them, hand-made here, in the names, lines and shape of results. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { awaitedIn, calledIn, splitName } from '../../../src/diagnose/observe/trace/calledName.js';
import { Growth, isGrowing } from '../../../src/diagnose/observe/trace/growth.js';
import { type MethodNode, nodeCount } from '../../../src/diagnose/observe/trace/nodes.js';
import { wireTree } from '../../../src/diagnose/observe/trace/wireTree.js';
import type { ObservableFunction, TraceNode, TracePlace } from '../../../src/target/index.js';

const OF: ObservableFunction = { className: 'a.js', methodName: 'root', instrument: 'property' };
const at = (line: number, column = 1): TracePlace => ({ scriptId: '7', url: '/srv/a.js', line, column });

/** The source is what runs, one line further down. */
const shifted = (texts: Record<number, string> = {}, before = '') => ({
  of: (place: TracePlace | undefined) =>
    Promise.resolve({
      fileName: 'src/a.ts',
      line: place ? place.line + 1 : 0,
      text: texts[place?.line ?? 0] ?? '',
      before,
    }),
});

function seen(text: string, line: number, total: number, more: Partial<TraceNode> = {}): TraceNode {
  const figures = { count: 1, min: total, max: total, total, threw: 0 };
  return { kind: 'call', text, at: at(line), ...figures, children: [], ...more };
}

function rootOf(total: number, children: readonly TraceNode[], more: Partial<TraceNode> = {}): TraceNode {
  return seen('', 1, total, { kind: 'function', self: 0, children, ...more });
}

const callee = (className: string, methodName: string) => ({
  className,
  methodName,
  isInternal: false,
  isTraced: true,
});

async function wire(root: TraceNode, texts?: Record<number, string>): Promise<MethodNode> {
  return wireTree(root, OF, shifted(texts));
}

const methods = (node: MethodNode) => (node.children ?? []).filter((each) => each.type === 'method');

describe('a tree of a process', () => {
  it('has the reference’s fields', async () => {
    const tree = await wire(
      rootOf(100, [seen('b.f', 3, 60, { callee: callee('b.js:B', 'f'), children: [seen('g', 9, 20)] })]),
    );
    const text = JSON.stringify(tree);
    assert.deepEqual(JSON.parse(text), {
      ...{ type: 'method', className: 'a.js', methodName: 'root', lineNumber: -1, invoking: false },
      ...{ cost: 100, minCost: 100, maxCost: 100, totalCost: 100, times: 1, selfCost: 40 },
      children: [
        {
          ...{ type: 'method', className: 'b.js:B', methodName: 'f', lineNumber: 4, fileName: 'src/a.ts' },
          ...{ invoking: true, cost: 60, minCost: 60, maxCost: 60, totalCost: 60, times: 1, selfCost: 40 },
          children: [
            {
              ...{ type: 'method', className: '', methodName: 'g', lineNumber: 10, fileName: 'src/a.ts' },
              ...{ invoking: true, cost: 20, minCost: 20, maxCost: 20, totalCost: 20, times: 1 },
            },
          ],
        },
      ],
    });
    assert.equal(nodeCount(tree), 3);
  });

  it('has a call that is awaited as one node: what ran and what was waited for', async () => {
    const call = seen('later', 3, 10, { at: at(3, 9) });
    const waiting = seen('later(5)', 3, 90, { kind: 'await', at: at(3, 3), awaits: at(3, 9) });
    const bare = seen('promise', 4, 50, { kind: 'await' });
    const tree = await wire(rootOf(160, [waiting, call, bare]));
    const [later, other] = methods(tree);
    assert.deepEqual(
      [later?.methodName, later?.totalCost, later?.waitCost, later?.selfCost],
      ['later', 100, 90, undefined],
    );
    assert.deepEqual([other?.className, other?.methodName, other?.totalCost], ['promise', 'await', 50]);
    assert.deepEqual([tree.waitCost, tree.selfCost], [140, 10]);
    assert.equal(tree.children?.length, 2);
  });

  it('counts of a promise that was looked into how long it took, and of its parts what each waited', async () => {
    const inner = seen('db', 20, 700, { kind: 'await', at: at(20) });
    const later = seen('later', 3, 5, { settled: 800, self: 100, children: [inner] });
    const all = seen('Promise.all([later()])', 3, 820, { kind: 'await', at: at(3, 2) });
    const [first, second] = methods(await wire(rootOf(900, [later, all])));
    assert.deepEqual([first?.totalCost, first?.waitCost, first?.selfCost], [800, 700, 100]);
    assert.deepEqual([second?.methodName, second?.totalCost], ['await', 820]);
  });

  it('gives the call whose promise was returned the time until that was settled', async () => {
    const waiting = seen('f()', 3, 700, { kind: 'await', at: at(3), awaits: at(3, 9) });
    const returned = seen('later', 8, 2, { isReturned: true });
    const call = seen('f', 3, 10, { at: at(3, 9), settled: 30, self: 28, children: [returned] });
    const tree = await wire(rootOf(720, [waiting, call]));
    const [f] = methods(tree);
    assert.deepEqual([f?.totalCost, f?.waitCost, f?.selfCost], [710, 680, 28]);
    const [later] = methods(f as MethodNode);
    assert.deepEqual([later?.totalCost, later?.waitCost], [682, 680]);
  });

  it('has a loop as one node, its figures those of one call and of all', async () => {
    const loop = seen('step', 3, 5000, { count: 100_000, min: 0.02, max: 70 });
    const [node] = methods(await wire(rootOf(6000, [loop, seen('step', 3, 9, { at: at(3, 40) })])));
    assert.deepEqual([node?.times, node?.totalCost, node?.maxCost], [100_001, 5009, 70]);
    assert.equal((await wire(rootOf(6000, [loop, loop]))).children?.length, 1);
  });

  it('tells errors: where they were looked into as a node of their own', async () => {
    const thrown = [{ exception: 'RangeError', message: 'Bearer abcdefghijklmnop it fails', at: at(12) }];
    const inner = seen('fails', 3, 5, { threw: 1, thrown });
    const tree = await wire(rootOf(9, [inner], { threw: 1, thrown }));
    assert.deepEqual(
      [tree.throw, tree.mark, methods(tree)[0]?.mark],
      [true, 'throws Exception', 'throws Exception'],
    );
    const error = tree.children?.find(({ type }) => type === 'throw');
    assert.deepEqual(
      { ...error, message: '' },
      { type: 'throw', exception: 'RangeError', message: '', lineNumber: 13 },
    );
    assert.match(String(methods(tree)[0]?.throwExp), /^RangeError: .*it fails$/);
    assert.ok(!JSON.stringify(tree).includes('abcdefghijklmnop'));
    const often = await wire(rootOf(9, [seen('fails', 3, 5, { count: 7, threw: 3 })]));
    assert.equal(methods(often)[0]?.mark, 'throws Exception 3 times');
    // The call gave a promise; it was the promise that was refused.
    const refused = [
      seen('rejects', 3, 1, { at: at(3, 9) }),
      seen('rejects()', 3, 9, { kind: 'await', awaits: at(3, 9), threw: 1, thrown }),
    ];
    assert.equal(methods(await wire(rootOf(19, refused)))[0]?.throw, true);
  });

  it('names what is called as the source does, where the function itself was not seen', async () => {
    const name = async (node: TraceNode, written: string) => {
      const [only] = methods(await wire(rootOf(9, [node]), { 3: written }));
      return [only?.className, only?.methodName];
    };
    assert.deepEqual(await name(seen('t.r', 3, 5), 'this.#pricing.quote(cart)'), ['this.#pricing', 'quote']);
    assert.deepEqual(await name(seen('t', 3, 5), 'await lookUp<Item>(a)'), ['', 'lookUp']);
    assert.deepEqual(await name(seen('e.f', 3, 5), ''), ['e', 'f']);
    const native = { className: '', methodName: 'push', isInternal: true, isTraced: false };
    assert.deepEqual(await name(seen('r.push', 3, 5, { callee: native }), 'rows.push(1)'), ['rows', 'push']);
    assert.deepEqual(await name(seen('t.r', 3, 5, { callee: callee('b.js', 'q') }), 'x.y()'), ['b.js', 'q']);
    assert.deepEqual(await name(seen('p', 3, 5, { kind: 'await' }), 'await Promise.all([a, b]);'), [
      'Promise.all([a, b])',
      'await',
    ]);
  });

  it('stands what a process makes up', async () => {
    let deep = seen('f', 1, 1);
    for (let i = 0; i < 5000; i += 1) deep = seen('f', 1, 1, { children: [deep] });
    assert.ok(nodeCount(await wire(deep)) <= 202);
    const strange = {
      count: -1,
      min: Number.NaN,
      max: Number.POSITIVE_INFINITY,
      total: -5,
      threw: Number.NaN,
    };
    const [node] = methods(await wire(rootOf(9, [seen('f', 3, 1, strange)])));
    assert.deepEqual([node?.times, node?.totalCost, node?.minCost, node?.throw], [1, 0, 0, undefined]);
  });
});

describe('names in source text', () => {
  it('are found where a call begins', () => {
    const cases: Record<string, string | undefined> = {
      'f(1)': 'f',
      'a.b?.c(1)': 'a.b.c',
      'this.#x.y()': 'this.#x.y',
      'super.save(x)': 'super.save',
      'await db.query(`x`)': 'db.query',
      'return a!.b<string>(x)': 'a.b',
      'sql`select`': 'sql',
      'rows[0].read()': 'rows[0].read',
      'new Foo': 'Foo',
      'new a.Foo(1)': 'a.Foo',
      '(0, x.y)()': undefined,
      '1 + 2': undefined,
      a: undefined,
      '': undefined,
    };
    for (const [text, name] of Object.entries(cases)) assert.equal(calledIn(text), name, text);
    assert.equal(calledIn('quote(cart)', 'const x = await this.#pricing.'), 'this.#pricing.quote');
    assert.equal(calledIn('b(1)', 'return a?.'), 'a.b');
    assert.equal(calledIn('b(1)', 'f().'), 'b');
    assert.equal(calledIn('b(1)', '1 + '), 'b');
    assert.equal(awaitedIn('await Promise.all(x);'), 'Promise.all(x)');
    assert.equal(awaitedIn('awaited(x)'), undefined);
    assert.deepEqual(splitName('a?.b.c'), { owner: 'a.b', name: 'c' });
    assert.deepEqual(splitName('c'), { owner: '', name: 'c' });
  });

  it('are sought in any text, quickly', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '#',
      '?.',
      '(',
      '[',
      ']',
      '!',
      ' ',
      '<',
      'new ',
      'await ',
      '$',
      '\n',
      'é',
      '`',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        const text = pieces.join('');
        const name = calledIn(text, text);
        assert.ok(name === undefined || (name.length > 0 && name.length <= 80));
        awaitedIn(text);
        splitName(text);
      }),
      { seed: 11, numRuns: 500 },
    );
    // Nested repetition would be tried in every way.
    calledIn(`${'a.'.repeat(20_000)}!`);
    calledIn('a()', `${'a.'.repeat(20_000)}!`);
    calledIn(`${'await '.repeat(20_000)}!`);
  });
});

describe('trees that still grow', () => {
  const leaf = (isTraced: boolean, more: object = {}): TraceNode =>
    seen('f', 3, 1, { callee: { ...callee('b.js', 'f'), at: at(9), isTraced, ...more } });
  const treeOf = (children: readonly TraceNode[]) => ({
    ...{ root: rootOf(9, children), id: 1, isEarly: false, isUnfinished: false, omitted: 0 },
  });

  it('are those with callees that will be looked into', () => {
    assert.equal(isGrowing(rootOf(9, [leaf(false)]), 1), false);
    assert.equal(isGrowing(rootOf(9, [leaf(false)]), 2), true);
    assert.equal(isGrowing(rootOf(9, [leaf(false, { isComing: true, why: 'soon' })]), 1), true);
    assert.equal(isGrowing(rootOf(9, [leaf(true)]), 2), false);
    assert.equal(isGrowing(rootOf(9, [leaf(false, { why: 'a class' })]), 2), false);
    assert.equal(isGrowing(rootOf(9, [leaf(false, { isInternal: true })]), 2), false);
    assert.equal(isGrowing(rootOf(9, [seen('unknown', 3, 1)]), 2), false);
    const deeper = { ...leaf(true), children: [leaf(false)] };
    assert.equal(isGrowing(rootOf(9, [deeper]), 2), false);
    assert.equal(isGrowing(rootOf(9, [deeper]), 3), true);
  });

  it('are kept back, for a while', () => {
    let now = 0;
    const growth = new Growth(3, 3, () => now);
    for (let i = 0; i < 100; i += 1) assert.equal(growth.keepsBack(treeOf([leaf(false)])), true);
    assert.equal(growth.keepsBack(treeOf([leaf(true)])), false);
    assert.equal(growth.keepsBack({ ...treeOf([]), isEarly: true }), true);
    now = 60_000;
    assert.equal(growth.keepsBack(treeOf([leaf(false)])), false);
    // Rare calls get their turn each.
    const rare = new Growth(3, 3, () => now);
    const kept = Array.from({ length: 11 }, () => {
      now += 60_000;
      return rare.keepsBack(treeOf([leaf(false)]));
    });
    assert.deepEqual(kept, [...Array(9).fill(true), false, false]);
  });
});
