/** Whatever a function does, its traced copy does: the same result or throw, the same effects in the same order. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { linked } from '../../../src/probe/trace/frame.js';
import { both, movedIn } from './traceCopies.js';

/** What generated functions find around them: everything that is done to it is written down. */
const WORLD = `
const log = (...all) => { world.log.push(all.map(show).join()); return all.at(-1); };
const dep = (x, ...more) => { world.log.push('dep ' + show(x) + ' ' + more.length); if (x === 3) throw new TypeError('three'); return x; };
const later = (x) => { world.log.push('later'); return x === 4 ? Promise.reject(new RangeError('four')) : Promise.resolve(x); };
class Box { constructor(v) { this.v = v; world.log.push('new ' + show(v)); } get() { world.log.push('get'); return this; }
  m(...all) { world.log.push('m ' + show(this.v) + ' ' + all.length); return all[0]; } get g() { world.log.push('getter'); return (x) => x; } }
const box = new Box(1);
const o = { box, nil: null, f(x) { world.log.push('this ' + (this === o)); return x; }, arr: [1, 2], tag };
function tag(strings, ...all) { world.log.push('tag ' + strings.raw.join('|')); return all.length; }
async function* closing(n) { try { for (let i = 1; i <= n; i++) yield i; } finally { await null; world.log.push('closed'); } }
let mut = 0;
world.reset = () => { mut = 0; };
function show(v) { return typeof v === 'object' && v !== null ? (Array.isArray(v) ? '[' + v.map(show) + ']' : v instanceof Error ? v.name : 'object') : typeof v === 'function' ? 'function' : String(v); }
`;

type Gen = fc.Arbitrary<string>;
let labels = 0;

function expressions(isAsync: boolean, isGenerator: boolean): Gen {
  const { expr } = fc.letrec<{ expr: string; args: string }>((tie) => {
    const e = tie('expr');
    const args = tie('args');
    const parts: Gen[] = [
      fc.constantFrom(
        '1',
        '2',
        '3',
        '4',
        'a',
        'b',
        'mut',
        'undefined',
        "'s'",
        'null',
        'this',
        'arguments.length',
        'typeof nowhere',
      ),
      fc
        .tuple(
          fc.constantFrom(
            'log',
            'dep',
            'later',
            '(0, dep)',
            'o.f',
            'box.m',
            'box.get().m',
            'o.box.m',
            'o["f"]',
            'box.g',
            '(o.f)',
            'Array.of',
            'nothing.at',
          ),
          args,
        )
        .map(([f, all]) => `${f}(${all})`),
      fc.constantFrom(
        'box.get()',
        'o.nil?.f(log(9))',
        'o?.box.get().m(2)',
        'o.f?.()',
        'o.nope?.(log(8))',
        'o.nil?.x.y()',
        'dep?.(2)',
        'tag`x`',
        'o.tag`p$' + '{dep(1)}q$' + '{2}`',
        'new Box',
        '[...o.arr, dep(1)]',
        'eval("a")',
        '({ a, b: dep(2), [log("k")]: 1 }).b',
        '(() => dep(2))()',
        '(function () { return log(this === undefined) })()',
        'o.arr.map((x) => dep(x + 1))',
        'o.arr.reduce((s, x) => s + dep(x), 0)',
      ),
      fc.tuple(e, e).map(([x, y]) => `(${x}, ${y})`),
      fc
        .tuple(e, fc.constantFrom('&&', '||', '??', '+', '==='), e)
        .map(([x, op, y]) => `(${x}) ${op} (${y})`),
      fc.tuple(e, e, e).map(([x, y, z]) => `(${x} ? ${y} : ${z})`),
      args.map((all) => `new Box(${all})`),
      args.map((all) => `new (log(Box))(${all})`),
      fc.tuple(e, args).map(([x, all]) => `((${x}), dep)(${all})`),
      args.map((all) => `((x) => dep)(1)(${all})`),
      args.map((all) => `log(box).m(${all})`),
      args.map((all) => `o.box?.get()?.m(${all})`),
      args.map((all) => `o[log('f')](${all})`),
      e.map((x) => `(mut = ${x})`),
      e.map((x) => `\`t\${${x}}\``),
    ];
    if (isAsync)
      parts.push(
        e.map((x) => `(await ${x})`),
        e.map((x) => `(await later(${x}))`),
        e.map((x) => `await(0, later)(${x})`),
      );
    if (isGenerator)
      parts.push(
        e.map((x) => `(yield ${x})`),
        fc.constant('(yield* [5, 6])'),
      );
    return {
      expr: fc.oneof({ maxDepth: 4, depthSize: 'small' }, ...parts) as Gen,
      args: fc
        .array(fc.tuple(fc.boolean(), e), { maxLength: 3 })
        .map((all) => all.map(([spread, x]) => (spread ? `...[${x}]` : x)).join(', ')),
    };
  });
  return expr;
}

function bodies(isAsync: boolean, isGenerator: boolean): Gen {
  const e = expressions(isAsync, isGenerator);
  const { body } = fc.letrec<{ body: string; statement: string }>((tie) => {
    const body = tie('body');
    const statements: Gen[] = [
      e.map((x) => `${/^[{f]|^\(?function|^class/.test(x) ? '0,' : ''}${x};`),
      e.map((x) => `return ${x};`),
      e.map((x) => `return(${x});`),
      e.map((x) => `throw ${x};`),
      e.map((x) => `{ const { p = ${x}, ...q } = o; log(p); }`),
      e.map((x) => `var v = ${x}`),
      fc.tuple(e, body, body).map(([x, y, z]) => `if (${x}) { ${y} } else { ${z} }`),
      fc.tuple(body, body).map(([x, y]) => `try { ${x} } catch (e) { log(e); ${y} }`),
      fc.tuple(body, body).map(([x, y]) => `try { ${x} } catch { ${y} } finally { log('finally') }`),
      fc.tuple(body, e).map(([x, y]) => `try { ${x} } finally { ${y} }`),
      fc.tuple(e, body).map(([x, y]) => `for (const each of [${x}, 2]) { log(each); ${y} }`),
      body.map(
        (x) =>
          `outer${labels++}: for (let i = 0; i < 2; i++) { ${x} ; if (log(i)) continue outer${labels - 1}; else break outer${labels - 1} }`,
      ),
      fc.tuple(e, body).map(([x, y]) => `switch (${x}) { case dep(1): ${y} break; default: log('d') }`),
      e.map((x) => `function inner(y) { return y } log(inner(${x}))`),
      e.map(
        (x) =>
          `class Inner extends log(Box) { static s = 1; m() { return super.m(2) } [log('key')]() {} } new Inner(${x}).m()`,
      ),
    ];
    if (isAsync) {
      statements.push(
        fc.tuple(e, body).map(([x, y]) => `for await (const each of [${x}, later(2)]) { log(each); ${y} }`),
        e.map(
          (x) =>
            `for await (const each of [1, 2, 3]) { if (each === 2) continue; log(${x}); if (each === 3) break }`,
        ),
        e.map((x) => `l${labels++}: for await (const each of [1, 2]) { log(${x}); continue l${labels - 1} }`),
        fc
          .tuple(e, body)
          .map(
            ([x, y]) =>
              `for await (const each of closing(3)) { try { if (each === 1) continue; ${y} } finally { log(${x}) } if (each === 3) break }`,
          ),
        body.map((x) => {
          const [o, p, q] = ['o', 'p', 'q'].map((letter) => `${letter}${labels++}`);
          return `${o}: for (const i of [1, 2]) ${p}: ${q}: for await (const each of closing(2)) { switch (each) { case 1: while (1) continue ${q}; default: log(i) } ${x}\n if (i === 1) continue ${o}\n else break ${p} }`;
        }),
        body.map(
          (x) => `for await (const each of closing(2)) { const f = () => { for (;;) { break } }; f(); ${x} }`,
        ),
        e.map((x) => `if (1) for await (const each of (0, [${x}])) log(each)`),
      );
    }
    return {
      statement: fc.oneof({ maxDepth: 3, depthSize: 'small' }, ...statements) as Gen,
      body: fc.array(tie('statement'), { maxLength: 4 }).map((all) => all.map((x) => `{ ${x}\n}`).join('\n')),
    };
  });
  return body;
}

interface World {
  log: string[];
  /** Of the last text that was evaluated. */
  reset(): void;
}
const world: World = { log: [], reset() {} };
Object.assign(globalThis, { world, show: undefined });

/** Promises that nobody handled, while the runner's own look at them is put aside. */
let unhandled = 0;
const count = (): void => {
  unhandled += 1;
};
let others: NodeJS.UnhandledRejectionListener[] = [];

interface Outcome {
  readonly result: string;
  readonly unhandled?: number;
  readonly log: string;
}

function text(value: unknown): string {
  if (value instanceof Error) {
    // V8 writes down what was written there: the words of the copy.
    return `${value.name}: ${/is not|undefined|null|iterable/.test(value.message) ? '' : value.message}`;
  }
  if (Array.isArray(value)) return `[${value.map(text).join()}]`;
  return typeof value === 'object' && value !== null
    ? value.constructor?.name
    : String(typeof value === 'function' ? 'function' : value);
}

function plain(run: () => unknown): Outcome {
  world.log = [];
  world.reset();
  let result: string;
  try {
    result = `returned ${text(run())}`;
  } catch (error) {
    result = `threw ${text(error)}`;
  }
  return { result, log: world.log.join('\n') };
}

async function settled(run: () => unknown): Promise<Outcome> {
  await turn();
  unhandled = 0;
  world.log = [];
  world.reset();
  let result: string;
  try {
    result = `resolved ${text(await run())}`;
  } catch (error) {
    result = `rejected ${text(error)}`;
  }
  const log = world.log.join('\n');
  await turn();
  return { result, log, unhandled };
}

function steps(run: () => unknown): unknown {
  const values: unknown[] = [];
  const iterator = run() as Generator<unknown, unknown, unknown>;
  for (let turn = 0; turn < 12; turn++) {
    const { value, done } = turn === 4 ? iterator.throw(new Error('in')) : iterator.next(turn);
    values.push(value);
    if (done) break;
  }
  return values;
}

const PARAMETERS = fc.constantFrom(
  'a, b',
  'a, b = dep(2)',
  '{ a, b } = { a: 1, b: log(2) }, ...rest',
  'a, ...[b]',
);
const RUNS = { numRuns: 150, seed: 20261122, includeErrorInReport: true };

describe('a traced copy', () => {
  before(() => {
    others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', count);
  });
  after(async () => {
    await turn();
    process.off('unhandledRejection', count);
    for (const listener of others) process.on('unhandledRejection', listener);
  });

  it('does what a plain function does', () => {
    fc.assert(
      fc.property(PARAMETERS, bodies(false, false), (parameters, body) => {
        const made = both(`${WORLD}\nfunction f(${parameters}) { ${body} }`, 'f');
        assert.deepEqual(made.moved(), []);
        const self = { me: 1 };
        assert.deepEqual(
          plain(() => made.traced.call(self, 1, 2)),
          plain(() => made.original.call(self, 1, 2)),
        );
        assert.equal(linked.current, undefined);
      }),
      RUNS,
    );
  });

  it('does what an async function does', async () => {
    await fc.assert(
      fc.asyncProperty(PARAMETERS, bodies(true, false), async (parameters, body) => {
        const made = both(`${WORLD}\nasync function f(${parameters}) { ${body} }`, 'f');
        assert.deepEqual(made.moved(), []);
        const ours = await settled(() => made.traced(1, 2));
        assert.deepEqual(ours, await settled(() => made.original(1, 2)));
        assert.equal(linked.current, undefined);
      }),
      RUNS,
    );
  });

  it('has every word on its line', () => {
    const source = `
      // above
      const f = async (
        a,
        b,
      ) => {
        'use strict'
        const w1 = a.map((x) => // one
          x.y()
            .w2(b)
        ).filter(function (y) { return y // two
        }); w3()
        for await (const each of all)
          w4(b)
        l: for await (const each of w5) {
          if (w6) continue l
          if (w7) continue
          g(\`
            \${w8()}\`)
        }
        try { w9() } catch { w10() // three
        } finally { w11()
        }
        return await Promise.all(all.map(async (x) =>
          await w12(),
        ), w13)
      }`;
    assert.deepEqual(movedIn(source, 'f'), []);
  });

  it('does what a generator does', () => {
    fc.assert(
      fc.property(bodies(false, true), (body) => {
        const made = both(`${WORLD}\nfunction* f(a, b) { ${body} }`, 'f');
        const ours = plain(() => steps(() => made.traced(1, 2)));
        assert.deepEqual(
          ours,
          plain(() => steps(() => made.original(1, 2))),
        );
      }),
      RUNS,
    );
  });

  it('does what an arrow function does', async () => {
    await fc.assert(
      fc.asyncProperty(expressions(true, false), async (x) => {
        const made = both(
          `${WORLD}\nconst f = async (a, b) => (${x.replaceAll('arguments.length', '1')})`,
          'f',
        );
        assert.deepEqual(await settled(() => made.traced(1, 2)), await settled(() => made.original(1, 2)));
      }),
      RUNS,
    );
  });
});
