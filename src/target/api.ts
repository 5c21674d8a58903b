import { RemoraError, redactArgv } from '../base/index.js';
import type { ApiRequest, ApiResponse, Route } from '../http/index.js';
import type { Targets } from './targets.js';
import type { ProcessInfo } from './types.js';

interface AttachBody {
  readonly process?: string;
  readonly force?: boolean;
  readonly noSignal?: boolean;
}

/** Our own endpoints for processes: what the CLI and the SDK use beside the Arthas API. */
export function targetRoutes(targets: Targets): Route[] {
  const tag = 'targets';
  return [
    {
      method: 'GET',
      path: '/remora/processes',
      summary: 'Every Node.js process of this host: attachable or why not, attached or not',
      tag,
      role: 'viewer',
      handle: async () => json({ processes: (await targets.list()).map(shown) }),
    },
    {
      method: 'POST',
      path: '/remora/attach',
      summary: 'Attach to a process: {process, force?, noSignal?}',
      tag,
      role: 'operator',
      async handle(request) {
        const { process, force, noSignal } = body(request);
        const before = new Set(targets.attached());
        const target = await targets.attach(process, { force, noSignal, signal: request.signal });
        const { channel, notices } = target;
        return json({
          process: shown(target.process),
          channel,
          notices,
          alreadyAttached: before.has(target),
        });
      },
    },
    {
      method: 'POST',
      path: '/remora/detach',
      summary: 'Let go of a process now: {process}',
      tag,
      role: 'operator',
      async handle(request) {
        const info = await targets.resolve(body(request).process);
        const target = targets.attached().find((each) => each.process.pid === info.pid);
        await target?.letGo(`asked by ${request.caller.user}`);
        return json({ process: shown(info), wasAttached: target !== undefined });
      },
    },
  ];
}

/** Secrets in command lines are masked here as in every other answer. */
function shown(info: ProcessInfo): ProcessInfo {
  return { ...info, command: redactArgv(info.command) };
}

function json(value: object): ApiResponse {
  return { status: 200, body: JSON.stringify(value) };
}

function body(request: ApiRequest): AttachBody {
  let value: unknown;
  try {
    value = request.body.length ? JSON.parse(request.body.toString('utf8')) : {};
  } catch (error) {
    throw new RemoraError('bad-json', `the body is no JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null)
    throw new RemoraError('bad-json', 'the body is no JSON object');
  const { process, force, noSignal } = value as Record<string, unknown>;
  if (process !== undefined && typeof process !== 'string' && typeof process !== 'number') {
    throw new RemoraError('bad-request', "'process' is a name, a pid or a container id");
  }
  return {
    process: process === undefined ? undefined : String(process),
    force: force === true,
    noSignal: noSignal === true,
  };
}
