/** Targets that take no code from strings, or whose own `eval`, `vm` and built-ins are not what they were. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, nodeMajors } from '../../support/index.js';
import { first } from '../support/liveSession.js';
import { hits, messages, type Observed, observed, statusOf, values } from './support/observed.js';
import { below, calls, traced, trees } from './support/traced.js';

const FILE = 'trace/noStrings.cjs';
const KINDS = [
  {
    kind: 'code from strings switched off',
    nodes: nodeMajors,
    nodeArgs: [
      '--disallow-code-generation-from-strings',
      '--frozen-intrinsics',
      '--disable-proto=throw',
      '--no-warnings',
    ],
    args: [],
  },
  { kind: 'an eval and a vm of its own', nodes: [22], nodeArgs: [], args: ['--own-eval'] },
  {
    kind: 'an eval that tells who reads it',
    nodes: [22],
    nodeArgs: ['--disable-proto=delete'],
    args: ['--read-eval'],
  },
] as const;

describe('a process that takes no code from strings', { concurrency: 4 }, () => {
  for (const { kind, nodes, nodeArgs, args } of KINDS) {
    for (const node of nodes) {
      it(`${kind}, on Node ${node}`, async (t) => {
        const at = await observed(t, node, ['read', 'observe', 'change'], { file: FILE, nodeArgs, args });
        const quiet = at.process.stderr();
        await tracing(at);
        await replacing(at);
        await observing(at);
        assert.deepEqual(await at.run('ran', 'isBack'), ['did []', 'did true']);
        await at.targets.close('the test is over');
        await eventually(async () => (await at.run('symbols'))[0] === 'did true', {
          what: 'nothing to be left',
        });
        assert.deepEqual(await at.run('outer', 'greet', 'ran', 'isBack'), [
          'did 3',
          'did "hello you!"',
          'did []',
          'did true',
        ]);
        assert.equal(
          at.process
            .stderr()
            .slice(quiet.length)
            .replace(/^.*(?:debugg|inspector).*$/gim, '')
            .trim(),
          '',
        );
      });
    }
  }
});

async function tracing(at: Observed): Promise<void> {
  const levels = await traced(at, 'trace noStrings.cjs later --depth 3 -n 1', () => at.run('later'));
  assert.equal(statusOf(levels).statusCode, 0, JSON.stringify(levels));
  const [root] = trees(levels).slice(-1);
  assert.ok(root);
  assert.deepEqual(calls(below(root, 'outer')), ['leaf#32 x2'], JSON.stringify(root));
  assert.deepEqual(calls(below(root, 'outer', 'leaf')), ['add#29 x2']);
  const steps = await traced(at, 'trace noStrings.cjs counts -n 1', () => at.run('counts'));
  assert.deepEqual(calls(trees(steps).at(-1) as never), ['yield#39 x2', 'leaf#39 x2']);
  const method = await traced(at, 'trace noStrings.cjs Child.greet -n 1', () => at.run('greet'));
  assert.deepEqual(calls(trees(method).at(-1) as never), ['greet#49']);
  const shadowed = await traced(at, 'trace noStrings.cjs shadowed -n 1', () => at.run('shadowed'));
  assert.equal(statusOf(shadowed).statusCode, 0, JSON.stringify(shadowed));
  assert.ok(calls(trees(shadowed).at(-1) as never).includes('leaf#54'));
}

async function replacing(at: Observed): Promise<void> {
  for (const [name, source, call, after] of [
    ['leaf', 'function leaf(n) { counter += 1; return add(n, 100) }', 'outer', 'did 203'],
    [
      'Child.greet',
      'greet(name) { return super.greet(name) + this.#mark + this.#mark }',
      'greet',
      'did "hello you!!"',
    ],
  ] as const) {
    const results = at.exec(`retransform noStrings.cjs ${name} --source '${source}'`);
    let isOver = false;
    void results.finally(() => {
      isOver = true;
    });
    while (!isOver) await at.run(call);
    assert.equal(statusOf(await results).statusCode, 0, JSON.stringify(await results));
    assert.deepEqual(await at.run(call), [after], JSON.stringify(await results));
  }
  assert.equal(statusOf(await at.exec('retransform --deleteAll')).statusCode, 0);
  await eventually(async () => (await at.run('isBack'))[0] === 'did true', {
    what: 'the functions to be back',
  });
}

async function observing(at: Observed): Promise<void> {
  const watched = await traced(
    at,
    "watch noStrings.cjs leaf '[params[0], returnObj]' '[1, 2].includes(params[0]) && params[0].toFixed(1).startsWith(2)' -n 1",
    () => at.run('outer'),
  );
  assert.deepEqual(values(watched), [[2, 2]], JSON.stringify(watched));
  await at.start("line noStrings.cjs:29 '[n, counter > 0]' -n 1");
  await at.until(({ type }) => type === 'enhancer');
  await at.run('outer', 'outer');
  const lines = await at.until(({ type }) => type === 'status');
  assert.equal(hits(lines, 'line').length, 1, JSON.stringify(lines));
  const recorded = await traced(at, 'tt -t noStrings.cjs outer -n 1', () => at.run('outer'));
  assert.equal(statusOf(recorded).statusCode, 0, messages(recorded));
  const index = (first(recorded, 'tt').timeFragmentList as { index: number }[])[0]?.index;
  const again = await at.exec(`tt -i ${index} -p -w 'returnObj'`);
  assert.equal(statusOf(again).statusCode, 0, JSON.stringify(again));
  assert.equal(statusOf(await at.exec('tt --delete-all')).statusCode, 0);
}
