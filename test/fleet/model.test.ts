/**
 * Random calls against a model of a few lines: status, code and what can be seen afterwards are compared after each, with
 * restarts, and stores that die between any two writes, in between.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { Fleet } from '../../src/fleet/index.js';
import { a1 } from '../../src/wire/index.js';
import { type CallName, Direct } from './support/calls.js';
import { Engine, MemoryStore } from './support/memoryStore.js';

const CONFIGS = ['c1', 'c2', 'c3'];
const GROUPS = ['default', 'g1', 'g2'];
const AGENTS = ['a1', 'a2'];
const TAGS = ['x', 'y', 'z'];

interface Version {
  readonly content: string;
  readonly deleted: boolean;
}

/** What the protocol promises, without tables, bytes or time. */
class Model {
  readonly configs = new Map<string, Version[]>();
  readonly groups = new Map<string, { tags: string[]; configs: Set<string> }>([
    ['default', { tags: [], configs: new Set() }],
  ]);
  readonly agents = new Map<string, string[]>();

  live(name: string): Version | undefined {
    const last = this.configs.get(name)?.at(-1);
    return last && !last.deleted ? last : undefined;
  }

  bound(name: string): boolean {
    return [...this.groups.values()].some(({ configs }) => configs.has(name));
  }

  wanted(agent: string): string[] {
    const own = this.agents.get(agent) ?? [];
    const names = [...this.groups].flatMap(([name, { tags, configs }]) =>
      name === 'default' || tags.some((tag) => own.includes(tag)) ? [...configs] : [],
    );
    return [...new Set(names)].sort();
  }
}

type Step =
  | { readonly op: 'create' | 'update'; readonly config: string; readonly content: string }
  | { readonly op: 'delete'; readonly config: string }
  | { readonly op: 'createGroup' | 'updateGroup'; readonly group: string; readonly tags: string[] }
  | { readonly op: 'deleteGroup'; readonly group: string }
  | { readonly op: 'apply' | 'remove'; readonly group: string; readonly config: string }
  | { readonly op: 'heartbeat'; readonly agent: string; readonly tags: string[] }
  | { readonly op: 'restart' };

const config = fc.constantFrom(...CONFIGS);
const group = fc.constantFrom(...GROUPS);
const tags = fc.subarray(TAGS);
const content = fc.constantFrom('one', 'two', 'three');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constantFrom('create' as const, 'update' as const), config, content }),
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('delete' as const), config }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constantFrom('createGroup' as const, 'updateGroup' as const),
      group,
      tags,
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('deleteGroup' as const), group }) },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constantFrom('apply' as const, 'remove' as const), group, config }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('heartbeat' as const), agent: fc.constantFrom(...AGENTS), tags }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('restart' as const) }) },
);

const wireTags = (names: readonly string[]) => names.map((name) => ({ name, value: 'v' }));

/** The call of a step, the code that the model expects, and what the model does where that is Accept. */
function plan(model: Model, asked: Exclude<Step, { op: 'restart' }>): [CallName, object, string, () => void] {
  switch (asked.op) {
    case 'create':
    case 'update': {
      const request = { config_detail: { config_name: asked.config, content: asked.content } };
      const versions = model.configs.get(asked.config) ?? [];
      const go = () =>
        void model.configs.set(asked.config, [...versions, { content: asked.content, deleted: false }]);
      if (asked.op === 'create')
        return ['CreateConfig', request, model.live(asked.config) ? 'ConfigAlreadyExist' : 'Accept', go];
      return ['UpdateConfig', request, model.live(asked.config) ? 'Accept' : 'ConfigNotExist', go];
    }
    case 'delete': {
      const last = model.live(asked.config);
      const code = last ? (model.bound(asked.config) ? 'InternalServerError' : 'Accept') : 'ConfigNotExist';
      const go = () =>
        void model.configs.get(asked.config)?.push({ content: last?.content ?? '', deleted: true });
      return ['DeleteConfig', { config_name: asked.config }, code, go];
    }
    case 'createGroup':
    case 'updateGroup': {
      const request = { agent_group: { group_name: asked.group, tags: wireTags(asked.tags) } };
      const known = model.groups.get(asked.group);
      const go = () =>
        void model.groups.set(asked.group, { tags: asked.tags, configs: known?.configs ?? new Set() });
      if (asked.op === 'createGroup')
        return ['CreateAgentGroup', request, known ? 'AgentGroupAlreadyExist' : 'Accept', go];
      return ['UpdateAgentGroup', request, known ? 'Accept' : 'AgentGroupNotExist', go];
    }
    case 'deleteGroup': {
      const known = model.groups.get(asked.group);
      let code = known ? (known.configs.size > 0 ? 'InternalServerError' : 'Accept') : 'AgentGroupNotExist';
      if (asked.group === 'default') code = 'BadRequest';
      return [
        'DeleteAgentGroup',
        { group_name: asked.group },
        code,
        () => void model.groups.delete(asked.group),
      ];
    }
    case 'apply':
    case 'remove': {
      const known = model.groups.get(asked.group);
      const request = { group_name: asked.group, config_name: asked.config };
      let code = 'Accept';
      if (!known) code = 'AgentGroupNotExist';
      else if (!model.live(asked.config)) code = 'ConfigNotExist';
      else if (asked.op === 'apply' && known.configs.has(asked.config)) code = 'ConfigAlreadyExist';
      else if (asked.op === 'remove' && !known.configs.has(asked.config)) code = 'ConfigNotExist';
      if (asked.op === 'apply')
        return ['ApplyConfigToAgentGroup', request, code, () => void known?.configs.add(asked.config)];
      return ['RemoveConfigFromAgentGroup', request, code, () => void known?.configs.delete(asked.config)];
    }
    case 'heartbeat': {
      const request = {
        agent_id: asked.agent,
        tags: Object.fromEntries(asked.tags.map((name) => [name, 'v'])),
      };
      return ['HeartBeat', request, 'Accept', () => void model.agents.set(asked.agent, asked.tags)];
    }
  }
}

async function compare(fleet: Fleet, direct: Direct, model: Model): Promise<void> {
  const { config_details } = (await direct.call('ListConfigs', {})).value;
  const live = CONFIGS.filter((name) => model.live(name));
  assert.deepEqual(
    config_details.map((each) => [each.config_name, each.content]),
    live.map((name) => [name, model.live(name)?.content]),
  );
  const { agent_groups } = (await direct.call('ListAgentGroups', {})).value;
  assert.deepEqual(
    agent_groups.map((each) => [each.group_name, each.tags.map((tag) => tag.name)]),
    [...model.groups].sort().map(([name, each]) => [name, each.tags]),
  );
  for (const [name, { configs }] of model.groups) {
    const { config_names } = (await direct.call('GetAppliedConfigsForAgentGroup', { group_name: name }))
      .value;
    assert.deepEqual(config_names, [...configs].sort());
  }
  for (const name of model.configs.keys()) {
    const kept = (await fleet.configs.versions(name)).map((each) => ({
      content: each.content,
      deleted: each.deleted,
    }));
    assert.deepEqual(kept, model.configs.get(name), 'every version is kept');
  }
  for (const agent of model.agents.keys()) {
    const held = new Map(CONFIGS.map((name) => [name, 1n]));
    const { config_update_infos } = (
      await direct.call('GetConfigList', { agent_id: agent, config_versions: held })
    ).value;
    const wanted = model.wanted(agent);
    const { SAME, DELETED, MODIFIED } = a1.UPDATE_STATUS;
    const expected = [
      ...CONFIGS.filter((name) => !wanted.includes(name)).map((name) => [name, DELETED, 0n, '']),
      ...wanted.map((name) => {
        const version = BigInt((model.configs.get(name)?.length ?? 0) - 1);
        return version > 1n ? [name, MODIFIED, version, model.live(name)?.content] : [name, SAME, 0n, ''];
      }),
    ];
    assert.deepEqual(
      config_update_infos.map((each) => [
        each.config_name,
        each.update_status,
        each.config_version,
        each.content,
      ]),
      expected,
    );
  }
}

async function open(engine: Engine): Promise<{ fleet: Fleet; direct: Direct }> {
  const fleet = await Fleet.open({
    store: new MemoryStore(engine),
    onFault: (error) => assert.fail(String(error)),
  });
  return { fleet, direct: new Direct(fleet) };
}

it('does what the model does, whatever is asked in whatever order, over restarts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const engine = new Engine();
      const model = new Model();
      let { fleet, direct } = await open(engine);
      try {
        for (const asked of steps) {
          if (asked.op === 'restart') {
            await fleet.close();
            ({ fleet, direct } = await open(engine));
          } else {
            const [call, request, code, go] = plan(model, asked);
            const answer = await direct.call(call, request);
            assert.equal(answer.value.code, code, `${call} ${JSON.stringify(request)}`);
            if (code === 'Accept') go();
          }
          await compare(fleet, direct, model);
        }
      } finally {
        await fleet.close();
      }
    }),
    { seed: 42, numRuns: 150 },
  );
});

it('is as before or as after, where the store dies at any write of a call', async () => {
  let died = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.nat({ max: 40 }),
      async (steps, deadly) => {
        const engine = new Engine();
        const model = new Model();
        let { fleet, direct } = await open(engine);
        try {
          for (const asked of steps) {
            if (asked.op === 'restart') continue;
            const [call, request, code, go] = plan(model, asked);
            let left = deadly % 3;
            const fatal = steps.indexOf(asked) % 2 === 1;
            if (fatal) {
              engine.beforeWrite = () => {
                if (left-- <= 0) throw new Error('the power is gone');
              };
            }
            const answer = await direct.call(call, request);
            engine.beforeWrite = () => undefined;
            const { message } = answer.value;
            if (answer.value.code === code) {
              if (code === 'Accept') go();
            } else {
              // The write that decides did not happen, so nothing did.
              assert.match(message, /A fault of the server itself/, `${call} ${JSON.stringify(request)}`);
              died += 1;
              await fleet.close();
              ({ fleet, direct } = await open(engine));
            }
            await compare(fleet, direct, model);
          }
        } finally {
          engine.beforeWrite = () => undefined;
          await fleet.close();
        }
      },
    ),
    { seed: 43, numRuns: 200 },
  );
  assert.ok(died > 50, `${died} calls died`);
});
