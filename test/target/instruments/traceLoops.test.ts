/** What a loop over an asynchronous iterator waits for, however its turns and itself end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { both } from './traceCopies.js';

const NEXT_MS = 5;
const RETURN_MS = 15;
/** A timer may come a little early. */
const EARLY_MS = 1.5;

const FEED = `
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
class Feed {
  constructor(many) { this.left = many; }
  [Symbol.asyncIterator]() { return this; }
  async next() { await wait(${NEXT_MS}); if (this.left < 0) throw new Error('torn'); return { done: this.left === 0, value: this.left-- }; }
  async return() { await wait(${RETURN_MS}); return {}; }
}
let seen = 0;
const use = (x) => { seen += x; if (x > 8) throw new RangeError('too much'); };`;

interface Case {
  readonly name: string;
  readonly body: string;
  /** Times of the loop's own node. */
  readonly waits: string;
  readonly ms: number;
  readonly also?: readonly string[];
  readonly result?: unknown;
}

const CASES: readonly Case[] = [
  {
    name: 'to its end',
    body: 'for await (const x of feed) use(x)',
    waits: 'feed×4',
    ms: 4 * NEXT_MS,
    also: ['use×3'],
  },
  {
    name: 'continue',
    body: 'for await (const x of feed) { if (x < 3) continue; use(x) }',
    waits: 'feed×4',
    ms: 4 * NEXT_MS,
    also: ['use×1'],
  },
  {
    name: 'continue by a label, out of a switch in a loop',
    body: 'turns: for await (const x of feed) { while (x) switch (x) { case 3: case 2: continue turns; default: use(x); continue turns } }',
    waits: 'feed×4',
    ms: 4 * NEXT_MS,
    also: ['use×1'],
  },
  {
    name: 'continue, past a finally that waits',
    body: 'for await (const x of feed) { try { if (x > 1) continue; use(x) } finally { await wait(20) } }',
    waits: 'feed×4',
    ms: 4 * NEXT_MS,
    also: ['use×1', 'wait(…)×3'],
  },
  {
    name: 'break',
    body: 'for await (const x of feed) { if (x === 2) break; use(x) } await wait(30)',
    waits: 'feed×3',
    ms: 2 * NEXT_MS + RETURN_MS,
    also: ['use×1', 'wait(…)×1'],
  },
  {
    name: 'return',
    body: 'for await (const x of feed) { if (x === 2) return use(1) ?? 7 }',
    waits: 'feed×3',
    ms: 2 * NEXT_MS + RETURN_MS,
    also: ['use×1'],
    result: 7,
  },
  {
    name: 'continue of a loop around it',
    body: 'outer: for (const many of [2, 3]) for await (const x of new Feed(many)) { if (x === many - 1) continue outer }',
    waits: 'new Feed(…)×6',
    ms: 4 * NEXT_MS + 2 * RETURN_MS,
  },
  {
    name: 'break of a loop around it',
    body: 'outer: for (;;) for await (const x of feed) { if (x === 2) break outer }',
    waits: 'feed×3',
    ms: 2 * NEXT_MS + RETURN_MS,
  },
  {
    name: 'a throw in it',
    body: 'try { for await (const x of feed) { if (x === 2) use(9) } } catch (error) { return error.message }',
    waits: 'feed×3',
    ms: 2 * NEXT_MS + RETURN_MS,
    also: ['use×1!1'],
    result: 'too much',
  },
  {
    name: 'a throw of the iterator',
    body: 'try { for await (const x of new Feed(-1)) use(x) } catch (error) { return error.message }',
    waits: 'new Feed(…)×1!1',
    ms: NEXT_MS,
    result: 'torn',
  },
];

describe('a loop that waits', () => {
  for (const { name, body, waits, ms, also = [], result } of CASES) {
    it(name, async () => {
      const made = both(`${FEED}\nasync function f(feed = new Feed(3)) { ${body} }`, 'f');
      assert.equal(await made.original(), result);
      const started = performance.now();
      assert.equal(await made.traced(), result);
      const took = performance.now() - started;
      const spans = made.spans();
      for (const span of [waits, ...also]) assert.ok(spans.includes(span), `${span} in ${spans}`);
      const site = made.copy.sites.findIndex(({ kind }) => kind === 'await');
      const { total = 0 } = made.lastTree().root.sites[site] ?? {};
      assert.ok(
        total / 1e6 >= ms - EARLY_MS * (ms / NEXT_MS) && total / 1e6 <= took,
        `${total / 1e6} ms of ${took}, ${ms} expected`,
      );
    });
  }
});
