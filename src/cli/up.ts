import { basename, relative } from 'node:path';
import { Command } from 'commander';
import { PRODUCT, PRODUCT_TITLE } from '../base/index.js';
import { AGENT_PORTS, type AgentFlags, addAgentFlags, agentOptions } from './agentFlags.js';
import { sharedSocket } from './connect.js';
import type { CliContext } from './context.js';
import { addDaemonFlags, type DaemonFlags, daemonOptions } from './daemonFlags.js';
import { addServerFlags, SERVER_PORTS, type ServerFlags, serverOptions } from './serverFlags.js';
import { startShared } from './shared.js';
import { type Shop, startShop } from './shop.js';

/** What expects us at which of the classic ports. */
const CLIENTS: Readonly<Record<string, string>> = {
  8563: 'Arthas, POST /api; MCP, /mcp',
  5051: 'Mesos agent, POST /api/v1',
  34801: 'Pegasus, GET /pprof/profile, /perfCounter',
  8899: 'ConfigServer, /User and /Agent',
  34601: 'Pegasus meta, GET /meta/apps',
  34101: 'Pegasus collector',
};

type UpFlags = DaemonFlags & AgentFlags & ServerFlags & { readonly withShop?: boolean };

export function upCommand(context: CliContext): Command {
  const ports = [...AGENT_PORTS, ...SERVER_PORTS];
  const command = new Command('up')
    .description(`run agent and server on the ports that clients expect (${ports.join(', ')}), for this user`)
    .option('--with-shop', 'also run the example shop, which has three faults to find');
  addDaemonFlags(command, { trust: 'uid', logLevel: 'warn', listens: 'those ports on loopback' });
  addAgentFlags(command, ['read', 'observe', 'containers']);
  addServerFlags(command);
  return command.action(async (flags: UpFlags) => {
    const daemon = await startShared(context, flags, {
      ...daemonOptions({ ...flags, classicPorts: true }, sharedSocket(), ports),
      agent: agentOptions(flags),
      server: serverOptions(flags),
    });
    const shop = flags.withShop ? await startShop(context) : undefined;
    await context.terminal.print(greeting(context, daemon.addresses, flags.trust, shop));
    await context.life.serve();
  });
}

/** How this program is called from where the person stands. */
function ownCommand(): string {
  const script = process.argv[1] ?? PRODUCT;
  if (basename(script) === PRODUCT) return PRODUCT;
  return `node ${relative(process.cwd(), script) || script}`;
}

function greeting(
  context: CliContext,
  addresses: readonly string[],
  trust: string,
  shop: Shop | undefined,
): string {
  const { bold, dim, green } = context.terminal.style;
  const call = ownCommand();
  const target = shop ? 'shop' : 'PROCESS';
  const lines = [
    green(bold(`${PRODUCT_TITLE} ${context.version} is up`)) + dim(` (pid ${process.pid}); Ctrl-C ends it`),
    `  Unix socket  ${sharedSocket()} ${dim('(this user)')}`,
    ...addresses.map((address, at) => {
      const who =
        at === 0 ? dim(` (${trust === 'uid' ? 'this user' : 'with a token'}; each serves everything)`) : '';
      return `  ${at === 0 ? 'HTTP' : '    '}         ${address.padEnd(24)} ${dim(CLIENTS[new URL(address).port] ?? '')}${who}`;
    }),
    ...(shop ? [`  Shop         ${shop.url} ${dim(`(pid ${shop.pid}; three planted faults)`)}`] : []),
  ];
  if (addresses[0] !== undefined && trust === 'uid') {
    const url = addresses[0].replace('127.0.0.1', 'localhost');
    lines.push('', 'Ask over HTTP:', ...curlLines(url).map((line) => `  ${line}`));
  }
  lines.push('', 'Three things to try, in another terminal:');
  const tries = [
    [`${call} ps`, 'which processes there are'],
    [
      `${call} attach ${target}`,
      shop
        ? 'a prompt; then loop: every half minute something blocks it'
        : 'a prompt; then dashboard or help',
    ],
    [`${call} exec ${target} 'thread -n 3'`, 'its busiest threads; --json for programs'],
  ];
  const column = Math.max(...tries.map(([line = '']) => line.length));
  lines.push(...tries.map(([line = '', what]) => `  ${line.padEnd(column)}  ${dim(`# ${what}`)}`));
  return lines.join('\n');
}

/** As the protocol's documentation prints it. */
function curlLines(url: string): string[] {
  return [`curl -Ss -XPOST ${url}/api -d '`, '{', '  "action":"exec",', '  "command":"version"', '}', "'"];
}
