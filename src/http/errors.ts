import { PRODUCT_TITLE, RemoraError } from '../base/index.js';

/** HTTP status of an error of any room: the codes of this room and of the tables by name, others by their ending. */
export function statusOf(error: RemoraError): number {
  const own = STATUS[error.code];
  if (own !== undefined) return own;
  return error.code.endsWith('-not-found') ? 404 : 400;
}

const STATUS: Readonly<Record<string, number>> = {
  'no-such-path': 404,
  'method-not-allowed': 405,
  'body-too-large': 413,
  'body-too-slow': 408,
  'client-gone': 499,
  'cross-site': 403,
  'role-too-small': 403,
  'output-above-ceiling': 403,
  'output-busy': 409,
  'too-many-requests': 503,
  'too-many-connections': 503,
  'bad-request': 400,
  'headers-too-large': 431,
  'headers-too-slow': 408,
  draining: 503,
  'expectation-failed': 417,
  internal: 500,
  'revision-conflict': 409,
  'value-too-large': 413,
  throttled: 429,
  'request-denied': 503,
  'store-busy': 503,
  'store-closed': 503,
  'store-full': 503,
  'store-stalled': 503,
  'store-failed': 500,
  'store-corrupt': 500,
  'corrupt-record': 500,
  'scan-too-slow': 503,
  'too-many-streams': 503,
  'too-many-terminals': 503,
  'agent-closing': 503,
  'too-many-sessions': 503,
  'not-acceptable': 406,
  'upgrade-required': 426,
  'too-many-scans': 503,
};

export function noSuchPath(path: string): RemoraError {
  return new RemoraError('no-such-path', `Nothing is served at ${path.slice(0, 200)}`, {
    hint: 'GET / lists every path, GET /openapi.json describes them',
  });
}

export function methodNotAllowed(method: string, path: string, allowed: readonly string[]): RemoraError {
  return new RemoraError('method-not-allowed', `${path} does not take ${method}`, {
    hint: `Use ${allowed.join(' or ')}`,
    details: { allowed },
  });
}

export function bodyTooLarge(limit: number): RemoraError {
  return new RemoraError('body-too-large', `The body is larger than ${limit} bytes`, {
    hint: 'Send less; `--limit http-body-bytes=N` raises the general limit',
    details: { limit },
  });
}

export function bodyTooSlow(ms: number): RemoraError {
  return new RemoraError('body-too-slow', `The body did not arrive within ${ms} ms`, {
    hint: 'Send it at once; `--limit http-body-ms=N` raises the limit',
  });
}

export function clientGone(): RemoraError {
  return new RemoraError('client-gone', 'The client closed the connection before its request was complete');
}

export function crossSite(what: string): RemoraError {
  return new RemoraError('cross-site', `A page of another site made this request (${what})`, {
    hint: 'Open the address directly, or send a bearer token',
  });
}

export function roleTooSmall(user: string, role: string, needed: string): RemoraError {
  return new RemoraError('role-too-small', `${user} has the role ${role}, and this needs ${needed}`, {
    hint: `Use credentials of the role ${needed}`,
    details: { role, needed },
  });
}

export function tooManyRequests(limit: number): RemoraError {
  return new RemoraError('too-many-requests', `${limit} requests are being answered already`, {
    hint: 'Try again in a moment; `--limit http-requests-in-flight=N` raises the limit',
  });
}

export function tooManyConnections(limit: number): RemoraError {
  return new RemoraError('too-many-connections', `${limit} connections are open already`, {
    hint: 'Close some, or raise the limit by `--limit http-connections=N`',
  });
}

export function badRequest(fault: string): RemoraError {
  return new RemoraError('bad-request', `This is no HTTP request that can be understood (${fault})`, {
    hint: 'Speak HTTP/1.1 here; GET / lists what there is',
  });
}

export function headersTooLarge(limit: number): RemoraError {
  return new RemoraError('headers-too-large', `Request line and headers are larger than ${limit} bytes`, {
    hint: 'Send fewer or shorter headers; `--limit http-header-bytes=N` raises the limit',
  });
}

export function headersTooSlow(ms: number): RemoraError {
  return new RemoraError('headers-too-slow', `The headers did not arrive within ${ms} ms`, {
    hint: 'Send them at once; `--limit http-headers-ms=N` raises the limit',
  });
}

export function draining(): RemoraError {
  return new RemoraError('draining', `This ${PRODUCT_TITLE} is shutting down`, {
    hint: 'Call again when it has been started anew',
  });
}

export function expectationFailed(what: string): RemoraError {
  return new RemoraError('expectation-failed', `The expectation '${what.slice(0, 100)}' is not known`, {
    hint: 'Only `Expect: 100-continue` is',
  });
}

/** What a client gets for a fault of ours; the log has the rest under the same request id. */
export function internal(): RemoraError {
  return new RemoraError('internal', `A fault in ${PRODUCT_TITLE} itself`, {
    hint: "Its log has more under this request's id",
  });
}

export function portTaken(host: string, port: number, owner: string): RemoraError {
  return new RemoraError('port-taken', `${host}:${port} is taken by ${owner}`, {
    hint: 'Stop that process or listen on another port',
    details: { host, port, owner },
  });
}

export function cannotListen(where: string, cause: unknown): RemoraError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new RemoraError('cannot-listen', `Cannot listen on ${where}: ${text}`, {
    hint: 'Name an address of this machine and a port that this user may open',
    cause,
  });
}

export function socketInUse(path: string, owner: string): RemoraError {
  return new RemoraError('socket-in-use', `${path} is served by ${owner}`, {
    hint: 'Stop that process, or name another socket',
    details: { path, owner },
  });
}

export function notASocket(path: string): RemoraError {
  return new RemoraError('not-a-socket', `${path} is there and is no socket`, {
    hint: 'Move it away, or name another path',
    details: { path },
  });
}

export function notLoopback(where: string, missing: string): RemoraError {
  return new RemoraError('open-address', `${where} can be reached by others, and there is no ${missing}`, {
    hint:
      'Listen on 127.0.0.1, or give --tls-cert, --tls-key and a token; --insecure listens all the same: tokens then ' +
      'cross the network in clear text and anyone who reaches the port may call what needs no role',
    details: { where, missing },
  });
}

export function noCertificate(where: string): RemoraError {
  return new RemoraError('no-certificate', `${where} is to speak TLS, and there is no certificate`, {
    hint: 'Give --tls-cert and --tls-key',
    details: { where },
  });
}

export function badClient(name: string, why: string): RemoraError {
  return new RemoraError('bad-client', `The client '${name}' cannot be used: ${why}`, {
    hint: 'Give --tls-client NAME:ROLE, where NAME is the common name of its certificate',
  });
}

export function badToken(name: string, fault: string): RemoraError {
  return new RemoraError('bad-token', `The token '${name}' cannot be used: ${fault}`, {
    hint: 'Give each token a name of its own and a secret of at least 8 characters',
  });
}
