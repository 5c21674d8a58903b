/** What agents and people rely on: versions, matching, bindings, races. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { a1 } from '../../src/wire/index.js';
import { eventually } from '../support/index.js';
import type { Direct } from './support/calls.js';
import { Engine } from './support/memoryStore.js';
import { openFleet } from './support/open.js';

const { SAME, NEW, DELETED, MODIFIED } = a1.UPDATE_STATUS;
const config = (config_name: string, content = 'text') => ({ config_detail: { config_name, content } });

async function list(direct: Direct, agent_id: string, held: Record<string, bigint> = {}) {
  const config_versions = new Map(Object.entries(held));
  const { value } = await direct.call('GetConfigList', { agent_id, config_versions });
  return value.config_update_infos;
}

describe('versions', () => {
  it('are one counter per name that survives delete and create', async (t) => {
    const { direct, fleet } = await openFleet(t);
    await direct.call('HeartBeat', { agent_id: 'a' });
    const bind = () => direct.call('ApplyConfigToAgentGroup', { config_name: 'c', group_name: 'default' });
    const unbind = () =>
      direct.call('RemoveConfigFromAgentGroup', { config_name: 'c', group_name: 'default' });
    const version = async () => (await list(direct, 'a'))[0]?.config_version;
    await direct.call('CreateConfig', config('c', 'zero'));
    await bind();
    assert.equal(await version(), 0n);
    await direct.call('UpdateConfig', config('c', 'one'));
    assert.equal(await version(), 1n);
    await unbind();
    await direct.call('DeleteConfig', { config_name: 'c' });
    await direct.call('CreateConfig', config('c', 'three'));
    await bind();
    assert.equal(await version(), 3n);
    const versions = await fleet.configs.versions('c');
    assert.deepEqual(
      versions.map(({ version: number, content, deleted }) => [number, content, deleted]),
      [
        [0, 'zero', false],
        [1, 'one', false],
        [2, 'one', true],
        [3, 'three', false],
      ],
    );
  });

  it('rise also where nothing differs, and an update empties what it leaves out', async (t) => {
    const { direct, fleet } = await openFleet(t);
    const whole = { config_name: 'c', agent_type: 't', description: 'd', content: 'x' };
    await direct.call('CreateConfig', { config_detail: whole });
    await direct.call('UpdateConfig', { config_detail: whole });
    assert.equal(fleet.configs.get('c').version, 1);
    await direct.call('UpdateConfig', config('c', 'x'));
    const { config_detail } = (await direct.call('GetConfig', { config_name: 'c' })).value;
    assert.deepEqual(config_detail, { config_name: 'c', agent_type: '', description: '', content: 'x' });
  });

  it('lose no update of many at once', async (t) => {
    const { direct, fleet } = await openFleet(t);
    await direct.call('CreateConfig', config('c'));
    const updates = Array.from({ length: 30 }, (_, index) =>
      direct.call('UpdateConfig', config('c', `t${index}`)),
    );
    for (const { status } of await Promise.all(updates)) assert.equal(status, 200);
    assert.equal(fleet.configs.get('c').version, 30);
    const texts = (await fleet.configs.versions('c')).map(({ content }) => content);
    assert.equal(new Set(texts).size, 31, "every version's text is kept");
  });

  it('make one config of many creates at once', async (t) => {
    const { direct } = await openFleet(t);
    const creates = Array.from({ length: 10 }, () => direct.call('CreateConfig', config('c')));
    const statuses = (await Promise.all(creates)).map(({ status }) => status).sort();
    assert.deepEqual(statuses, [200, ...Array.from({ length: 9 }, () => 400)]);
  });

  it('are compared as "greater": an agent ahead has the SAME, one at -1 is MODIFIED', async (t) => {
    const { direct } = await openFleet(t);
    await direct.call('HeartBeat', { agent_id: 'a' });
    await direct.call('CreateConfig', config('c'));
    await direct.call('ApplyConfigToAgentGroup', { config_name: 'c', group_name: 'default' });
    assert.equal((await list(direct, 'a', { c: 5n }))[0]?.update_status, SAME);
    assert.equal((await list(direct, 'a', { c: -1n }))[0]?.update_status, MODIFIED);
    assert.equal((await list(direct, 'a', { c: 2n ** 62n }))[0]?.update_status, SAME);
    // What the agent holds and should not comes first, in its own order.
    const updates = await list(direct, 'a', { z: 1n, c: 0n, b: 0n });
    assert.deepEqual(
      updates.map(({ config_name, update_status }) => [config_name, update_status]),
      [
        ['z', DELETED],
        ['b', DELETED],
        ['c', SAME],
      ],
    );
  });
});

describe('groups', () => {
  it('hold agents that have any one of their tags, name and value', async (t) => {
    const { direct } = await openFleet(t);
    const tags = (...pairs: string[]) =>
      pairs.map((pair) => ({ name: pair.split('=')[0], value: pair.split('=')[1] }));
    await direct.call('CreateAgentGroup', {
      agent_group: { group_name: 'g', tags: tags('env=prod', 'os=linux') },
    });
    await direct.call('CreateAgentGroup', { agent_group: { group_name: 'none' } });
    const agents: [string, Record<string, string>][] = [
      ['both', { env: 'prod', os: 'linux' }],
      ['one', { env: 'prod', os: 'windows' }],
      ['other', { env: 'test', more: 'x' }],
      ['swapped', { prod: 'env' }],
      ['bare', {}],
      ['value', { x: 'prod' }],
    ];
    for (const [agent_id, own] of agents) await direct.call('HeartBeat', { agent_id, tags: own });
    const ids = async (group_name: string) =>
      (await direct.call('ListAgents', { group_name })).value.agents.map(({ agent_id }) => agent_id);
    assert.deepEqual(await ids('g'), ['both', 'one']);
    assert.deepEqual(await ids('none'), []);
    assert.equal((await ids('default')).length, 6);
    // A change of the tags counts at once.
    await direct.call('UpdateAgentGroup', { agent_group: { group_name: 'g', tags: tags('more=x') } });
    assert.deepEqual(await ids('g'), ['other']);
  });

  it('give an agent of several each config once', async (t) => {
    const { direct } = await openFleet(t);
    await direct.call('CreateAgentGroup', {
      agent_group: { group_name: 'g', tags: [{ name: 'a', value: 'b' }] },
    });
    for (const name of ['x', 'y']) await direct.call('CreateConfig', config(name));
    for (const [config_name, group_name] of [
      ['x', 'default'],
      ['x', 'g'],
      ['y', 'g'],
    ] as const) {
      await direct.call('ApplyConfigToAgentGroup', { config_name, group_name });
    }
    await direct.call('HeartBeat', { agent_id: 'a', tags: { a: 'b' } });
    const updates = await list(direct, 'a');
    assert.deepEqual(
      updates.map(({ config_name, update_status }) => [config_name, update_status]),
      [
        ['x', NEW],
        ['y', NEW],
      ],
    );
    await direct.call('HeartBeat', { agent_id: 'a', tags: {} });
    assert.deepEqual(
      (await list(direct, 'a')).map((info) => info.config_name),
      ['x'],
    );
  });

  it('keep their configs when they are changed; default too', async (t) => {
    const { direct } = await openFleet(t);
    await direct.call('CreateConfig', config('c'));
    await direct.call('ApplyConfigToAgentGroup', { config_name: 'c', group_name: 'default' });
    await direct.call('UpdateAgentGroup', { agent_group: { group_name: 'default', description: 'mine' } });
    const { agent_group } = (await direct.call('GetAgentGroup', { group_name: 'default' })).value;
    assert.deepEqual(agent_group, { group_name: 'default', description: 'mine', tags: [] });
    const applied = await direct.call('GetAppliedConfigsForAgentGroup', { group_name: 'default' });
    assert.deepEqual(applied.value.config_names, ['c']);
  });

  it('match as the rule says, for any tags', async (t) => {
    const { fleet } = await openFleet(t);
    const word = fc.constantFrom('', 'a', 'b', 'ab', 'constructor', '__proto__', '1:a', '\u00e9');
    const tag = fc.record({ name: word, value: word });
    await fc.assert(
      fc.asyncProperty(
        fc.array(tag, { maxLength: 4 }),
        fc.array(fc.tuple(word, word), { maxLength: 4 }),
        async (own, has) => {
          await fleet.groups.update({ name: 'default', description: '', tags: [] });
          const name = 'g';
          await fleet.groups
            .create({ name, description: '', tags: own })
            .catch(() => fleet.groups.update({ name, description: '', tags: own }));
          const expected = own.some((each) => has.some(([n, v]) => n === each.name && v === each.value));
          assert.equal(fleet.groups.matching(has).has(name), expected);
          assert.ok(fleet.groups.matching(has).has('default'));
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('two servers on one engine', () => {
  it('see what the other did', async (t) => {
    const engine = new Engine();
    const [a, b] = [await openFleet(t, { engine }), await openFleet(t, { engine })];
    await a.direct.call('CreateConfig', config('c', 'from a'));
    await eventually(() => b.fleet.configs.find('c'), { what: 'the config at b' });
    await b.direct.call('UpdateConfig', config('c', 'from b'));
    await eventually(() => a.fleet.configs.get('c').content === 'from b', { what: 'the update at a' });
    await a.direct.call('HeartBeat', { agent_id: 'x' });
    await eventually(() => b.fleet.agents.count === 1, { what: 'the agent at b' });
    await b.direct.call('DeleteConfig', { config_name: 'c' });
    await eventually(() => !a.fleet.configs.find('c'), { what: 'the deletion at a' });
  });

  it('lose no update though neither has seen the other', async (t) => {
    const engine = new Engine();
    const [a, b] = [await openFleet(t, { engine }), await openFleet(t, { engine })];
    await a.direct.call('CreateConfig', config('c'));
    const calls = Array.from({ length: 20 }, (_, index) =>
      (index % 2 ? a : b).direct.call('UpdateConfig', config('c', `t${index}`)),
    );
    // The first of b may come before b knows the config: that is a 404, and no lost update.
    const done = (await Promise.all(calls)).filter(({ status }) => status === 200).length;
    await eventually(() => a.fleet.configs.get('c').version === done, { what: 'all at a' });
    const versions = await a.fleet.configs.versions('c');
    assert.deepEqual(
      versions.map(({ version }) => version),
      Array.from({ length: done + 1 }, (_, index) => index),
    );
    assert.equal(new Set(versions.map(({ content }) => content)).size, done + 1);
  });

  it('bind a config that the other deletes in the same moment: the binding is none, now and later', async (t) => {
    const engine = new Engine();
    const [a, b] = [await openFleet(t, { engine }), await openFleet(t, { engine })];
    await a.direct.call('CreateConfig', config('c'));
    await a.direct.call('HeartBeat', { agent_id: 'x' });
    await eventually(() => b.fleet.configs.find('c'), { what: 'the config at b' });
    // The deletion is decided and held up on its way; meanwhile the binding is made.
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    engine.beforeWrite = (table, key) => (table === 'config' && key.startsWith('c/') ? held : undefined);
    const deletion = b.direct.call('DeleteConfig', { config_name: 'c' });
    const bound = await a.direct.call('ApplyConfigToAgentGroup', { config_name: 'c', group_name: 'default' });
    assert.equal(bound.status, 200);
    release();
    assert.equal((await deletion).status, 200);
    engine.beforeWrite = () => undefined;
    await eventually(() => !a.fleet.configs.find('c'), { what: 'the deletion at a' });
    assert.deepEqual(await list(a.direct, 'x'), [], 'nothing is listed that cannot be had');
    const { value } = await a.direct.call('GetAppliedConfigsForAgentGroup', { group_name: 'default' });
    assert.deepEqual(value.config_names, []);
    await a.direct.call('CreateConfig', config('c', 'another'));
    assert.deepEqual(await list(a.direct, 'x'), [], 'a new config of the name does not inherit it');
    const again = await a.direct.call('ApplyConfigToAgentGroup', { config_name: 'c', group_name: 'default' });
    assert.equal(again.status, 200);
    assert.equal((await list(a.direct, 'x'))[0]?.content, 'another');
  });

  it('stay right when a watch was too slow and is begun anew', async (t) => {
    const engine = new Engine();
    const [a, b] = [await openFleet(t, { engine }), await openFleet(t, { engine })];
    for (const name of ['keep', 'drop'])
      await a.direct.call('CreateAgentGroup', { agent_group: { group_name: name } });
    await eventually(() => b.fleet.groups.list().length === 3, { what: 'the groups at b' });
    const group = engine.states.get('group');
    assert.ok(group);
    group.events.emit('change', { type: 'lost' });
    // While nobody watches.
    group.rows.delete('drop');
    await eventually(() => b.fleet.groups.list().length === 2, { what: 'b without the group' });
    await a.direct.call('CreateAgentGroup', { agent_group: { group_name: 'new' } });
    await eventually(() => b.fleet.groups.list().length === 3, { what: 'b with the new group' });
  });
});

describe('a store that fails', () => {
  it('is an InternalServerError with its text, and changes nothing', async (t) => {
    const { direct, engine, fleet } = await openFleet(t);
    await direct.call('CreateConfig', config('c', 'before'));
    await direct.call('HeartBeat', { agent_id: 'known' });
    engine.beforeWrite = () => {
      throw new Error('the disk is gone');
    };
    for (const [name, request] of [
      ['UpdateConfig', config('c', 'after')],
      ['CreateAgentGroup', { agent_group: { group_name: 'g' } }],
      ['HeartBeat', { agent_id: 'new' }],
      ['HeartBeat', { agent_id: 'known', ip: '10.0.0.1' }],
      ['Alarm', { agent_id: 'known' }],
      ['RunningStatistics', { agent_id: 'known', running_details: {} }],
    ] as const) {
      const { status, value } = await direct.call(name, request);
      assert.deepEqual([status, value.code, value.response_id], [500, 'InternalServerError', 'q'], name);
      assert.match(value.message, /its log has more under id-1/);
    }
    assert.equal(direct.faults.length, 6);
    // A heartbeat that says nothing new needs no disk.
    assert.equal((await direct.call('HeartBeat', { agent_id: 'known' })).status, 200);
    engine.beforeWrite = () => undefined;
    assert.equal(fleet.configs.get('c').content, 'before');
    assert.deepEqual(fleet.reports.details('known'), {});
    // What could not be written is written by the next heartbeat that says it.
    assert.equal((await direct.call('HeartBeat', { agent_id: 'known', ip: '10.0.0.1' })).status, 200);
    assert.equal(fleet.agents.get('known').record.ip, '10.0.0.1');
    assert.equal((await direct.call('HeartBeat', { agent_id: 'new' })).status, 200);
  });
});
