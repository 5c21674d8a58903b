import { type Command, Option } from 'commander';
import type { AgentOptions } from '../agent.js';

/** How an agent serves MCP: `agent`, `up` and `attach` have these. */
export interface McpFlags {
  readonly mcpRole: 'viewer' | 'operator';
  readonly mcpAllowChange?: boolean;
}

export function addMcpFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--mcp-role <role>', 'over MCP (/mcp), the role of callers who bring no credentials')
        .choices(['viewer', 'operator'])
        .default('viewer'),
    )
    .option(
      '--mcp-allow-change',
      'over MCP, offer tools that change something to callers with admin credentials',
    );
}

export function mcpOptions(flags: McpFlags): AgentOptions['mcp'] {
  return { role: flags.mcpRole, allowChange: flags.mcpAllowChange === true };
}

/** Was anything asked for that only an agent of one's own can do? */
export function asksForMcp(flags: Partial<McpFlags>): boolean {
  return flags.mcpAllowChange === true || (flags.mcpRole !== undefined && flags.mcpRole !== 'viewer');
}
