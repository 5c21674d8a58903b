import { basename, relative } from 'node:path';
import { Command } from 'commander';
import { PRODUCT, PRODUCT_TITLE } from '../base/index.js';
import { startShared } from './agent.js';
import { type AgentFlags, addAgentFlags } from './agentFlags.js';
import { sharedSocket } from './connect.js';
import type { CliContext } from './context.js';
import { type Shop, startShop } from './shop.js';

export function upCommand(context: CliContext): Command {
  const command = new Command('up')
    .description('run an agent on the ports that clients expect (8563), for this user on this host')
    .option('--with-shop', 'also run the example shop, which has three faults to find');
  return addAgentFlags(command, { trust: 'uid', logLevel: 'warn' }).action(
    async (flags: AgentFlags & { withShop?: boolean }) => {
      const agent = await startShared(context, { ...flags, classicPorts: true });
      const shop = flags.withShop ? await startShop(context) : undefined;
      await context.terminal.print(greeting(context, agent.addresses, flags.trust, shop));
      await context.life.serve();
    },
  );
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
    ...addresses.map(
      (address) => `  HTTP API     ${address}/api ${dim(trust === 'uid' ? '(this user)' : '(with a token)')}`,
    ),
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
