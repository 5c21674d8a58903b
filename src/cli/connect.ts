import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentOptions } from '../agent.js';
import { RemoraError, runtimeFolder } from '../base/index.js';
import { type AgentInfo, type AttachAnswer, type AttachRequest, RemoraClient } from '../client/index.js';
import type { DaemonOptions } from '../daemon.js';
import type { CliContext } from './context.js';

/** An agent to talk to. */
export interface Connection {
  readonly client: RemoraClient;
  /** Started by us, for us: gone when we leave. */
  readonly own: boolean;
  readonly addresses: readonly string[];
}

/** Where the one agent of this user listens that everybody shares. */
export function sharedSocket(): string {
  return join(runtimeFolder(), 'agent.sock');
}

/** Where the one server of this user listens, unless it shares a process with the agent (`remora up`). */
export function serverSocket(): string {
  return join(runtimeFolder(), 'server.sock');
}

/** The shared agent of this user, or undefined when none runs. */
export function runningAgent(): Promise<{ client: RemoraClient; info: AgentInfo } | undefined> {
  return running(sharedSocket());
}

/** Who answers on that socket, or undefined when nobody does. */
export async function running(
  socketPath: string,
): Promise<{ client: RemoraClient; info: AgentInfo } | undefined> {
  const client = new RemoraClient({ socketPath });
  try {
    return { client, info: await client.info({ timeoutMs: 5000 }) };
  } catch (error) {
    client.close();
    if (error instanceof RemoraError && error.code === 'no-agent') return undefined;
    throw error;
  }
}

/** What may be asked of an agent of our own. */
export type OwnOptions = Partial<Pick<DaemonOptions, 'listen'> & Pick<AgentOptions, 'lingerMs' | 'mcp'>>;

/** Talks to the shared agent, or serves itself on a private socket when none runs or `options` ask for an own one. */
export async function connect(context: CliContext, options: OwnOptions = {}): Promise<Connection> {
  const mustBeOwn = (options.listen?.length ?? 0) > 0;
  const running = mustBeOwn ? undefined : await runningAgent();
  if (running) {
    context.life.defer(() => running.client.close());
    return { client: running.client, own: false, addresses: running.info.addresses };
  }
  return serveOurselves(context, options);
}

async function serveOurselves(context: CliContext, options: OwnOptions): Promise<Connection> {
  sweepPrivateSockets();
  const socketPath = privateSocket(process.pid);
  // Only who serves needs the agent's code, and it takes a while to load.
  const { startDaemon } = await import('../daemon.js');
  const forget = context.life.lastResort(() => rmSync(socketPath, { force: true }));
  const { listen = [], lingerMs, mcp } = options;
  const agent = await startDaemon({
    socketPath,
    listen,
    trust: 'uid',
    tokens: [],
    hosts: [],
    insecure: false,
    log: { level: 'silent' },
    agent: {
      // Containers need an agent that stays.
      allow: ['read', 'observe', 'change'],
      mcp,
      ...(lingerMs === undefined ? {} : { lingerMs }),
    },
  });
  const client = new RemoraClient({ socketPath });
  context.life.defer(async () => {
    client.close();
    await agent.close('remora was left');
    forget();
  });
  return { client, own: true, addresses: agent.addresses };
}

/**
 * Attaches by way of the connection. Where another `remora` of this user, serving itself, holds the process already,
 * it is used in place of ours: two prompts on one process are common.
 */
export async function attachBy(
  context: CliContext,
  connection: Connection,
  request: AttachRequest,
): Promise<{ client: RemoraClient; attached: AttachAnswer }> {
  try {
    return { client: connection.client, attached: await connection.client.attach(request) };
  } catch (error) {
    if (!(error instanceof RemoraError) || error.code !== 'already-attached') throw error;
    for (const socketPath of otherSockets()) {
      const client = new RemoraClient({ socketPath });
      const attached = await client.attach(request).catch(() => undefined);
      if (attached) {
        context.life.defer(() => client.close());
        return { client, attached };
      }
      client.close();
    }
    throw error;
  }
}

function otherSockets(): string[] {
  const privates = readdirSync(runtimeFolder()).filter((name) => PRIVATE.test(name));
  const paths = [sharedSocket(), ...privates.map((name) => join(runtimeFolder(), name))];
  return paths.filter((path) => path !== privateSocket(process.pid));
}

const PRIVATE = /^private-(\d+)\.sock$/;

function privateSocket(pid: number): string {
  return join(runtimeFolder(), `private-${pid}.sock`);
}

/** Removes sockets of processes that were killed before they could. */
function sweepPrivateSockets(): void {
  for (const name of readdirSync(runtimeFolder())) {
    const pid = Number(PRIVATE.exec(name)?.[1]);
    if (pid && !isAlive(pid)) rmSync(privateSocket(pid), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
