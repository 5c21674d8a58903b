/** What the published project's own interface tests of shape A1 assert, in their order, as ours. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { a1 } from '../../src/wire/index.js';
import type { Direct } from './support/calls.js';
import { openFleet } from './support/open.js';

const { SAME, NEW, DELETED, MODIFIED } = a1.UPDATE_STATUS;

const detail = (name: string, content = `Detail for ${name}`) => ({
  config_detail: {
    config_name: name,
    agent_type: 'ilogtail',
    description: `Description for ${name}`,
    content,
  },
});
const binding = (config_name: string) => ({ config_name, group_name: 'default' });

async function names(direct: Direct): Promise<string[]> {
  return (await direct.call('ListConfigs', {})).value.config_details.map(({ config_name }) => config_name);
}

describe("the project's interface tests of shape A1", () => {
  it('delete of the default group', async (t) => {
    const { direct } = await openFleet(t);
    const { status, value } = await direct.call('DeleteAgentGroup', {
      group_name: 'default',
      request_id: '1',
    });
    assert.equal(status, 400);
    assert.deepEqual(value, {
      response_id: '1',
      code: 'BadRequest',
      message: "Cannot delete agent group 'default'",
    });
  });

  it('groups: create, get, update, delete', async (t) => {
    const { direct } = await openFleet(t);
    const group = { group_name: 'test', description: 'test', tags: [{ name: 'test', value: 'test' }] };
    assert.equal((await direct.call('CreateAgentGroup', { agent_group: group })).status, 200);
    assert.deepEqual((await direct.call('GetAgentGroup', { group_name: 'test' })).value.agent_group, group);
    assert.equal((await direct.call('ListAgentGroups', {})).value.agent_groups.length, 2);
    const changed = { ...group, description: 'test-update' };
    assert.equal((await direct.call('UpdateAgentGroup', { agent_group: changed })).status, 200);
    assert.deepEqual((await direct.call('GetAgentGroup', { group_name: 'test' })).value.agent_group, changed);
    assert.equal((await direct.call('DeleteAgentGroup', { group_name: 'test' })).status, 200);
    assert.equal((await direct.call('GetAgentGroup', { group_name: 'test' })).status, 404);
    assert.equal((await direct.call('ListAgentGroups', {})).value.agent_groups.length, 1);
  });

  it('configs: create, get, list, update, delete, create again', async (t) => {
    const { direct } = await openFleet(t);
    assert.equal((await direct.call('CreateConfig', detail('config-1'))).status, 200);
    assert.deepEqual(
      (await direct.call('GetConfig', { config_name: 'config-1' })).value.config_detail,
      detail('config-1').config_detail,
    );
    assert.equal((await direct.call('CreateConfig', detail('config-1'))).status, 400);
    assert.deepEqual(await names(direct), ['config-1']);
    assert.equal((await direct.call('CreateConfig', detail('config-2'))).status, 200);
    assert.equal((await direct.call('UpdateConfig', detail('config-1', 'new'))).status, 200);
    const { config_detail } = (await direct.call('GetConfig', { config_name: 'config-1' })).value;
    assert.equal(config_detail?.content, 'new');
    assert.equal((await direct.call('UpdateConfig', detail('config-3'))).status, 404);
    assert.deepEqual(await names(direct), ['config-1', 'config-2']);
    for (const step of ['DeleteConfig', 'GetConfig'] as const) {
      const { status } = await direct.call(step, { config_name: 'config-1' });
      assert.equal(status, step === 'GetConfig' ? 404 : 200);
    }
    assert.equal((await direct.call('CreateConfig', detail('config-1'))).status, 200);
    for (const name of ['config-1', 'config-2']) {
      assert.equal((await direct.call('DeleteConfig', { config_name: name })).status, 200);
    }
    assert.deepEqual(await names(direct), []);
  });

  it('apply and remove', async (t) => {
    const { direct } = await openFleet(t);
    await direct.call('CreateConfig', detail('config-1'));
    await direct.call('CreateConfig', detail('config-2'));
    assert.equal((await direct.call('ApplyConfigToAgentGroup', binding('config-1'))).status, 200);
    const applied = () => direct.call('GetAppliedConfigsForAgentGroup', { group_name: 'default' });
    assert.deepEqual((await applied()).value.config_names, ['config-1']);
    const groups = await direct.call('GetAppliedAgentGroups', { config_name: 'config-1' });
    assert.deepEqual(groups.value.agent_group_names, ['default']);
    assert.equal((await direct.call('ApplyConfigToAgentGroup', binding('config-3'))).status, 404);
    assert.equal((await direct.call('ApplyConfigToAgentGroup', binding('config-2'))).status, 200);
    const refused = await direct.call('DeleteConfig', { config_name: 'config-2' });
    assert.deepEqual([refused.status, refused.value.code], [500, 'InternalServerError']);
    assert.equal((await direct.call('RemoveConfigFromAgentGroup', binding('config-2'))).status, 200);
    assert.equal((await direct.call('DeleteConfig', { config_name: 'config-2' })).status, 200);
    assert.deepEqual((await applied()).value.config_names, ['config-1']);
  });

  it('agents: heartbeats, statistics, alarms, and the list', async (t) => {
    const { direct } = await openFleet(t);
    const beat = (agent_id: string) =>
      direct.call('HeartBeat', {
        agent_id,
        agent_type: 'ilogtail',
        agent_version: '1.1.1',
        ip: '127.0.0.1',
        tags: { os: 'linux' },
        running_status: 'good',
        startup_time: 100n,
      });
    for (const id of ['ilogtail-1', 'ilogtail-2', 'ilogtail-1']) assert.equal((await beat(id)).status, 200);
    const running_details = { cpu: 100, memory: 100n, extras: { disk: 'full' } };
    const report = await direct.call('RunningStatistics', { agent_id: 'ilogtail-1', running_details });
    assert.equal(report.status, 200);
    assert.equal(
      (await direct.call('Alarm', { agent_id: 'ilogtail-1', type: 't', detail: 'd' })).status,
      200,
    );
    const { agents } = (await direct.call('ListAgents', { group_name: 'default' })).value;
    assert.deepEqual(
      agents.map(({ agent_id }) => agent_id),
      ['ilogtail-1', 'ilogtail-2'],
    );
    const [first] = agents;
    assert.ok(first && Math.abs(Number(first.latest_heartbeat_time) - Date.now() / 1000) < 5);
    assert.deepEqual(
      { ...first, latest_heartbeat_time: 0n },
      {
        agent_id: 'ilogtail-1',
        agent_type: 'ilogtail',
        ip: '127.0.0.1',
        version: '1.1.1',
        running_status: 'good',
        startup_time: 100n,
        latest_heartbeat_time: 0n,
        tags: { os: 'linux' },
        // The published server forgets whose these are; its document says that they are here.
        running_details: { CPU: '100.000000', Memory: '100', disk: 'full' },
        liveness: 'online',
      },
    );
  });

  it('GetConfigList: NEW three times; then DELETED, MODIFIED, SAME, NEW', async (t) => {
    const { direct } = await openFleet(t);
    await direct.call('HeartBeat', { agent_id: 'ilogtail-1' });
    for (const index of [1, 2, 3, 4]) await direct.call('CreateConfig', detail(`config-${index}`));
    for (const index of [1, 2, 3]) await direct.call('ApplyConfigToAgentGroup', binding(`config-${index}`));
    const first = (await direct.call('GetConfigList', { agent_id: 'ilogtail-1' })).value.config_update_infos;
    assert.deepEqual(
      first.map((info) => [info.config_name, info.update_status, info.content]),
      [1, 2, 3].map((index) => [`config-${index}`, NEW, `Detail for config-${index}`]),
    );
    const held = new Map(first.map((info) => [info.config_name, info.config_version]));
    await direct.call('ApplyConfigToAgentGroup', binding('config-4'));
    await direct.call('RemoveConfigFromAgentGroup', binding('config-1'));
    await direct.call('UpdateConfig', detail('config-2', 'changed'));
    const second = await direct.call('GetConfigList', { agent_id: 'ilogtail-1', config_versions: held });
    assert.deepEqual(
      second.value.config_update_infos.map((info) => [info.config_name, info.update_status, info.content]),
      [
        ['config-1', DELETED, ''],
        ['config-2', MODIFIED, 'changed'],
        ['config-3', SAME, ''],
        ['config-4', NEW, 'Detail for config-4'],
      ],
    );
  });
});
