import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AgentOptions } from '../agent.js';
import type { Permission } from '../base/index.js';
import { parseSeconds } from './attach.js';
import { addMcpFlags, type McpFlags, mcpOptions } from './mcpFlags.js';

/** 8563 Arthas, 5051 Mesos agent, 34801 Pegasus replica server. */
export const AGENT_PORTS = [8563, 5051, 34_801];
const PERMISSIONS: readonly Permission[] = ['read', 'observe', 'change', 'containers'];

export interface AgentFlags extends McpFlags {
  readonly allow: readonly Permission[];
  readonly linger?: number;
  readonly sandboxFolder?: string;
  readonly allowRootContainers?: boolean;
}

/** Adds the options that `agent` and `up` share beside those of any daemon. */
export function addAgentFlags(command: Command, allow: readonly Permission[]): Command {
  return addMcpFlags(command)
    .addOption(
      new Option('--allow <permissions>', `what this agent does, whoever asks: ${PERMISSIONS.join(', ')}`)
        .argParser(parseAllow)
        .default(allow, allow.join(',')),
    )
    .option('--sandbox-folder <folder>', 'where the sandboxes of containers are made')
    .option('--allow-root-containers', 'let a root agent start containers as root')
    .option('--linger <seconds>', 'keep a target this long after its last use', parseSeconds);
}

export function agentOptions(flags: AgentFlags): AgentOptions {
  return {
    allow: flags.allow,
    sandboxFolder: flags.sandboxFolder,
    allowRootContainers: flags.allowRootContainers,
    mcp: mcpOptions(flags),
    ...(flags.linger === undefined ? {} : { lingerMs: flags.linger * 1000 }),
  };
}

function parseAllow(text: string): Permission[] {
  const wanted = text.split(',').map((each) => each.trim());
  const unknown = wanted.find((each) => !(PERMISSIONS as readonly string[]).includes(each));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`'${unknown}' is none of ${PERMISSIONS.join(', ')}.`);
  }
  return PERMISSIONS.filter((permission) => wanted.includes(permission));
}
