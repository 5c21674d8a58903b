/** What the first hit of a breakpoint costs in a large script: told, refused above the limit, avoided where it can be. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { setLimit } from '../../../src/base/index.js';
import { instrumentsOf } from '../../../src/target/index.js';
import type { WireResult } from '../support/bench.js';
import { isStatus } from '../support/liveSession.js';
import { hits, messages, type Observed, observed, statusOf, values } from './support/observed.js';

let folder = '';
/** Characters of the two scripts: above the limit (a lower one here: what is above that takes the agent long to read), and far enough below that the cost is told. */
const SIZES = { large: 600_000, middle: 200_000 };

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'remora-first-hit-'));
  for (const [name, length] of Object.entries(SIZES)) {
    // `inner` and `Inside` are reached by their variables alone, `outer` by its property, `Shop.rate` by its prototype.
    const head = `'use strict';
let calls = 0;
const helper = (n) => n + calls;
function inner(n) {
  calls += 1;
  const sum = helper(n);
  return sum;
}
function outer(n) { return inner(n) * 2; }
class Shop { rate(n) { return n * 3; } }
module.exports = { outer, shop: new Shop(), calls: () => calls };
`;
    const line = (at: number) => `function spare${at}(a, b) { return a > b ? a - b + ${at} : helper(b); }\n`;
    const lines: string[] = [head];
    for (let at = 0, sum = head.length; sum < length; at += 1) {
      const text = line(at);
      lines.push(text);
      sum += text.length;
    }
    writeFileSync(join(folder, `${name}.cjs`), lines.join(''));
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function load(at: Observed, name: keyof typeof SIZES): Promise<void> {
  await at.run(`api.at = require(${JSON.stringify(join(folder, `${name}.cjs`))})`);
}

/** Calls until the command has what it wants: a function is reached, or looked into, from its next call on. */
async function called(at: Observed, command: string): Promise<WireResult[]> {
  const head = await at.begin(command);
  let done = head.some(isStatus);
  const rest = done ? Promise.resolve([]) : at.until(isStatus, 30_000);
  void rest.finally(() => {
    done = true;
  });
  while (!done) await at.run('return api.at.outer(1)');
  return [...head, ...(await rest)];
}

const TOO_LONG =
  /large\.cjs has 600,\d+ characters, more than the limit breakpoint-script \(500,000\): at the first hit of a breakpoint in a function V8 parses its whole script once more, which would hold the main thread for about 60 ms; --force does it all the same/;

it('a large script: breakpoints are refused, with what they would cost, and set by --force', async (t) => {
  setLimit('breakpoint-script=500000');
  t.after(() => setLimit(`breakpoint-script=${2_000_000}`));
  const at = await observed(t, 22, ['read', 'observe', 'change']);
  await load(at, 'large');
  const refused = async (line: string): Promise<string> => {
    const results = await at.exec(line);
    const { statusCode, message } = statusOf(results);
    assert.notEqual(statusCode, 0, line);
    assert.equal(await at.run('return api.at.outer(1) > 0').then(String), 'did true');
    return String(message);
  };
  for (const command of ['watch large.cjs inner', 'monitor large.cjs inner', 'stack large.cjs inner'])
    assert.match(await refused(command), TOO_LONG);
  assert.match(await refused('tt -t large.cjs inner'), TOO_LONG);
  assert.match(await refused('trace large.cjs inner'), TOO_LONG);
  assert.match(await refused('trace large.cjs outer'), TOO_LONG);
  assert.match(await refused('line large.cjs:5'), TOO_LONG);
  assert.match(await refused("retransform large.cjs inner --source '(n) => n'"), TOO_LONG);
  assert.equal((await instrumentsOf(await at.target()).status())?.hooks.length ?? 0, 0);

  // What a property holds is observed without any.
  const seen = await at.observe('watch large.cjs outer returnObj -n 1 -v', 'return api.at.outer(4)');
  assert.equal(hits(seen)[0]?.instrument, 'property');
  assert.match(messages(seen), /large\.cjs outer: its script is so long that no breakpoint is set in it/);
  const [entry] = instruments(seen);
  assert.equal(entry?.state, 'installed');
  assert.equal(entry?.firstHitMs, undefined, 'no breakpoint is set');
  const method = await at.observe(
    'watch large.cjs Shop.rate returnObj -n 1 -v',
    'return api.at.shop.rate(4)',
  );
  assert.deepEqual(values(method), [12]);
  assert.equal(instruments(method)[0]?.firstHitMs, undefined);

  const forced = await called(at, 'watch large.cjs inner params -n 1 --force -v');
  assert.equal(hits(forced).length, 1);
  assert.ok(Number(instruments(forced)[0]?.firstHitMs) >= 60);
  assert.match(messages(forced), /large\.cjs inner: the first call takes about 60 ms more/);
  const line = await at.observe('line large.cjs:6 --express n -n 1 --force', 'return api.at.outer(7)');
  assert.match(messages(line), /the first hit takes about 60 ms more/);
  assert.deepEqual(
    hits(line, 'line').map(({ json }) => json),
    [7],
  );
  const traced = await called(at, 'trace large.cjs outer -n 1 --force');
  assert.match(messages(traced), /the first call takes about 60 ms more, as V8 parses the script once more/);
  assert.equal(hits(traced, 'trace').length, 1);
  const by = "retransform large.cjs outer --source '(n) => inner(n) * 100' --wait 0 --force";
  const replaced = await at.exec(by);
  assert.equal(statusOf(replaced).statusCode, 0, JSON.stringify(replaced));
  assert.match(messages(replaced), /large\.cjs outer: the first call takes about 60 ms more/);
  // Compiled at the next call, run from the one after it.
  await at.run('return api.at.outer(1)');
  const [last] = await at.run('return api.at.outer(1) % 100');
  assert.equal(last, 'did 0');
});

it('a script below the limit: what the first call takes is told, and many functions add up', async (t) => {
  const at = await observed(t, 22);
  await load(at, 'middle');
  const seen = await called(at, 'watch middle.cjs inner params -n 1');
  assert.equal(hits(seen).length, 1);
  assert.match(messages(seen), /middle\.cjs inner: the first call takes about 20 ms more/);
  const traced = await called(at, 'trace middle.cjs outer -n 1');
  assert.match(messages(traced), /the first call takes about 20 ms more/);

  setLimit('breakpoint-total=500000');
  t.after(() => setLimit('breakpoint-total=10000000'));
  const two = await at.begin('watch middle.cjs inner');
  assert.equal(
    two.some(({ type }) => type === 'status'),
    false,
  );
  await at.interrupt();
  await at.until(({ type }) => type === 'status');
  const many = await at.exec('trace -E .*middle.cjs inner|outer|spare0');
  assert.match(
    String(statusOf(many).message),
    /with the functions before it that makes 600,\d+ characters, more than the limit breakpoint-total \(500,000\).*name fewer functions, or --force/,
  );
});

interface Entry {
  readonly state: string;
  readonly firstHitMs?: number;
}

function instruments(results: readonly { type: string }[]): readonly Entry[] {
  const [head] = results.filter(({ type }) => type === 'enhancer') as {
    effect?: { instruments?: Entry[] };
  }[];
  return head?.effect?.instruments ?? [];
}
