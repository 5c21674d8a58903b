/** Whatever is typed, and whatever a target sends: an answer or a clear refusal, and files that hold what they should. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseArguments } from '../../../src/diagnose/commandLine/parseArguments.js';
import { profiler } from '../../../src/diagnose/commands/profiler.js';
import { CommandFailure } from '../../../src/diagnose/index.js';
import { flameData } from '../../../src/diagnose/profiler/flameData.js';
import { collapsed } from '../../../src/diagnose/profiler/formats/collapsed.js';
import { flameGraph } from '../../../src/diagnose/profiler/formats/flameGraph.js';
import { FORMATS, formatOfFile } from '../../../src/diagnose/profiler/formats/index.js';
import { passes, stackPattern } from '../../../src/diagnose/profiler/stackFilter.js';
import { drawWish, eventWish } from '../../../src/diagnose/profiler/wish.js';
import { pendingLabels } from '../../../src/target/profiles/pendingWork.js';
import { limit } from '../../http/support.js';
import { drawing, largeTree, type Shape, treeOf } from './support/drawings.js';

const SEED = { seed: 20_261_122 };
const word = fc.oneof(
  fc.constantFrom(
    '-e',
    '-i',
    '-d',
    '-f',
    '-o',
    '-t',
    '-I',
    '-X',
    '--alloc',
    '--wall',
    '--live',
    '--total',
    '--title',
    '--minwidth',
    '--reverse',
    '--lock',
  ),
  fc.constantFrom(
    'cpu',
    'wall',
    'alloc',
    'heap',
    '10ms',
    '512k',
    '0',
    '-1',
    '1e9',
    'x.html',
    '../../etc/passwd',
    'flat=5',
    'flat=',
    'md=99999999999',
    'jfr',
    '*',
    'a*b*',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

test('any line of `profiler` comes to a wish or to an error that says what is wrong', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (words) => {
      try {
        const args = parseArguments(profiler, ['start', ...words], '');
        if (args === 'help') return;
        const wish = eventWish(args);
        assert.ok(Number.isFinite(wish.interval) && wish.interval > 0, JSON.stringify(wish));
        assert.ok(wish.seconds === undefined || (wish.seconds >= 1 && wish.seconds <= 600));
        assert.ok((wish.rate ?? 1) <= 1000 && (wish.rate ?? 1) > 0);
        const draw = drawWish(args, wish.event);
        assert.ok(Object.hasOwn(FORMATS, draw.format));
      } catch (error) {
        assert.ok(error instanceof CommandFailure, String(error));
        assert.ok(error.message.length > 10 && error.message.length < 400, error.message);
      }
    }),
    { ...SEED, numRuns: 2000 },
  );
});

test('the ending of a file chooses the format', () => {
  const rows: [string, string | undefined][] = [
    ['a.html', 'flamegraph'],
    ['a.pb.gz', 'pprof'],
    ['a.cpuprofile', 'cpuprofile'],
    ['a.heapprofile', 'heapprofile'],
    ['a.collapsed', 'collapsed'],
    ['a.folded', 'collapsed'],
    ['a.txt', 'flat'],
    ['a.md', 'md'],
    ['a.jfr', undefined],
    ['html', undefined],
  ];
  for (const [file, format] of rows) assert.equal(formatOfFile(file), format, file);
});

test('patterns match as with async-profiler, and never run away', () => {
  const rows: [string, string, boolean][] = [
    ['Pricing', 'Pricing.quote', true],
    ['Pricing.*', 'Pricing.quote', true],
    ['*quote', 'Pricing.quote', true],
    ['*quote', 'Pricing.quoteAll', false],
    ['*ric*quo*', 'Pricing.quote', true],
    ['*quo*ric*', 'Pricing.quote', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['a+b', 'a+b', true],
    ['.', 'ab', false],
  ];
  for (const [pattern, text, fits] of rows)
    assert.equal(stackPattern(pattern)(text), fits, `${pattern} ${text}`);
  const stars = stackPattern('*a'.repeat(5000));
  assert.equal(stars('a'.repeat(4999)), false);
  const frames = [
    { name: 'quote', file: '/a/pricing.ts' },
    { name: 'handle', file: '' },
  ];
  assert.equal(passes({ include: [stackPattern('*pricing.ts')], exclude: [] }, frames), true);
  assert.equal(
    passes({ include: [stackPattern('*pricing.ts')], exclude: [stackPattern('handle')] }, frames),
    false,
  );
});

test('what a process waits for is read from anything', () => {
  fc.assert(
    fc.property(fc.anything(), fc.jsonValue(), (anything, json) => {
      for (const answer of [anything, json, { handles: json, requests: anything, resources: json }]) {
        const labels = pendingLabels(answer);
        assert.ok(labels.length > 0 && labels.every((label) => label.startsWith('(waiting')));
      }
    }),
    { ...SEED, numRuns: 1000 },
  );
  const handles = [
    { type: 'Server', count: 1, details: [{ type: 'Server', local: '127.0.0.1:80' }] },
    {
      type: 'Socket',
      count: 2,
      details: [
        { type: 'Socket', local: '127.0.0.1:80', remote: '9.9.9.9:1' },
        { type: 'Socket', local: '10.0.0.1:4000', remote: '10.0.0.9:5432' },
      ],
    },
    { type: 'ChildProcess', count: 1, details: [{ type: 'ChildProcess', command: 'git' }] },
  ];
  const requests = [
    { type: 'FSReqCallback', count: 1, details: [{ type: 'FSReqCallback' }] },
    { type: 'GetAddrInfoReqWrap', count: 1, details: [{ type: 'GetAddrInfoReqWrap', host: 'db' }] },
  ];
  assert.deepEqual(pendingLabels({ handles, requests, resources: { Timeout: 3 } }).sort(), [
    '(waiting for 10.0.0.9:5432)',
    '(waiting for DNS of db)',
    '(waiting for child process git)',
    '(waiting for file system)',
  ]);
  assert.deepEqual(pendingLabels({ handles: [], requests: [], resources: { Timeout: 1 } }), [
    '(waiting for timer)',
  ]);
  assert.deepEqual(pendingLabels({}), ['(waiting for new work: nothing was pending)']);
});

test('every format of any names keeps its own grammar and every sample', () => {
  const name = fc.string({ unit: 'binary', maxLength: 12 });
  const file = fc.constantFrom('', 'node:fs', '/srv/shop/a b;c.ts');
  const calls = (below: fc.Arbitrary<Shape>): fc.Arbitrary<Shape> =>
    fc
      .tuple(name, file, fc.nat(5), fc.array(below, { maxLength: 3 }))
      .map(([...parts]) => [...parts.slice(0, 3), ...parts[3]] as Shape);
  const leaf = fc.tuple(name, file, fc.nat(5)).map((parts) => parts as Shape);
  const shape = calls(calls(calls(leaf)));
  fc.assert(
    fc.property(shape, (made) => {
      const root = treeOf(['all', '', 0, made]);
      const drawn = drawing(root);
      let sum = 0;
      for (const line of [...collapsed(drawn)].join('').split('\n').filter(Boolean)) {
        const [, count] = / (\d+)$/.exec(line) ?? [];
        assert.ok(count !== undefined, JSON.stringify(line));
        sum += Number(count);
      }
      assert.equal(sum, root.totalSamples);
      for (const name of ['flat', 'traces', 'tree', 'md'] as const) {
        const text = [...FORMATS[name].draw(drawn)].join('');
        assert.doesNotMatch(text, /[\x00-\x08\x0b-\x1f\x7f\u2028\u202e]/);
        if (name === 'md') assert.doesNotMatch(text.replace(/\\[<>]/g, ''), /[<>]/);
      }
      for (const name of ['cpuprofile', 'heapprofile'] as const)
        JSON.parse(String(FORMATS[name].draw(drawn)[0]));
      const html = [...flameGraph(drawn)].join('');
      assert.equal(html.split('</script>').length, 3);
      const data = JSON.parse(
        /<script id="data" type="application\/json">(.*?)<\/script>/s.exec(html)?.[1] ?? '',
      ) as { nodes: number[] };
      assert.equal(
        data.nodes.reduce((all, value, at) => all + (at % 4 === 3 ? value : 0), 0),
        root.totalSamples,
      );
    }),
    { ...SEED, numRuns: 300 },
  );
});

test('too many nodes: the narrowest are left out, their cost stays with their callers, and the page says so', (t) => {
  limit(t, 'flame-graph-nodes', 500);
  const root = largeTree(5000);
  const { nodes, cut } = flameData(drawing(root));
  assert.ok(nodes.length / 4 <= 500 && nodes.length / 4 > 100, String(nodes.length / 4));
  assert.ok(cut > 0);
  assert.equal(
    nodes.reduce((all, value, at) => all + (at % 4 === 3 ? value : 0), 0),
    root.totalSamples,
  );
  const wide = flameData(drawing(root, { minWidth: 10 }));
  assert.ok(wide.nodes.length / 4 < 50);
});
