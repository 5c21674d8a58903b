import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Profile } from 'pprof-format';
import {
  addCpuProfile,
  addHeapProfile,
  encodePprof,
  type PprofFrame,
  type PprofProfile,
  StackTree,
} from '../../../src/wire/index.js';

/** Pseudo functions of V8 are nowhere: -1. */
function frame(functionName: string, url = '', lineNumber = -1, columnNumber = -1): object {
  return { functionName, url, lineNumber, columnNumber, scriptId: '1' };
}

/** Each path with its numbers, as `a > b :LINE first second`. */
function flat(tree: StackTree): string[] {
  const lines: string[] = [];
  for (const node of tree.nodes()) {
    const path: string[] = [];
    for (let at: typeof node | undefined = node; at?.parent; at = at.parent)
      path.unshift(at.place.functionName);
    for (const [line, [first, second]] of node.self) {
      lines.push(`${path.join(' > ')} :${line} ${first} ${second}`);
    }
  }
  return lines.sort();
}

describe('a CPU profile of V8', () => {
  const profile = {
    startTime: 1_000_000,
    endTime: 1_100_000,
    nodes: [
      { id: 1, callFrame: frame('(root)'), hitCount: 0, children: [2, 4, 5, 6] },
      { id: 2, callFrame: frame('outer', '/app/a.js', 9, 4), hitCount: 0, children: [3] },
      {
        id: 3,
        callFrame: frame('inner', '/app/a.js', 19, 2),
        hitCount: 4,
        positionTicks: [
          { line: 21, ticks: 1 },
          { line: 22, ticks: 2 },
        ],
      },
      { id: 4, callFrame: frame('(idle)'), hitCount: 4 },
      { id: 5, callFrame: frame('(program)'), hitCount: 1 },
      { id: 6, callFrame: frame('(garbage collector)'), hitCount: 1 },
    ],
  };

  it('gives each sample the mean time between two, by line, and leaves out the root and idle time', () => {
    const tree = new StackTree(100);
    assert.deepEqual(addCpuProfile(tree, profile), { samples: 10, durationNanos: 100_000_000 });
    assert.deepEqual(flat(tree), [
      '(garbage collector) :0 1 10000000',
      '(program) :0 1 10000000',
      'outer > inner :20 1 10000000',
      'outer > inner :21 1 10000000',
      'outer > inner :22 2 20000000',
    ]);
  });

  it('adds up over several profiles', () => {
    const tree = new StackTree(100);
    addCpuProfile(tree, profile);
    addCpuProfile(tree, profile);
    assert.ok(flat(tree).includes('outer > inner :22 4 40000000'));
  });

  it('keeps a function that is called "(idle)" by its program', () => {
    const tree = new StackTree(100);
    addCpuProfile(tree, {
      startTime: 0,
      endTime: 10,
      nodes: [
        { id: 1, callFrame: frame('(root)'), children: [2] },
        { id: 2, callFrame: frame('work', '/a.js', 0, 0), children: [3] },
        { id: 3, callFrame: frame('(idle)', '/a.js', 0, 0), hitCount: 1 },
      ],
    });
    assert.deepEqual(flat(tree), ['work > (idle) :1 1 10000']);
  });

  it('ends where children go round in a circle', () => {
    const tree = new StackTree(100);
    addCpuProfile(tree, {
      startTime: 0,
      endTime: 10,
      nodes: [
        { id: 1, callFrame: frame('(root)'), children: [2, 1] },
        { id: 2, callFrame: frame('a'), hitCount: 1, children: [3, 2] },
        { id: 3, callFrame: frame('b'), hitCount: 1, children: [2, 1, 9] },
      ],
    });
    assert.deepEqual(flat(tree), ['a :0 1 5000', 'a > b :0 1 5000']);
  });
});

describe('a sampling heap profile of V8', () => {
  it('gives samples and bytes by function', () => {
    const tree = new StackTree(100);
    const taken = addHeapProfile(tree, {
      head: {
        callFrame: frame('(root)'),
        id: 1,
        selfSize: 100,
        children: [
          {
            callFrame: frame('keep', '/app/a.js', 4, 1),
            id: 2,
            selfSize: 3000,
            children: [{ callFrame: frame('(BYTECODE_COMPILER)'), id: 3, selfSize: 50, children: [] }],
          },
        ],
      },
      samples: [
        { nodeId: 2, size: 1000, ordinal: 1 },
        { nodeId: 2, size: 2000, ordinal: 2 },
        { nodeId: 1, size: 100, ordinal: 3 },
        { nodeId: 3, size: 50, ordinal: 4 },
      ],
    });
    assert.deepEqual(taken, { samples: 4, bytes: 3150 });
    assert.deepEqual(flat(tree), [
      '(V8 API) :0 1 100',
      'keep :5 2 3000',
      'keep > (BYTECODE_COMPILER) :0 1 50',
    ]);
  });

  it('takes a tree of any depth', () => {
    let node: Record<string, unknown> = { id: 0, selfSize: 8, callFrame: frame('leaf') };
    for (let depth = 1; depth < 20_000; depth += 1) {
      node = { id: depth, selfSize: 0, callFrame: frame(`f${depth}`), children: [node] };
    }
    const tree = new StackTree(1000);
    assert.equal(addHeapProfile(tree, { head: node, samples: [] }).bytes, 8);
    assert.equal(tree.size, 1000);
    assert.ok(tree.cut > 18_000);
  });
});

describe('profiles that are anything', () => {
  const anything = fc.anything({ maxDepth: 4 });
  const node = fc.record(
    {
      id: fc.oneof(fc.integer({ min: -1, max: 5 }), anything),
      hitCount: fc.oneof(fc.integer(), fc.double(), anything),
      selfSize: fc.oneof(fc.integer(), anything),
      callFrame: fc.oneof(
        fc.record({
          functionName: anything,
          url: fc.string(),
          lineNumber: fc.double(),
          columnNumber: fc.integer(),
        }),
        anything,
      ),
      children: fc.oneof(fc.array(fc.integer({ min: -1, max: 5 })), fc.array(anything), anything),
      positionTicks: fc.oneof(fc.array(fc.record({ line: anything, ticks: fc.double() })), anything),
    },
    { requiredKeys: [] },
  );
  const profile = fc.oneof(
    anything,
    fc.record(
      {
        nodes: fc.array(fc.oneof(node, anything)),
        head: node,
        samples: fc.array(fc.oneof(fc.record({ nodeId: fc.integer(), size: fc.double() }), anything)),
        startTime: fc.oneof(fc.double(), anything),
        endTime: fc.oneof(fc.double(), anything),
      },
      { requiredKeys: [] },
    ),
  );

  it('never throw, and every number stays finite', () => {
    fc.assert(
      fc.property(profile, (value) => {
        const tree = new StackTree(50);
        addCpuProfile(tree, value);
        addHeapProfile(tree, value);
        for (const each of tree.nodes()) {
          for (const [line, numbers] of each.self) {
            assert.ok(line >= 0 && numbers.every((number) => Number.isFinite(number) && number >= 0));
          }
        }
      }),
      { numRuns: 5000, seed: 7 },
    );
  });
});

function profileOf(frames: readonly PprofFrame[], more: Partial<PprofProfile> = {}): PprofProfile {
  return {
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ],
    periodType: { type: 'cpu', unit: 'nanoseconds' },
    period: 10_000_000,
    timeMs: 1_700_000_000_123,
    durationNanos: 2e9,
    samples: [{ stack: frames, values: [3, 30_000_000.4] }],
    program: 'shop',
    addressLimit: 0x20_0000,
    labels: [['thread', 'main']],
    comments: ['about'],
    ...more,
  };
}

describe('the pprof format', () => {
  const inner = { name: 'inner', file: '/app/a.ts', line: 22, startLine: 20, address: 0x10_0010 };
  const same = { ...inner, line: 24, address: 0x10_0020 };
  const unknown = { name: 'late', file: '/app/b.ts', line: 3, startLine: 3, address: 0 };

  it('has functions, lines, labels and times', () => {
    const decoded = Profile.decode(encodePprof(profileOf([inner, same, inner])));
    const text = (index: unknown): string | undefined => decoded.stringTable.strings[Number(index)];
    assert.deepEqual(
      decoded.sampleType.map(({ type, unit }) => [text(type), text(unit)]),
      [
        ['samples', 'count'],
        ['cpu', 'nanoseconds'],
      ],
    );
    assert.equal(decoded.function.length, 1);
    const [only] = decoded.function;
    assert.deepEqual([text(only?.name), text(only?.filename), only?.startLine], ['inner', '/app/a.ts', 20]);
    assert.equal(text(only?.systemName), '');
    assert.deepEqual(
      decoded.location.map(({ address, line }) => [address, line[0]?.line]),
      [
        [0x10_0010, 22],
        [0x10_0020, 24],
      ],
    );
    const [sample] = decoded.sample;
    assert.deepEqual(sample?.locationId, [1, 2, 1]);
    assert.deepEqual(sample?.value, [3, 30_000_000]);
    assert.deepEqual([text(sample?.label[0]?.key), text(sample?.label[0]?.str)], ['thread', 'main']);
    assert.equal(BigInt(decoded.timeNanos), 1_700_000_000_123_000_000n);
    assert.equal(text(decoded.mapping[0]?.filename), 'shop');
    assert.equal(decoded.mapping[0]?.hasFunctions, true);
  });

  it('leaves names to be asked for, but for frames that have no address', () => {
    const decoded = Profile.decode(encodePprof(profileOf([inner, unknown]), 'remote'));
    assert.deepEqual(
      decoded.location.map(({ address, line }) => [address, line.length]),
      [
        [0x10_0010, 0],
        [0, 1],
      ],
    );
    assert.equal(decoded.mapping[0]?.hasFunctions, false);
    assert.ok(!decoded.stringTable.strings.includes('inner'));
  });

  it('without samples is a profile all the same', () => {
    const decoded = Profile.decode(encodePprof(profileOf([], { samples: [] })));
    assert.equal(decoded.sample.length, 0);
    assert.equal(decoded.sampleType.length, 2);
  });
});
