import { RemoraError } from '../base/index.js';
import type { a1, Message } from '../wire/index.js';
import { A1_SERVED, type Outcome, type Served } from './a1.js';
import type { Fleet } from './fleet.js';
import type { OnFault, Shape, ShapeCall, WireAnswer } from './shape.js';

/** Status and code of an error, by its own code. */
const ANSWERS: Readonly<Record<string, readonly [status: number, code: string]>> = {
  'parameter-missing': [400, 'BadRequest'],
  'parameter-invalid': [400, 'InvalidParameter'],
  'group-default': [400, 'BadRequest'],
  'config-exists': [400, 'ConfigAlreadyExist'],
  'binding-exists': [400, 'ConfigAlreadyExist'],
  'group-exists': [400, 'AgentGroupAlreadyExist'],
  'config-not-found': [404, 'ConfigNotExist'],
  'binding-not-found': [404, 'ConfigNotExist'],
  'group-not-found': [404, 'AgentGroupNotExist'],
  'agent-not-found': [404, 'AgentNotExist'],
  'config-bound': [500, 'InternalServerError'],
  'group-bound': [500, 'InternalServerError'],
  'fleet-full': [503, 'ServerBusy'],
  'fleet-contended': [503, 'ServerBusy'],
  // Of the tables: their disk is behind, or an operator throttles or closes them.
  'store-busy': [503, 'ServerBusy'],
  'store-closed': [503, 'ServerBusy'],
  'request-denied': [503, 'ServerBusy'],
  throttled: [503, 'ServerBusy'],
  'value-too-large': [400, 'InvalidParameter'],
};

/** Codes of errors that the listener found, by their status. */
const BY_STATUS: Readonly<Record<number, string>> = {
  408: 'RequestTimeout',
  500: 'InternalServerError',
  503: 'ServerBusy',
};

type Request = { readonly request_id: string };

/** Shape A1: every request begins with its id, every response with that id, a code and a text. */
export const a1Shape: Shape = {
  name: 'a1',
  calls: A1_SERVED.map(shapeCall),
  takes: () => true,
  failure: (error, status) => {
    const code = BY_STATUS[status] ?? 'BadRequest';
    const message = error.text;
    return { status, code, message, body: HEAD.encode({ code, message }) };
  },
};

const HEAD = A1_SERVED[0]?.call.response as Message<a1.ResponseHead>;

function shapeCall(served: Served): ShapeCall {
  const { name, method, path } = served.call;
  const answer: ShapeCall['answer'] = (fleet, body, onFault) => {
    let request: Request;
    try {
      request = served.call.request.decode(body);
    } catch {
      // The published server says no more, and clients compare it to the byte.
      return { status: 400, code: 'BadRequest', message: '', body: HEAD.encode({ code: 'BadRequest' }) };
    }
    return run(served, fleet, request, onFault);
  };
  const kind = path.startsWith('/Agent/') ? 'agent' : method === 'GET' ? 'read' : 'change';
  return { name, method, path, summary: served.summary, kind, answer };
}

/** Without a promise where the call needs none: a heartbeat that says nothing new. */
function run(
  served: Served,
  fleet: Fleet,
  request: Request,
  onFault: OnFault,
): WireAnswer | Promise<WireAnswer> {
  try {
    const outcome = served.run(fleet, request);
    if (!(outcome instanceof Promise)) return accepted(served, request, outcome);
    return outcome
      .then((value) => accepted(served, request, value))
      .catch((error: unknown) => refused(served, request, error, onFault));
  } catch (error) {
    return refused(served, request, error, onFault);
  }
}

function accepted(served: Served, request: Request, outcome: Outcome | undefined): WireAnswer {
  const head = { response_id: request.request_id, code: 'Accept', message: served.success };
  const body = served.call.response.encode(outcome?.extra ? { ...head, ...outcome.extra } : head);
  return { status: 200, code: head.code, message: head.message, body, subject: outcome?.subject };
}

function refused(served: Served, request: Request, error: unknown, onFault: OnFault): WireAnswer {
  const known = error instanceof RemoraError ? ANSWERS[error.code] : undefined;
  const [status, code] = known ?? [500, 'InternalServerError'];
  const message = known ? (error as RemoraError).message : faultText(error, onFault);
  const head = { response_id: request.request_id, code, message };
  return { status, code, message, body: served.call.response.encode(head) };
}

/** Of a store that fails, what it says (it logs that itself, once); of any other fault, where to look. */
function faultText(error: unknown, onFault: OnFault): string {
  if (error instanceof RemoraError) return error.text;
  return `A fault of the server itself; its log has more under ${onFault(error)}.`;
}
