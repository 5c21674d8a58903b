import { Command, InvalidArgumentError, Option } from 'commander';
import type { FleetClient, FleetGroup } from '../client/index.js';
import type { CliContext } from './context.js';
import { several } from './daemonFlags.js';
import { family } from './family.js';
import {
  addFleetFlags,
  type FleetFlags,
  isRefusal,
  jsonText,
  sayDone,
  withHint,
  withServer,
} from './fleetConnect.js';
import { printFacts, printTable, tagText } from './fleetTable.js';
import { mapLimited } from './mapLimited.js';
import { shellWord } from './shellWord.js';

type Tag = FleetGroup['tags'][number];

interface ChangeFlags extends FleetFlags {
  readonly description?: string;
  readonly tag?: readonly Tag[] | false;
}

/** `remora group ...`: groups of agents. */
export function groupCommand(context: CliContext): Command {
  return family('group', 'groups of agents on a config server', [
    listCommand(context),
    showCommand(context),
    createCommand(context),
    updateCommand(context),
    deleteCommand(context),
  ]);
}

function listCommand(context: CliContext): Command {
  const command = new Command('list').description('all groups, with their tags and configs');
  return addFleetFlags(command).action((flags: FleetFlags) =>
    withServer(context, flags, async (client) => {
      const groups = await mapLimited(await client.listGroups(), (group) => withConfigs(client, group));
      if (flags.json) return context.terminal.print(jsonText(groups));
      const columns = [
        { title: 'NAME', min: 12, paint: context.terminal.style.bold, text: (group: Full) => group.name },
        {
          title: 'TAGS',
          min: 12,
          text: ({ name, tags }: Full) => (name === 'default' ? 'every agent' : tagText(tags)),
        },
        { title: 'CONFIGS', min: 12, text: ({ configs }: Full) => configs.join(', ') },
        { title: 'DESCRIPTION', text: ({ description }: Full) => description },
      ];
      return printTable(context, columns, groups, 'There is no group.');
    }),
  );
}

function showCommand(context: CliContext): Command {
  const command = new Command('show').description('one group').argument('<group>', 'its name');
  return addFleetFlags(command).action((name: string, flags: FleetFlags) =>
    withServer(context, flags, async (client) => {
      const group = await withConfigs(client, await client.group(name));
      const agents = await client.agents(name);
      if (flags.json) {
        return context.terminal.print(jsonText({ ...group, agents: agents.map(({ id }) => id) }));
      }
      const online = agents.filter(({ liveness }) => liveness === 'online').length;
      return printFacts(context, [
        ['Name', group.name],
        ['Description', group.description],
        ['Tags', name === 'default' ? 'every agent is in it' : tagText(group.tags)],
        ['Configs', group.configs.join(', ')],
        ['Agents', `${agents.length}, ${online} online`],
      ]);
    }),
  );
}

function createCommand(context: CliContext): Command {
  const command = new Command('create')
    .description('make a group; an agent is in it that has one of its tags')
    .argument('<group>', 'its name');
  return addFleetFlags(addChangeFlags(command)).action((name: string, flags: ChangeFlags) =>
    withServer(context, flags, async (client) => {
      const { description = '' } = flags;
      const tags = flags.tag || [];
      await client.createGroup({ name, description, tags });
      await sayDone(context, flags, `Group ${name} is made.`, () => client.group(name));
      if (!flags.json && tags.length === 0) {
        context.terminal.note(
          `No agent is in it: it has no tags (remora group update ${shellWord(name)} --tag NAME=VALUE).`,
        );
      }
    }),
  );
}

function updateCommand(context: CliContext): Command {
  const command = new Command('update')
    .description('change description or tags of a group; what is not given stays')
    .argument('<group>', 'its name');
  addChangeFlags(command).option('--no-tag', 'take all its tags away');
  return addFleetFlags(command).action((name: string, flags: ChangeFlags) =>
    withServer(context, flags, async (client) => {
      const before = await client.group(name);
      const tags = flags.tag === false ? [] : (given(flags.tag) ?? before.tags);
      await client.updateGroup({ name, description: flags.description ?? before.description, tags });
      await sayDone(context, flags, `Group ${name} is changed.`, () => client.group(name));
    }),
  );
}

function deleteCommand(context: CliContext): Command {
  const command = new Command('delete')
    .description('delete a group that has no configs')
    .argument('<group>', 'its name');
  return addFleetFlags(command).action((name: string, flags: FleetFlags) =>
    withServer(context, flags, async (client) => {
      try {
        await client.deleteGroup(name);
      } catch (error) {
        if (!isRefusal(error) || error.details.status !== 500) throw error;
        const configs = await client.configsOf(name).catch(() => []);
        if (configs.length === 0) throw error;
        const way = configs
          .map((config) => `remora config remove ${shellWord(config)} ${shellWord(name)}`)
          .join('; ');
        throw withHint(error, `It has ${configs.join(', ')}. First: ${way}`);
      }
      await context.terminal.printForeign(
        flags.json ? jsonText({ deleted: name }) : `Group ${name} is deleted.`,
      );
    }),
  );
}

type Full = FleetGroup & { readonly configs: readonly string[] };

async function withConfigs(client: FleetClient, group: FleetGroup): Promise<Full> {
  return { ...group, configs: await client.configsOf(group.name) };
}

function addChangeFlags(command: Command): Command {
  return command
    .option('--description <text>', 'what it is for')
    .addOption(
      new Option(
        '--tag <name=value>',
        'a tag of its agents (several times for several; one is enough for an agent)',
      ).argParser(several(parseTag)),
    );
}

function given(tags: readonly Tag[] | true | undefined): readonly Tag[] | undefined {
  // Commander sets `true` where only --no-tag exists beside it and neither was given.
  return Array.isArray(tags) ? (tags as readonly Tag[]) : undefined;
}

function parseTag(text: string): Tag {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('Give NAME=VALUE, e.g. env=prod.');
  return { name, value };
}
