/** Each row of the protocol's status table with its exact text, and each text of success. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CallName, Direct } from './support/calls.js';
import { openFleet } from './support/open.js';

type Test = { after(fn: () => Promise<void> | void): void };
type Row = readonly [call: CallName, request: object, status: number, code: string, text: string];

const config = (config_name: string, content = 'text') => ({ config_detail: { config_name, content } });
const group = (group_name: string, rest: object = {}) => ({ agent_group: { group_name, ...rest } });
const binding = (group_name: string, config_name: string) => ({ group_name, config_name });

/** Group `one` with `bound`; `free` and the group `empty` have none; `gone` was deleted; agent `a` is known. */
async function prepared(t: Test): Promise<Direct> {
  const { direct } = await openFleet(t);
  const steps: (readonly [CallName, object])[] = [
    ['CreateAgentGroup', group('one', { tags: [{ name: 'env', value: 'prod' }] })],
    ['CreateAgentGroup', group('empty')],
    ...['bound', 'free', 'gone'].map((name) => ['CreateConfig', config(name)] as const),
    ['DeleteConfig', { config_name: 'gone' }],
    ['ApplyConfigToAgentGroup', binding('one', 'bound')],
    ['HeartBeat', { agent_id: 'a' }],
  ];
  for (const [name, request] of steps) assert.equal((await direct.call(name, request)).status, 200, name);
  return direct;
}

async function check(direct: Direct, rows: readonly Row[]): Promise<void> {
  for (const [name, request, status, code, text] of rows) {
    const answer = await direct.call(name, { ...request, request_id: `id of ${text}` });
    const { response_id, code: given, message } = answer.value;
    const seen = [answer.status, given, message, response_id];
    assert.deepEqual(seen, [status, code, text, `id of ${text}`], `${name} ${JSON.stringify(request)}`);
  }
}

describe('refusals', () => {
  it('a value that is missing', async (t) => {
    const direct = await prepared(t);
    const agentId = 'Need parameter AgentID.';
    const rows: (readonly [CallName, object, string])[] = [
      ['HeartBeat', {}, agentId],
      ['RunningStatistics', { running_details: {} }, agentId],
      ['Alarm', { type: 'x' }, agentId],
      ['GetConfigList', {}, agentId],
      ['RunningStatistics', { agent_id: 'a' }, 'Need parameter RunningDetails.'],
      ['CreateConfig', {}, 'Need parameter ConfigName.'],
      ['CreateConfig', config(''), 'Need parameter ConfigName.'],
      ['CreateConfig', config('', ''), 'Need parameter ConfigName.'],
      ['CreateConfig', config('new', ''), 'Need parameter Content.'],
      ['CreateConfig', config('free', ''), 'Need parameter Content.'],
      ['UpdateConfig', {}, 'Need parameter ConfigName.'],
      ['UpdateConfig', config('free', ''), 'Need parameter Content.'],
      ['UpdateConfig', config('absent', ''), 'Need parameter Content.'],
      ['DeleteConfig', {}, 'Need parameter ConfigName.'],
      ['GetConfig', {}, 'Need parameter ConfigName.'],
      ['GetAppliedAgentGroups', {}, 'Need parameter ConfigName.'],
      ['CreateAgentGroup', {}, 'Agent group need parameter GroupName.'],
      ['CreateAgentGroup', group(''), 'Agent group need parameter GroupName.'],
      ['UpdateAgentGroup', {}, 'Agent group need parameter groupName.'],
      ['DeleteAgentGroup', {}, 'Agent group need parameter groupName.'],
      ['GetAgentGroup', {}, 'Agent group need parameter groupName.'],
      ['ListAgents', {}, 'Need parameter groupName.'],
      ['GetAppliedConfigsForAgentGroup', {}, 'Need parameter GroupName.'],
      ['ApplyConfigToAgentGroup', {}, 'Need parameter groupName.'],
      ['ApplyConfigToAgentGroup', { config_name: 'free' }, 'Need parameter groupName.'],
      ['ApplyConfigToAgentGroup', { group_name: 'one' }, 'Need parameter configName.'],
      ['RemoveConfigFromAgentGroup', { config_name: 'free' }, 'Need parameter groupName.'],
      ['RemoveConfigFromAgentGroup', { group_name: 'absent' }, 'Need parameter configName.'],
    ];
    await check(
      direct,
      rows.map(([name, request, text]) => [name, request, 400, 'BadRequest', text] as const),
    );
  });

  it('a config that is absent or deleted', async (t) => {
    const direct = await prepared(t);
    for (const name of ['absent', 'gone']) {
      const row = (call: CallName, request: object): Row => [
        call,
        request,
        404,
        'ConfigNotExist',
        `Config ${name} doesn't exist.`,
      ];
      await check(direct, [
        row('GetConfig', { config_name: name }),
        row('UpdateConfig', config(name)),
        row('DeleteConfig', { config_name: name }),
        row('GetAppliedAgentGroups', { config_name: name }),
        row('ApplyConfigToAgentGroup', binding('one', name)),
        row('RemoveConfigFromAgentGroup', binding('one', name)),
      ]);
    }
  });

  it('a group that is absent, before its config is looked at', async (t) => {
    const direct = await prepared(t);
    const row = (call: CallName, request: object): Row => [
      call,
      request,
      404,
      'AgentGroupNotExist',
      "Agent group absent doesn't exist.",
    ];
    await check(direct, [
      row('GetAgentGroup', { group_name: 'absent' }),
      row('UpdateAgentGroup', group('absent')),
      row('DeleteAgentGroup', { group_name: 'absent' }),
      row('ListAgents', { group_name: 'absent' }),
      row('GetAppliedConfigsForAgentGroup', { group_name: 'absent' }),
      row('ApplyConfigToAgentGroup', binding('absent', 'absent')),
      row('RemoveConfigFromAgentGroup', binding('absent', 'absent')),
    ]);
  });

  it('what is there already, is bound, or is not', async (t) => {
    const direct = await prepared(t);
    await check(direct, [
      ['CreateConfig', config('free'), 400, 'ConfigAlreadyExist', 'Config free already exists.'],
      ['CreateAgentGroup', group('one'), 400, 'AgentGroupAlreadyExist', 'Agent group one already exists.'],
      [
        'CreateAgentGroup',
        group('default'),
        400,
        'AgentGroupAlreadyExist',
        'Agent group default already exists.',
      ],
      [
        'ApplyConfigToAgentGroup',
        binding('one', 'bound'),
        400,
        'ConfigAlreadyExist',
        'Agent group one already has config bound.',
      ],
      [
        'RemoveConfigFromAgentGroup',
        binding('one', 'free'),
        404,
        'ConfigNotExist',
        "Agent group one doesn't have config free.",
      ],
      [
        'DeleteConfig',
        { config_name: 'bound' },
        500,
        'InternalServerError',
        'Config bound was applied to some agent groups, cannot be deleted.',
      ],
      [
        'DeleteAgentGroup',
        { group_name: 'one' },
        500,
        'InternalServerError',
        'Agent group one was applied to some configs, cannot be deleted.',
      ],
      [
        'DeleteAgentGroup',
        { group_name: 'default' },
        400,
        'BadRequest',
        "Cannot delete agent group 'default'",
      ],
      ['GetConfigList', { agent_id: 'nobody' }, 404, 'AgentNotExist', "Agent nobody doesn't exist."],
    ]);
  });

  it('a name that agents could not keep a file by, a version that is no number', async (t) => {
    const direct = await prepared(t);
    const because = "agents make it a file's name.";
    await check(direct, [
      [
        'CreateConfig',
        config('a/b'),
        400,
        'InvalidParameter',
        `ConfigName cannot have '/' or '@' in it: ${because}`,
      ],
      [
        'CreateConfig',
        config('a@1'),
        400,
        'InvalidParameter',
        `ConfigName cannot have '/' or '@' in it: ${because}`,
      ],
      ['CreateConfig', config('..'), 400, 'InvalidParameter', `ConfigName cannot be '..': ${because}`],
      [
        'CreateConfig',
        config('region_config'),
        400,
        'InvalidParameter',
        `ConfigName cannot be 'region_config': ${because}`,
      ],
      ['CreateConfig', config('a\nb'), 400, 'InvalidParameter', 'ConfigName has a control character in it.'],
      [
        'CreateConfig',
        config('é'.repeat(101)),
        400,
        'InvalidParameter',
        'ConfigName has 202 bytes; the limit is 200.',
      ],
      [
        'CreateAgentGroup',
        group('x'.repeat(201)),
        400,
        'InvalidParameter',
        'GroupName has 201 bytes; the limit is 200.',
      ],
      [
        'HeartBeat',
        { agent_id: 'x'.repeat(201) },
        400,
        'InvalidParameter',
        'AgentID has 201 bytes; the limit is 200.',
      ],
      [
        'GetConfigList',
        { agent_id: 'a', config_versions: new Map([['free', 'latest']]) },
        400,
        'InvalidParameter',
        "ConfigVersions must be numbers; that of 'free' is 'latest'.",
      ],
    ]);
  });

  it('a body that is no message says the code alone', async (t) => {
    const direct = await prepared(t);
    for (const route of direct.calls) {
      const answer = await direct.raw(route.method, route.path, Buffer.from('0a1041', 'hex'));
      const seen = [answer.status, (answer.body as Buffer).toString('hex')];
      assert.deepEqual(seen, [400, '120a42616452657175657374'], route.path);
    }
  });
});

describe('success', () => {
  it('says its text and echoes the id', async (t) => {
    const direct = await prepared(t);
    const rows: (readonly [CallName, object, string])[] = [
      ['CreateAgentGroup', group('new'), 'Add agent group success'],
      ['UpdateAgentGroup', group('new'), 'Update agent group success'],
      ['GetAgentGroup', { group_name: 'new' }, 'Get agent group success'],
      ['ListAgentGroups', {}, 'Get agent group list success'],
      ['DeleteAgentGroup', { group_name: 'new' }, 'Delete agent group success'],
      ['CreateConfig', config('new'), 'Add config success'],
      ['UpdateConfig', config('new'), 'Update config success'],
      ['GetConfig', { config_name: 'new' }, 'Get config success'],
      ['ListConfigs', {}, 'Get config list success'],
      ['ApplyConfigToAgentGroup', binding('one', 'new'), 'Add config to agent group success'],
      ['GetAppliedConfigsForAgentGroup', { group_name: 'one' }, "Get agent group's applied configs success"],
      ['GetAppliedAgentGroups', { config_name: 'new' }, 'Get group list success'],
      ['RemoveConfigFromAgentGroup', binding('one', 'new'), 'Remove config from agent group success'],
      ['DeleteConfig', { config_name: 'new' }, 'Delete config success'],
      ['ListAgents', { group_name: 'default' }, 'Get agent list success'],
      ['HeartBeat', { agent_id: 'b' }, 'Send heartbeat success'],
      [
        'RunningStatistics',
        { agent_id: 'b', running_details: { cpu: 1 } },
        'Send running statistics success',
      ],
      ['Alarm', { agent_id: 'b' }, 'Alarm success'],
      ['GetConfigList', { agent_id: 'b' }, 'Get config update infos success'],
    ];
    await check(
      direct,
      rows.map(([name, request, text]) => [name, request, 200, 'Accept', text] as const),
    );
    assert.equal(new Set(rows.map(([name]) => name)).size, direct.calls.length, 'each call');
  });

  it('audits what changed, and what was refused', async (t) => {
    const direct = await prepared(t);
    direct.audited.length = 0;
    await direct.call('UpdateConfig', config('free'));
    await direct.call('UpdateConfig', config('absent'));
    await direct.call('GetConfig', { config_name: 'free' });
    await direct.call('HeartBeat', { agent_id: 'c' });
    const seen = direct.audited.map((record) => {
      const { action, outcome, detail, caller } = record as Record<string, unknown>;
      return { action, outcome, detail, user: (caller as { user: string }).user };
    });
    assert.deepEqual(seen, [
      { action: 'fleet.UpdateConfig', outcome: 'ok', detail: { config: 'free', version: 1 }, user: 'uid:0' },
      {
        action: 'fleet.UpdateConfig',
        outcome: 'ConfigNotExist',
        detail: { message: "Config absent doesn't exist." },
        user: 'uid:0',
      },
    ]);
  });
});
