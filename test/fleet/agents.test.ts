import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allLimits } from '../../src/base/index.js';
import type { Heartbeat } from '../../src/fleet/index.js';
import { EMPTY_BEAT } from './support/beat.js';
import { Engine } from './support/memoryStore.js';
import { openFleet, TestClock } from './support/open.js';

const SILENCE_S = 40;
const FORGET_S = 12 * 3600;

function limit(name: string): { value: number } {
  const found = allLimits().find((each) => each.name === name);
  assert.ok(found);
  return found;
}

describe('liveness', () => {
  it('is online, then offline after the silence, then online again', async (t) => {
    const clock = new TestClock();
    const { fleet } = await openFleet(t, { clock });
    await fleet.agents.heartbeat({ ...EMPTY_BEAT, id: 'a' });
    const liveness = () => fleet.agents.get('a').liveness;
    assert.equal(liveness(), 'online');
    clock.pass(SILENCE_S);
    assert.equal(liveness(), 'online');
    clock.pass(1);
    assert.equal(liveness(), 'offline');
    assert.equal(fleet.agents.heartbeat({ ...EMPTY_BEAT, id: 'a' }), undefined, 'nothing to write');
    assert.equal(liveness(), 'online');
    assert.equal(fleet.agents.get('a').heartbeat, clock.now);
  });

  it('is unknown after a restart for one interval, never offline', async (t) => {
    const engine = new Engine();
    const clock = new TestClock();
    const first = await openFleet(t, { engine, clock });
    for (const id of ['back', 'gone']) await first.fleet.agents.heartbeat({ ...EMPTY_BEAT, id });
    clock.pass(3600);
    const { fleet } = await openFleet(t, { engine, clock });
    const liveness = (id: string) => fleet.agents.get(id).liveness;
    assert.deepEqual([liveness('back'), liveness('gone')], Array(2).fill('unknown since restart'));
    assert.equal(fleet.agents.get('gone').heartbeat, clock.now - 3_600_000, 'the last that is known');
    clock.pass(10);
    await fleet.agents.heartbeat({ ...EMPTY_BEAT, id: 'back' });
    clock.pass(SILENCE_S - 10);
    assert.deepEqual([liveness('back'), liveness('gone')], ['online', 'unknown since restart']);
    clock.pass(1);
    assert.deepEqual([liveness('back'), liveness('gone')], ['online', 'offline']);
  });

  it('ends in being forgotten, after a restart not before the whole time has passed again', async (t) => {
    const engine = new Engine();
    const clock = new TestClock();
    const first = await openFleet(t, { engine, clock });
    await first.fleet.agents.heartbeat({ ...EMPTY_BEAT, id: 'a' });
    await first.direct.call('RunningStatistics', { agent_id: 'a', running_details: { cpu: 1 } });
    clock.pass(FORGET_S);
    const { fleet, direct } = await openFleet(t, { engine, clock });
    assert.equal(await fleet.agents.forgetSilent(), 0);
    clock.pass(FORGET_S);
    assert.equal(await fleet.agents.forgetSilent(), 0);
    clock.pass(1);
    assert.deepEqual(fleet.reports.details('a'), { CPU: '1.000000', Memory: '0' }, 'read again at the start');
    assert.equal(await fleet.agents.forgetSilent(), 1);
    assert.deepEqual(fleet.reports.details('a'), {});
    assert.equal((await direct.call('GetConfigList', { agent_id: 'a' })).value.code, 'AgentNotExist');
    assert.equal((await direct.call('HeartBeat', { agent_id: 'a' })).status, 200);
    assert.equal(fleet.agents.get('a').liveness, 'online');
  });
});

describe('an agent that comes back while it is being forgotten', () => {
  it('is there when its heartbeat is answered', async (t) => {
    const clock = new TestClock();
    const { fleet, engine } = await openFleet(t, { clock });
    const beat = { ...EMPTY_BEAT, id: 'a' };
    await fleet.agents.heartbeat(beat);
    clock.pass(FORGET_S + 1);
    let release = () => {};
    engine.beforeWrite = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const sweep = fleet.agents.forgetSilent();
    await new Promise((resolve) => setImmediate(resolve));
    const answered = fleet.agents.heartbeat(beat);
    assert.ok(answered, 'it has to wait');
    engine.beforeWrite = () => undefined;
    release();
    assert.equal(await sweep, 1);
    await answered;
    assert.equal(fleet.agents.get('a').liveness, 'online');
    assert.equal(await fleet.agents.forgetSilent(), 0);
  });
});

describe('heartbeats', () => {
  it('are written when something but the time changed, and only then', async (t) => {
    const { fleet, engine } = await openFleet(t);
    const before = engine.writes;
    const beat = { ...EMPTY_BEAT, id: 'a', tags: { env: 'prod' }, startup: 2n ** 62n };
    await fleet.agents.heartbeat(beat);
    for (let count = 0; count < 100; count++)
      await fleet.agents.heartbeat({ ...beat, tags: { env: 'prod' } });
    assert.equal(engine.writes - before, 1);
    const changes: Partial<Heartbeat>[] = [
      { version: '2' },
      { ip: '10.0.0.2' },
      { status: 'bad' },
      { type: 'other' },
      { startup: 2n ** 62n + 1n },
      { tags: {} },
      { tags: { env: 'test' } },
      { tags: { env: 'prod', more: '' } },
    ];
    for (const [index, change] of changes.entries()) {
      await fleet.agents.heartbeat({ ...beat, ...change });
      assert.equal(engine.writes - before, 2 + 2 * index, JSON.stringify(Object.keys(change)));
      await fleet.agents.heartbeat(beat);
    }
    assert.equal(fleet.agents.get('a').record.startup, String(2n ** 62n));
  });

  it('of one agent at once end with the last', async (t) => {
    const { fleet, engine } = await openFleet(t);
    engine.beforeWrite = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    const beats = Array.from({ length: 20 }, (_, index) =>
      fleet.agents.heartbeat({ ...EMPTY_BEAT, id: 'a', version: `v${index % 7}` }),
    );
    await Promise.all(beats);
    assert.equal(fleet.agents.get('a').record.version, `v${19 % 7}`);
  });

  it('of one agent more than fit are answered ServerBusy; those known go on', async (t) => {
    const { direct } = await openFleet(t);
    const agents = limit('fleet-agents');
    const before = agents.value;
    t.after(() => {
      agents.value = before;
    });
    agents.value = 2;
    for (const id of ['a', 'b']) assert.equal((await direct.call('HeartBeat', { agent_id: id })).status, 200);
    const { status, value } = await direct.call('HeartBeat', { agent_id: 'c' });
    assert.deepEqual(
      [status, value.code, value.message],
      [503, 'ServerBusy', 'There are 2 agents already, as many as are kept.'],
    );
    assert.equal((await direct.call('HeartBeat', { agent_id: 'b', ip: 'new' })).status, 200);
  });

  it('cost the same with 100 and with 20,000 agents', async (t) => {
    const { fleet } = await openFleet(t);
    const beat = (index: number) => ({
      ...EMPTY_BEAT,
      id: `agent-${index}`,
      tags: { env: 'prod', zone: `z${index % 5}` },
    });
    const known = async (from: number, to: number) => {
      await Promise.all(
        Array.from({ length: to - from }, (_, index) => fleet.agents.heartbeat(beat(from + index))),
      );
    };
    const beats = Array.from({ length: 20_000 }, (_, index) => beat(index));
    const cost = (agents: number): number => {
      const rounds: number[] = [];
      for (let round = 0; round < 15; round++) {
        const start = process.cpuUsage();
        for (let count = 0; count < 20_000; count++) fleet.agents.heartbeat(beats[count % agents] ?? beat(0));
        const { user, system } = process.cpuUsage(start);
        rounds.push(user + system);
      }
      return Math.min(...rounds) / 20_000;
    };
    await known(0, 100);
    const few = cost(100);
    await known(100, 20_000);
    const many = cost(20_000);
    t.diagnostic(`${few.toFixed(2)} µs with 100 agents, ${many.toFixed(2)} µs with 20,000`);
    // Memory further away costs a cache miss; a cost that grew with their number would be 200 times.
    assert.ok(many < few * 8 + 1, `${few} µs became ${many} µs`);
  });
});
