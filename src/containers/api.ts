/** The HTTP face of containers: the agent operator API of Mesos, `/api/v1` (shared/wire/mesos-agent.md). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Caller, counters, errorText, RemoraError, roleIncludes } from '../base/index.js';
import { type ApiResponse, type PathAlias, type Route, sendAnswer } from '../http/index.js';
import { type Call, type MesosCodec, mesosCodec } from '../wire/index.js';
import type { AgentCall, CallAnswer, CallContext, CallServices, LaterCalls } from './calls/call.js';
import { idText } from './calls/containerId.js';
import { AGENT_CALLS } from './calls/index.js';
import { listing } from './listing.js';
import { answerOf, withStatus } from './protocol/answerOf.js';
import { BodyRecords, readWhole } from './protocol/body.js';
import { Exchange } from './protocol/exchange.js';
import { type Negotiated, negotiate } from './protocol/negotiate.js';
import { forbidden, invalid, noContainers, recovering, refuse } from './protocol/refusal.js';

const PATH = '/api/v1';
const calls = counters.counter('containers.calls', 'calls of the agent API that were understood');

export interface ContainerApi {
  readonly routes: readonly Route[];
  readonly aliases: readonly PathAlias[];
  /** Cuts what is still open: answers that wait, and streams, without their last chunk. */
  close(): void;
}

export function containerApi(services: CallServices): ContainerApi {
  const open = new Set<Exchange>();
  let closed = false;
  const serve = async (request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void> => {
    const exchange = new Exchange(request, response, sendAnswer);
    open.add(exchange);
    try {
      if (/\/\.\./.test(request.url?.split('?', 1)[0] ?? '')) throw refuse(404, '404 Not Found.');
      if (closed) throw refuse(503, 'Agent is shutting down');
      await answer(services, exchange, caller);
    } catch (error) {
      if (!(error instanceof RemoraError)) throw error;
      if (error.code === 'client-gone' || response.headersSent) exchange.destroy();
      else exchange.sendText(answerOf(error));
    } finally {
      open.delete(exchange);
    }
  };
  return {
    routes: [
      {
        method: 'ANY',
        path: PATH,
        summary: 'Containers and sessions in them: the agent API of Mesos',
        tag: 'containers',
        role: 'viewer',
        raw: serve,
        failure,
      },
      listRoute(services),
    ],
    aliases: [agentPath],
    close: () => {
      closed = true;
      for (const exchange of open) exchange.destroy();
    },
  };
}

/** What people want to see of containers, which the agent API has no fields for. */
function listRoute({ containers, allow }: CallServices): Route {
  return {
    method: 'GET',
    path: '/remora/containers',
    summary: 'Every container: state, command, user, age, how it ended',
    tag: 'containers',
    role: 'viewer',
    handle() {
      if (!allow.includes('containers')) throw noContainers();
      const live = containers();
      if (!live) throw recovering();
      return { status: 200, body: JSON.stringify(listing(live.list())) };
    },
    failure: (error, status) => ({
      status: error.code === 'containers-not-allowed' ? 403 : error.code === 'recovering' ? 503 : status,
      body: JSON.stringify({ error: { code: error.code, message: error.message, hint: error.hint } }),
    }),
  };
}

/** What the listener itself found wrong, in this protocol's shape. */
function failure(error: RemoraError, status: number): ApiResponse {
  const contentType = 'text/plain; charset=utf-8';
  if (status === 401) return { status, contentType, body: `401 Unauthorized.\n\n${error.message}` };
  if (status === 403) {
    const hint = error.text.replace(/[^\x20-\x7e]/g, '?');
    return { status, contentType, headers: { 'x-remora-hint': hint }, body: '403 Forbidden.' };
  }
  return { status, contentType, body: error.text };
}

/** Endpoints of the reference below ours that are none of ours. */
const OTHERS = /^\/api\/v1\/(executor|resource_provider)(\/|$)/;
const OURS = /^\/api\/v1(\/|$)/;
const SHARED = /^\/(version|health)$/;

/** `/slave(1)/api/v1`, its percent-encoded form, slashes at the end, and whatever stands behind `/api/v1/`. */
export function agentPath(path: string): string | undefined {
  let plain = path;
  if (path.includes('%')) {
    try {
      plain = decodeURIComponent(path);
    } catch {
      return undefined;
    }
  }
  const below = /^\/slave\(1\)(\/.*)$/.exec(plain)?.[1];
  const rest = (below ?? plain).replace(/(.)\/+$/, '$1');
  if (OURS.test(rest)) return OTHERS.test(rest) ? undefined : PATH;
  return below !== undefined && SHARED.test(rest) ? rest : undefined;
}

/** Checks a call in the order of the sheet's 1.2, and answers it. Throws what is to be answered by `answerOf`. */
async function answer(services: CallServices, exchange: Exchange, caller: Caller): Promise<void> {
  const live = services.containers();
  if (!live) throw refuse(503, 'Agent has not finished recovery');
  const agreed = negotiate(exchange.method, exchange.headers);
  const [codec, answerCodec] = await Promise.all([mesosCodec(agreed.sent), mesosCodec(agreed.wanted)]);
  const records = agreed.sendsRecords ? new BodyRecords(exchange.body()) : undefined;
  const body = records ? await records.first() : await readWhole(exchange.body());
  const call = codec.parse('Call', body);
  const known = validated(call);
  checkStreams(known, agreed);
  calls.add();
  const audit = auditOnce(services, known, call, caller);
  const context: CallContext = {
    ...services,
    live,
    caller,
    call,
    localPort: exchange.localPort,
    signal: exchange.gone,
    later: laterCalls(exchange, records, codec),
    audited: audit,
  };
  try {
    checkAllowed(services, known, caller);
    const done = known.run ? await known.run(context) : undefined;
    audit('ok');
    await send(exchange, agreed, answerCodec, done);
  } catch (error) {
    audit(error instanceof RemoraError ? error.code : 'failed');
    throw error;
  }
}

/** The known call that this is. */
function validated(call: Call): AgentCall {
  const known = call.type === undefined ? undefined : AGENT_CALLS.get(call.type);
  if (!known) throw invalid("Expecting 'type' to be present");
  known.validate(call);
  return known;
}

function checkStreams({ type, streams, run }: AgentCall, agreed: Negotiated): void {
  if (agreed.sendsRecords && streams !== 'input') {
    throw refuse(415, `Streaming 'Content-Type' application/recordio is not supported for ${type} call`);
  }
  if (!agreed.sendsRecords && streams === 'input') {
    throw refuse(415, `Expecting 'Content-Type' to be application/recordio for ${type} call`);
  }
  if (agreed.wantsRecords && streams !== 'output') {
    throw refuse(406, `Streaming response is not supported for ${type} call`);
  }
  if (!run) {
    const hint = type === 'UNKNOWN' ? '' : `${type} is not served here: docs/compat.md lists what is`;
    throw refuse(501, '501 Not Implemented.', hint);
  }
}

function checkAllowed({ allow }: CallServices, { type, role, permission }: AgentCall, caller: Caller): void {
  if (!roleIncludes(caller.role, role)) {
    throw forbidden(`${caller.user} has the role ${caller.role}, and ${type} needs ${role}`);
  }
  if (permission !== undefined && !allow.includes(permission)) {
    throw forbidden(`this agent does not allow ${permission}: start it with --allow ${permission}`);
  }
}

/** Writes one audit record of a call, at the first time it is asked to. */
function auditOnce(
  { audit }: CallServices,
  { type, audited, subject, commandText }: AgentCall,
  call: Call,
  caller: Caller,
): (outcome: string) => void {
  let written = !audited;
  return (outcome) => {
    if (written) return;
    written = true;
    const id = subject(call);
    audit?.write({
      caller,
      action: `mesos.${type.toLowerCase()}`,
      process: id && idText(id),
      command: commandText(call),
      outcome,
    });
  };
}

function laterCalls(exchange: Exchange, records: BodyRecords | undefined, codec: MesosCodec): LaterCalls {
  return {
    async next() {
      try {
        const record = await records?.next();
        if (!record) return undefined;
        const call = codec.parse('Call', record);
        validated(call);
        return call;
      } catch (error) {
        // What is wrong with the first record is 400, and with a later one 500.
        throw withStatus(error, 500);
      }
    },
    stop: () => exchange.body().stop(),
  };
}

async function send(
  exchange: Exchange,
  agreed: Negotiated,
  codec: MesosCodec,
  done: CallAnswer | undefined,
): Promise<void> {
  switch (done?.kind) {
    case undefined:
      throw new Error('a call without an answer');
    case 'empty':
      exchange.sendEmpty(done.status);
      return;
    case 'object':
      await exchange.sendObject(codec, done.response);
      return;
    case 'stream':
      try {
        await exchange.sendStream(codec, agreed, done.reader);
      } catch (error) {
        throw error instanceof RemoraError ? error : new Error(`a stream failed: ${errorText(error)}`);
      } finally {
        await done.closed?.();
      }
  }
}
