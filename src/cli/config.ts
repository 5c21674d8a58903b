import { readFileSync } from 'node:fs';
import { text as readText } from 'node:stream/consumers';
import { Command, InvalidArgumentError } from 'commander';
import { formatDateTime } from '../base/index.js';
import type { FleetClient, FleetConfig, FleetConfigVersion } from '../client/index.js';
import { formatBytes } from '../diagnose/render/index.js';
import type { CliContext } from './context.js';
import { usage } from './errors.js';
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
import { printFacts, printTable } from './fleetTable.js';
import { mapLimited } from './mapLimited.js';
import { shellWord } from './shellWord.js';

interface ChangeFlags extends FleetFlags {
  readonly description?: string;
  readonly type?: string;
}

interface ShowFlags extends FleetFlags {
  readonly content?: boolean;
  readonly ofVersion?: number;
}

/** `remora config ...`: configs for agents, and the groups that get them. */
export function configCommand(context: CliContext): Command {
  return family('config', 'configs for agents on a config server', [
    listCommand(context),
    showCommand(context),
    createCommand(context),
    updateCommand(context),
    deleteCommand(context),
    applyCommand(context),
    removeCommand(context),
    appliedCommand(context),
    historyCommand(context),
  ]);
}

function listCommand(context: CliContext): Command {
  const command = new Command('list').description('all configs, and the groups that have them');
  return addFleetFlags(command).action((flags: FleetFlags) =>
    withServer(context, flags, async (client) => {
      const configs = await withAllGroups(client);
      if (flags.json) return context.terminal.print(jsonText(configs));
      const columns = [
        { title: 'NAME', min: 12, paint: context.terminal.style.bold, text: (config: Full) => config.name },
        { title: 'TYPE', text: ({ agentType }: Full) => agentType },
        { title: 'SIZE', align: 'right' as const, min: 8, text: ({ content }: Full) => size(content) },
        { title: 'GROUPS', min: 12, text: ({ groups }: Full) => groups.join(', ') },
        { title: 'DESCRIPTION', text: ({ description }: Full) => description },
      ];
      return printTable(
        context,
        columns,
        configs,
        'There is no config. Make one: remora config create NAME FILE',
      );
    }),
  );
}

function showCommand(context: CliContext): Command {
  const command = new Command('show')
    .description('one config with its text')
    .argument('<config>', 'its name')
    .option('--content', 'its text alone, byte for byte')
    .option('--of-version <number>', 'as it was then', parseVersion);
  return addFleetFlags(command).action((name: string, flags: ShowFlags) =>
    withServer(context, flags, async (client) => {
      const { terminal } = context;
      const config = await configAt(client, name, flags.ofVersion);
      if (flags.content) return terminal.printExact(config.content);
      const full = await withGroups(client, config);
      if (flags.json) return terminal.print(jsonText(full));
      await printFacts(context, [
        ['Name', full.name],
        ['Type', full.agentType],
        ['Description', full.description],
        ['Groups', full.groups.join(', ')],
        ['Size', size(full.content)],
      ]);
      await terminal.print('');
      return terminal.printForeign(full.content.replace(/\n$/, ''));
    }),
  );
}

function createCommand(context: CliContext): Command {
  const command = new Command('create')
    .description('make a config of a file')
    .argument('<config>', 'its name')
    .argument('<file>', "the file that has its text; '-' = standard input");
  return addFleetFlags(addChangeFlags(command)).action((name: string, file: string, flags: ChangeFlags) =>
    withServer(context, flags, async (client) => {
      const content = await contentOf(context, file);
      const { type: agentType = '', description = '' } = flags;
      await client.createConfig({ name, agentType, description, content });
      await sayDone(context, flags, `Config ${name} is made.`, () => client.config(name));
      if (!flags.json)
        context.terminal.note(`No agent has it yet: remora config apply ${shellWord(name)} GROUP`);
    }),
  );
}

function updateCommand(context: CliContext): Command {
  const command = new Command('update')
    .description('change a config; what is not given stays')
    .argument('<config>', 'its name')
    .argument('[file]', "the file that has its new text; '-' = standard input");
  addChangeFlags(command).option('--to-version <number>', 'back to what it was then', parseVersion);
  return addFleetFlags(command).action(
    (name: string, file: string | undefined, flags: ChangeFlags & { toVersion?: number }) =>
      withServer(context, flags, async (client) => {
        if (file !== undefined && flags.toVersion !== undefined) {
          throw usage('a file and --to-version are two texts', 'Give one of them');
        }
        const before = await configAt(client, name, flags.toVersion);
        const content = file === undefined ? before.content : await contentOf(context, file);
        const { type: agentType = before.agentType, description = before.description } = flags;
        await client.updateConfig({ name, agentType, description, content });
        await sayDone(context, flags, `Config ${name} is changed; its version is the next.`, () =>
          client.config(name),
        );
      }),
  );
}

function deleteCommand(context: CliContext): Command {
  const command = new Command('delete')
    .description('delete a config that no group has')
    .argument('<config>', 'its name');
  return addFleetFlags(command).action((name: string, flags: FleetFlags) =>
    withServer(context, flags, async (client) => {
      try {
        await client.deleteConfig(name);
      } catch (error) {
        if (!isRefusal(error) || error.details.status !== 500) throw error;
        const groups = await client.groupsOf(name).catch(() => []);
        if (groups.length === 0) throw error;
        const way = groups
          .map((group) => `remora config remove ${shellWord(name)} ${shellWord(group)}`)
          .join('; ');
        throw withHint(error, `It is applied to ${groups.join(', ')}. First: ${way}`);
      }
      const done = flags.json ? jsonText({ deleted: name }) : `Config ${name} is deleted.`;
      await context.terminal.printForeign(done);
    }),
  );
}

function historyCommand(context: CliContext): Command {
  const command = new Command('history')
    .description('every version of a config; deleting it is one too')
    .argument('<config>', 'its name');
  return addFleetFlags(command).action((name: string, flags: FleetFlags) =>
    withServer(context, flags, async (client) => {
      const versions = await client.versions(name);
      if (flags.json) return context.terminal.print(jsonText(versions));
      type Version = FleetConfigVersion;
      const columns = [
        { title: 'VERSION', align: 'right' as const, text: ({ version }: Version) => String(version) },
        { title: 'TIME', min: 19, text: ({ time }: Version) => formatDateTime(time).slice(0, 19) },
        { title: 'SIZE', align: 'right' as const, min: 8, text: ({ content }: Version) => size(content) },
        {
          title: 'DESCRIPTION',
          text: ({ deleted, description }: Version) => (deleted ? '(deleted)' : description),
        },
      ];
      return printTable(context, columns, versions, `Config ${name} has no versions.`);
    }),
  );
}

function applyCommand(context: CliContext): Command {
  return bindingCommand(
    context,
    'apply',
    'give a config to the agents of a group',
    async (client, config, group) => {
      await client.apply(config, group);
      return `Config ${config} is applied to group ${group}.`;
    },
  );
}

function removeCommand(context: CliContext): Command {
  return bindingCommand(context, 'remove', 'take a config from a group', async (client, config, group) => {
    await client.remove(config, group);
    return `Config ${config} is removed from group ${group}.`;
  });
}

function bindingCommand(
  context: CliContext,
  name: string,
  description: string,
  work: (client: FleetClient, config: string, group: string) => Promise<string>,
): Command {
  const command = new Command(name)
    .description(description)
    .argument('<config>', 'its name')
    .argument('<group>', "the group's name; 'default' has every agent");
  return addFleetFlags(command).action((config: string, group: string, flags: FleetFlags) =>
    withServer(context, flags, async (client) => {
      const text = await work(client, config, group);
      if (!flags.json) return context.terminal.printForeign(text);
      return context.terminal.print(jsonText({ group, configs: await client.configsOf(group) }));
    }),
  );
}

function appliedCommand(context: CliContext): Command {
  const command = new Command('applied')
    .description('the names of the configs that a group has')
    .argument('<group>', 'its name');
  return addFleetFlags(command).action((group: string, flags: FleetFlags) =>
    withServer(context, flags, async (client) => {
      const { terminal } = context;
      const configs = await client.configsOf(group);
      if (flags.json) return terminal.print(jsonText(configs));
      if (configs.length === 0) return terminal.note(`Group ${group} has no configs.`);
      for (const name of configs) await terminal.printForeign(name);
    }),
  );
}

type Full = FleetConfig & { readonly groups: readonly string[] };

/** The config as it is, or as it was. */
async function configAt(
  client: FleetClient,
  name: string,
  version: number | undefined,
): Promise<FleetConfig> {
  if (version === undefined) return client.config(name);
  const versions = await client.versions(name);
  const found = versions.find((each) => each.version === version && !each.deleted);
  if (found) return found;
  const numbers = versions.filter(({ deleted }) => !deleted).map((each) => each.version);
  throw usage(`config ${name} has no version ${version}`, `It has ${numbers.join(', ')}`);
}

function parseVersion(text: string): number {
  if (!/^\d{1,10}$/.test(text))
    throw new InvalidArgumentError('Give a version as `remora config history` shows it.');
  return Number(text);
}

/** A call per group, of which there are few, in place of one per config. */
async function withAllGroups(client: FleetClient): Promise<Full[]> {
  const configs = await client.listConfigs();
  const groups = await client.listGroups();
  const groupsOf = new Map<string, string[]>(configs.map(({ name }) => [name, []]));
  const bound = await mapLimited(groups, async ({ name }) => ({
    name,
    configs: await client.configsOf(name),
  }));
  for (const group of bound) for (const name of group.configs) groupsOf.get(name)?.push(group.name);
  return configs.map((config) => ({ ...config, groups: groupsOf.get(config.name) ?? [] }));
}

async function withGroups(client: FleetClient, config: FleetConfig): Promise<Full> {
  return { ...config, groups: await client.groupsOf(config.name) };
}

function addChangeFlags(command: Command): Command {
  return command
    .option('--description <text>', 'what it is for')
    .option('--type <agent type>', 'what kind of agent it suits, for people: it chooses nobody');
}

function size(content: string): string {
  return formatBytes(Buffer.byteLength(content));
}

async function contentOf({ terminal }: CliContext, file: string): Promise<string> {
  if (file === '-' && terminal.inputIsTerminal)
    terminal.note('Type the text; Ctrl-D at the start of a line ends it.');
  const from = file === '-' ? 'standard input' : file;
  const content = file === '-' ? await readText(process.stdin) : readFileText(file);
  if (content === '') throw usage(`${from} is empty`, 'A config needs a text');
  return content;
}

function readFileText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usage(
      `${file} cannot be read (${code})`,
      "Check the path and its permissions; '-' reads standard input",
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw usage(`${file} is no text in UTF-8`, 'Save it as UTF-8: a config is text');
  }
}
