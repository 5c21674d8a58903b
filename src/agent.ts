/** Wires an agent together: targets, diagnosis, containers, and the routes that serve them (DESIGN 1, 2). */
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Audit,
  type Caller,
  counters,
  errorText,
  type Permission,
  PRODUCT,
  RemoraError,
  type Risk,
  runtimeFolder,
  stateFolder,
} from './base/index.js';
import {
  type ContainerApi,
  type Containers,
  containerApi,
  createContainers,
  mesosVersionFields,
  withoutContainers,
} from './containers/index.js';
import type { Rooms, Services } from './daemon.js';
import {
  type CommandEvent,
  diagnoseAliases,
  diagnoseRoutes,
  type McpSettings,
  mcpApi,
  type OutputAccess,
  OutputFolder,
  outputRoutes,
  SessionStore,
} from './diagnose/index.js';
import { ownUser } from './http/index.js';
import { instrumentsOf, setLinger, Targets, targetRoutes } from './target/index.js';

export interface AgentOptions {
  /** The agent's ceiling: what it does, whoever asks. */
  readonly allow: readonly Permission[];
  /** Where the sandboxes of containers are made; other users' containers must be able to get there. */
  readonly sandboxFolder?: string;
  /** A root agent starts containers as root where a launch says so or its caller is root. */
  readonly allowRootContainers?: boolean;
  /** How it serves MCP; default: to viewers, and nothing that changes anything. */
  readonly mcp?: Partial<Pick<McpSettings, 'role' | 'allowChange'>>;
  /** Milliseconds for which a target is kept after its last use; undefined = the default. */
  readonly lingerMs?: number;
}

const MAX_ANCESTORS = 20;
const AGENT_CALLER: Caller = { kind: 'internal', user: PRODUCT, role: 'admin', address: 'internal' };

/** The rooms of an agent. */
export function createAgent(options: AgentOptions, services: Services): Rooms {
  const { version, log, audit } = services;
  if (options.lingerMs !== undefined) setLinger(options.lingerMs);
  const targets = createTargets(services);
  const allow = options.allow.filter(isRisk);
  const output = new OutputFolder(() => join(stateFolder(), 'output'));
  const store = new SessionStore({
    targets,
    version,
    instruments: instrumentsOf,
    allow,
    output,
    identify: services.identify,
    onCommand: (event) => auditCommand(audit, event),
    onFault: (error, where) => log.error({ err: error }, `fault in ${where}`),
  });
  const mcp = mcpApi({ store, version, role: 'viewer', allowChange: false, ...options.mcp });
  const { containers, api } = createContainerRoom(options, services);
  return {
    routes: [
      ...diagnoseRoutes(store),
      ...mcp.routes,
      ...outputRoutes({ folder: output, allow, onAccess: (event) => auditOutput(audit, event) }),
      ...targetRoutes(targets),
      ...api.routes,
    ],
    aliases: [...diagnoseAliases, ...(api.aliases ?? [])],
    profileTargets: targets,
    extraVersion: { ...mesosVersionFields(version) },
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
      api.close();
      await mcp.close();
      await containers.close();
      await store.close();
      await targets.close(reason);
    },
  };
}

function createContainerRoom(
  options: AgentOptions,
  { version, log, audit }: Services,
): { readonly containers: Containers; readonly api: ContainerApi } {
  const containers = options.allow.includes('containers')
    ? openContainers(options, log)
    : withoutContainers(new RemoraError('containers-not-allowed', 'This agent does not allow containers'));
  const api = containerApi({
    containers: () => containers,
    allow: options.allow,
    version: mesosVersionFields(version),
    counters,
    log,
    audit,
  });
  return { containers, api };
}

/** Another agent of this user may have them already: then we do without, and say so to who asks for them. */
function openContainers(options: AgentOptions, log: Services['log']): Containers {
  const folder = join(stateFolder(), 'containers');
  const { sandboxFolder = defaultSandboxFolder(), allowRootContainers } = options;
  try {
    return createContainers({ folder, sandboxFolder, log, allowRootContainers });
  } catch (error) {
    if (!(error instanceof RemoraError) || error.code !== 'folder-in-use') throw error;
    log.warn({ ...error.details, code: error.code }, error.text);
    return withoutContainers(error);
  }
}

/** A root agent runs containers as other users, who do not get through to its own folders. */
function defaultSandboxFolder(): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const named = process.env.XDG_STATE_HOME;
  return join(named && isAbsolute(named) ? named : '/var/lib', `${PRODUCT}-sandboxes`);
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

function auditOutput(audit: Audit, { caller, what, name, risk, outcome }: OutputAccess): void {
  audit.write({ caller, action: `output.${what}`, outcome, detail: { name, risk } });
}

function auditCommand(audit: Audit, event: CommandEvent): void {
  const { via } = event;
  if (event.outcome === 'started') return;
  // What a model asks for is all kept; people's looking around is not.
  if (event.risk === 'read' && event.outcome !== 'refused' && !via) return;
  audit.write({
    caller: event.caller,
    action: `${via?.protocol ?? 'arthas'}.${event.command}`,
    process: event.process ? `${event.process.pid} ${event.process.name}` : undefined,
    command: event.line,
    outcome: event.outcome,
    detail: {
      risk: event.risk,
      reason: event.reason,
      statusCode: event.statusCode,
      jobId: event.jobId,
      client: via?.client,
    },
  });
}
