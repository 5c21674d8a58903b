import { defineLimit } from '../base/index.js';

export const headerBytes = defineLimit({
  name: 'http-header-bytes',
  unit: 'bytes',
  default: 81_920,
  summary: 'Request line and headers of one HTTP request; over it 431',
});

export const bodyBytes = defineLimit({
  name: 'http-body-bytes',
  unit: 'bytes',
  default: 10 * 1024 * 1024,
  summary: 'Body of one HTTP request, where its endpoint names no limit of its own; over it 413',
});

export const connections = defineLimit({
  name: 'http-connections',
  unit: 'count',
  default: 2000,
  summary: 'Open HTTP connections of a process; over it 503',
});

export const requestsInFlight = defineLimit({
  name: 'http-requests-in-flight',
  unit: 'count',
  default: 1000,
  summary: 'HTTP requests answered at the same time, open streams included; over it 503',
});

export const headersMs = defineLimit({
  name: 'http-headers-ms',
  unit: 'ms',
  default: 10_000,
  summary: 'Time in which the headers of a request must have arrived; over it 408',
});

export const keepAliveMs = defineLimit({
  name: 'http-keep-alive-ms',
  unit: 'ms',
  default: 72_000,
  summary: 'Time after which an idle HTTP connection is closed',
});

export const bodyMs = defineLimit({
  name: 'http-body-ms',
  unit: 'ms',
  default: 60_000,
  summary:
    'Time in which the body of a request must have arrived, where the endpoint takes it whole; over it 408',
});

export const lingerMs = defineLimit({
  name: 'http-linger-ms',
  unit: 'ms',
  default: 1000,
  summary:
    'Time for which the rest of a refused body is thrown away, or an answer waited for that garbage follows, so that the client gets it',
});

export const drainMs = defineLimit({
  name: 'http-drain-ms',
  unit: 'ms',
  default: 5000,
  summary: 'Time that open requests get to end at shutdown before they are cut',
});

export const trustRows = defineLimit({
  name: 'http-trust-rows',
  unit: 'count',
  default: 5000,
  summary: 'Rows of /proc/net/tcp above which a loopback caller is not looked up and must send a token',
});

export const refusalsAudited = defineLimit({
  name: 'http-refusals-audited',
  unit: 'count',
  default: 60,
  summary: 'Refused calls written to the audit file in a minute; the rest are only counted',
});
