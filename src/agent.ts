/** Wires an agent together: targets, diagnosis, containers, and the routes that serve them (DESIGN 1, 2). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Audit,
  type Caller,
  counters,
  errorText,
  type Permission,
  PRODUCT,
  type Risk,
  runtimeFolder,
  stateFolder,
} from './base/index.js';
import { containerApi, createContainers, NO_CONTAINERS } from './containers/index.js';
import type { Rooms, Services } from './daemon.js';
import { type CommandEvent, diagnoseRoutes, SessionStore } from './diagnose/index.js';
import { ownUser, type PathAlias, type Route } from './http/index.js';
import { setLinger, Targets, targetRoutes } from './target/index.js';

export interface AgentOptions {
  /** The agent's ceiling: what it does, whoever asks. */
  readonly allow: readonly Permission[];
  /** Milliseconds for which a target is kept after its last use; undefined = the default. */
  readonly lingerMs?: number;
  /** A root agent may start containers as root. */
  readonly allowRootContainers?: boolean;
}

const MAX_ANCESTORS = 20;
const AGENT_CALLER: Caller = { kind: 'internal', user: PRODUCT, role: 'admin', address: 'internal' };

/** The rooms of an agent. */
export function createAgent(options: AgentOptions, services: Services): Rooms {
  const { version, log, audit } = services;
  if (options.lingerMs !== undefined) setLinger(options.lingerMs);
  const targets = createTargets(services);
  const store = new SessionStore({
    targets,
    version,
    allow: options.allow.filter(isRisk),
    onCommand: (event) => auditCommand(audit, event),
    onFault: (error, where) => log.error({ err: error }, `fault in ${where}`),
  });
  const containers = createAgentContainers(options, services);
  return {
    routes: [...diagnoseRoutes(store), ...targetRoutes(targets), ...containers.routes],
    aliases: containers.aliases,
    isTarget: (pid) => targets.isTarget(pid),
    started() {
      targets
        .closeLeftInspectors()
        .then(
          (pids) => pids.length && log.warn({ pids }, 'closed inspectors that a killed agent had left open'),
        )
        .catch((error: unknown) => log.warn(`looking for inspectors left open: ${errorText(error)}`));
    },
    async close(reason) {
      await store.close();
      await targets.close(reason);
      await containers.close();
    },
  };
}

interface AgentContainers {
  readonly routes: readonly Route[];
  readonly aliases: readonly PathAlias[];
  close(): Promise<void>;
}

/** Containers, where the ceiling allows any; where not, the routes say so. */
function createAgentContainers(
  { allow, allowRootContainers }: AgentOptions,
  { version, log, audit }: Services,
): AgentContainers {
  const containers = allow.includes('containers')
    ? createContainers({
        folder: join(stateFolder(), 'containers'),
        sandboxFolder: sandboxFolder(),
        log,
        allowRootContainers,
      })
    : NO_CONTAINERS;
  const api = containerApi({
    containers: () => containers,
    allow,
    version: { version },
    counters,
    log,
    audit,
  });
  return {
    routes: api.routes,
    aliases: api.aliases,
    async close() {
      api.close();
      await containers.close();
    },
  };
}

/** Containers of other users must get through to theirs, which root's home does not let them. */
function sandboxFolder(): string | undefined {
  if (process.getuid?.() !== 0 || process.env.XDG_STATE_HOME) return undefined;
  return join('/var/lib', PRODUCT, 'sandboxes');
}

function isRisk(permission: Permission): permission is Risk {
  return permission !== 'containers';
}

function createTargets({ version, log, audit }: Services): Targets {
  return new Targets({
    owner: `${PRODUCT} ${version}, pid ${process.pid}, user ${ownUser()}`,
    folder: runtimeFolder(),
    ownPids: ancestors,
    ownScripts: ownScripts(),
    onForeignPeer: (info, peers) => {
      log.warn({ pid: info.pid, peers }, 'somebody else connected to the inspector while it was open');
      audit.write({
        caller: AGENT_CALLER,
        action: 'target.foreign-inspector-peer',
        process: `${info.pid} ${info.name}`,
        outcome: 'undone',
        detail: { peers },
      });
    },
    onChange: (what, target, reason) => {
      log.info({ pid: target.process.pid, channel: target.channel, reason }, `target ${what}`);
      audit.write({
        caller: AGENT_CALLER,
        action: `target.${what}`,
        process: `${target.process.pid} ${target.process.name}`,
        outcome: 'ok',
        detail: { reason },
      });
    },
  });
}

/** Scripts that are Remora itself, as a command line may name them: the real path, and the link in a bin folder. */
function ownScripts(): Set<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const scripts = ['start', 'test', 'bench', 'docs'].map((name) => join(root, 'scripts', `${name}.mjs`));
  const [, started = ''] = process.argv;
  return new Set([...scripts, join(root, 'build', 'src', 'main.js'), started]);
}

/** The `npm start` that we run under is not what anybody wants to diagnose; an application that started us may be. */
function ancestors(): number[] {
  const pids: number[] = [];
  for (let pid = process.ppid; pid > 1 && pids.length < MAX_ANCESTORS; pid = parentOf(pid)) pids.push(pid);
  return pids.filter(isNpm);
}

function isNpm(pid: number): boolean {
  try {
    return /^(npm|npx)[ \0]|\/npm-cli\.js\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
  } catch {
    return false;
  }
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function auditCommand(audit: Audit, event: CommandEvent): void {
  if (event.risk === 'read' && event.outcome !== 'refused') return;
  if (event.outcome === 'started') return;
  audit.write({
    caller: event.caller,
    action: `arthas.${event.command}`,
    process: event.process ? `${event.process.pid} ${event.process.name}` : undefined,
    command: event.line,
    outcome: event.outcome,
    detail: { risk: event.risk, reason: event.reason, statusCode: event.statusCode, jobId: event.jobId },
  });
}
