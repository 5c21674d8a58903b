/** Which async function waited, where and for how long: real services, before a slow server, on all versions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { limit } from '../../http/support.js';
import { startDaemonProcess } from '../../insight/support/daemon.js';
import { eventually, nodeMajors } from '../../support/index.js';
import { assertLetGo, get, subject } from '../../target/attach/attaching.js';
import { profiled } from './support/profiled.js';

const SECONDS = 3;

/** Shares of what was awaited, by the function above each `(await)`; stacks are those of a collapsed profile. */
function sharesOf(collapsed: string): Map<string, number> {
  const sums = new Map<string, number>();
  let all = 0;
  for (const [, stack = '', count] of collapsed.matchAll(/^\(awaited\);(.*) (\d+)$/gm)) {
    const name = stack.split(';').at(-2)?.replace(/ \(.*/, '') ?? '';
    sums.set(name, (sums.get(name) ?? 0) + Number(count));
    all += Number(count);
  }
  return new Map([...sums].map(([name, sum]) => [name, sum / all]));
}

function assertNear(share: number | undefined, expected: number, what: string): void {
  assert.ok(Math.abs((share ?? 0) - expected) < 0.15, `${what}: ${share}, not about ${expected}`);
}

interface Counts {
  /** Orders; those that lost what their AsyncLocalStorage held; promises that somebody held weakly, as our hooks do. */
  readonly made: number;
  readonly mixedUp: number;
  readonly held: number;
  /** Milliseconds that were waited, by the stopwatch. */
  readonly prices: number;
  readonly stock: number;
}

async function counts(port: number): Promise<Counts> {
  return JSON.parse(await get(port)) as Counts;
}

/** The service goes on, and no promise of its is looked at any more. */
async function assertUntouched(port: number): Promise<void> {
  const before = await counts(port);
  await eventually(async () => (await counts(port)).made > before.made + 20, {
    what: 'the service to go on',
  });
  const after = await counts(port);
  assert.equal(after.held, before.held);
  assert.equal(after.mixedUp, 0);
  assert.ok(after.held > 0, 'there were hooks before');
}

describe('awaited time', { concurrency: 4, timeout: 120_000 }, () => {
  for (const node of nodeMajors)
    it(`Node ${node}: stands at the function and the line of the source that waited`, async (t) => {
      const file = node === 20 ? 'dist/typescript/awaiting.mjs' : 'dist/bundled/awaiting.min.mjs';
      const at = await profiled(t, node, { file });
      const before = await counts(at.process.port);
      await at.ok(`profiler start -e wall --await -d ${SECONDS} --wait -f wall.collapsed`);
      const after = await counts(at.process.port);
      const [prices, stock] = [after.prices - before.prices, after.stock - before.stock];
      const collapsed = at.read('wall.collapsed');
      const shares = sharesOf(collapsed);
      assertNear(shares.get('Warehouse.loadPrices'), prices / (prices + stock), 'loadPrices');
      assertNear(shares.get('Warehouse.loadStock'), stock / (prices + stock), 'loadStock');
      // Those that wait for these wait no time of their own.
      assert.ok((shares.get('handleOrder') ?? 0) < 0.1, collapsed);
      const [line = ''] = /^\(awaited\).*loadPrices.*$/m.exec(collapsed) ?? [];
      const functions = ['work', 'handleOrder', 'Warehouse\\.loadPrices', '\\(await\\)'];
      const lines = [66, 54, 31, 32];
      const stack = functions
        .map((name, index) => `${name} \\(.*awaiting\\.mts:${lines[index]}\\)`)
        .join(';');
      assert.match(line, new RegExp(`^\\(awaited\\);${stack} \\d+$`));

      await at.ok('profiler dump -f wall.pb.gz');
      const pprof = Profile.decode(gunzipSync(at.bytes('wall.pb.gz')));
      const types = pprof.sampleType.map(({ type }) => pprof.stringTable.strings[Number(type)]);
      assert.deepEqual(types, ['samples', 'wall', 'awaits', 'awaited']);
      const sum = (index: number): number =>
        pprof.sample.reduce((all, { value }) => all + Number(value[index]), 0) / 1e9;
      // Four at a time wait, all the time.
      assert.ok(sum(3) > 2 * sum(1) && sum(3) < 6 * sum(1), `${sum(3)} s awaited in ${sum(1)} s`);

      const tree = String((await at.ok('profiler dump -o tree')).executeResult);
      assert.match(tree, /Wall-clock time of [\s\S]*\(idle\)[\s\S]*Awaited time of async functions of /);
      await at.ok('profiler dump -f wall.cpuprofile');
      assert.doesNotMatch(at.read('wall.cpuprofile'), /loadPrices.*\(await\)/);

      await at.targets.close('the test is over');
      await assertLetGo(at.process);
      await assertUntouched(at.process.port);
    });

  for (const node of [20, 24] as const)
    it(`Node ${node}: no hook is left when the agent is killed`, async (t) => {
      const target = await subject(t, node, { file: 'dist/bundled/awaiting.min.mjs' });
      const agent = await startDaemonProcess(t, 'agent');
      const body = JSON.stringify({
        action: 'exec',
        process: String(target.pid),
        command: 'profiler start -e wall --await',
      });
      await (await fetch(`${agent.url}/api`, { method: 'POST', body })).json();
      await eventually(async () => (await counts(target.port)).held > 0, { what: 'awaits to be chosen' });
      await agent.kill();
      await assertLetGo(target);
      await assertUntouched(target.port);
    });

  it('comes on request only, goes on with `resume`, and begins anew otherwise', async (t) => {
    const at = await profiled(t, 22, { file: 'dist/bundled/awaiting.min.mjs' });
    const nanos = async (): Promise<number> => {
      await at.ok('profiler dump --total -f wall.collapsed');
      const counts = at.read('wall.collapsed').matchAll(/^\(awaited\);.* (\d+)$/gm);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    await at.ok('profiler start -e wall');
    await sleep(300);
    await at.ok('profiler stop');
    assert.equal(await nanos(), 0);
    await at.ok('profiler start -e wall --await');
    await sleep(1500);
    await at.ok('profiler stop');
    const first = await nanos();
    assert.ok(first > 0);
    await at.ok('profiler resume -e wall --await');
    await sleep(300);
    await at.ok('profiler stop');
    assert.ok((await nanos()) > first);
  });

  it('is given up where it costs too much, which the profile says', async (t) => {
    limit(t, 'profile-await-budget', 1e-6);
    const at = await profiled(t, 22, { file: 'dist/bundled/awaiting.min.mjs' });
    await at.ok('profiler start -e wall --await');
    // The share of a core is looked at every five seconds.
    await eventually(
      async () => {
        const { held } = await counts(at.process.port);
        await sleep(500);
        return (await counts(at.process.port)).held === held && held > 0;
      },
      { what: 'the hooks to be taken off', timeoutMs: 30_000 },
    );
    const { executeResult } = await at.ok('profiler stop -o flat');
    assert.match(String(executeResult), /awaited time is not complete: hooks on \d+ awaits a second took/);
  });

  it('is not there for programs that wait for callbacks only, and costs them nothing', async (t) => {
    const at = await profiled(t, 24, { file: 'waits.cjs' });
    await at.ok('profiler start -e wall --await');
    await sleep(500);
    const { executeResult } = await at.ok('profiler stop -o flat');
    assert.doesNotMatch(String(executeResult), /Awaited/);
  });
});
