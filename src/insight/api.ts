import { type Caller, counters, errorText, type RemoraError } from '../base/index.js';
import type { ApiRequest, ApiResponse, PathAlias, Route } from '../http/index.js';
import {
  formatSymbolCount,
  formatSymbols,
  isBadPegasusTarget,
  parsePegasusPath,
  parsePegasusTarget,
  parseSymbolRequest,
  pegasusAlias,
  pegasusDouble,
  pegasusUnknownPath,
  printPegasusTables,
} from '../wire/index.js';
import { PerfCounters } from './counters/perfCounters.js';
import { insightErrors } from './errors.js';
import { commandText, gitCommit, ownCommand, startTime } from './processFacts.js';
import { type ProfileEvent, type ProfileKind, Profiles, type ProfileTargets } from './profiles/profiles.js';

export interface InsightOptions {
  readonly version: string;
  /** Further members of /version, where another protocol has the same path. */
  readonly extraVersion?: Readonly<Record<string, unknown>>;
  /** The processes of an agent; absent where this process is none. */
  readonly targets?: ProfileTargets;
  /** Whether the agent's ceiling lets it observe. */
  readonly mayObserve: boolean;
  onProfile?(event: ProfileEvent): void;
}

/** All addresses of a client in one body: twelve characters each. */
const SYMBOL_BODY_BYTES = 4 * 1024 * 1024;
const UNKNOWN = '/pprof';
const PATHS = ['/version', '/recentStartTime', '/perfCounter'];
const PPROF = ['profile', 'heap', 'growth', 'symbol', 'cmdline'].map((name) => `/pprof/${name}`);
const DEFAULT_SECONDS: Readonly<Record<ProfileKind, number>> = { profile: 60, heap: 10, growth: 10 };

/** Where the client of Go looks when it is given host and port alone, and where it then asks for names. */
const GO_PREFIX = '/debug';

/** Paths in the looser form of Pegasus: `//pprof///heap/`. */
export function insightAliases(): PathAlias {
  const pegasus = pegasusAlias(new Set(['/', ...PATHS, ...PPROF, UNKNOWN]), {
    folder: 'pprof',
    unknown: UNKNOWN,
  });
  return (path) => {
    const below = path.slice(GO_PREFIX.length);
    return path.startsWith(`${GO_PREFIX}/`) && PPROF.includes(below) ? below : pegasus(path);
  };
}

/** What a process tells of itself, in the shape of Pegasus: version, counters, profiles; profiles of others, too. */
export function insightRoutes(options: InsightOptions): Route[] {
  const profiles = new Profiles(options);
  const perf = new PerfCounters(counters);
  const tag = 'insight';
  const plain = { tag, method: 'ANY', failure } as const;
  return [
    {
      ...plain,
      path: '/version',
      summary: 'Version and commit of this process',
      role: 'viewer',
      handle: target(() => json(versionBody(options))),
    },
    {
      ...plain,
      path: '/recentStartTime',
      summary: 'When this process began, in local time',
      role: 'viewer',
      handle: target(() => json(printPegasusTables([{ pairs: [['RecentStartTime', startTime()]] }]))),
    },
    {
      ...plain,
      path: '/perfCounter',
      summary: 'One counter: name=COUNTER',
      role: 'viewer',
      handle: target((parameters) => perfCounter(perf, parameters)),
    },
    {
      ...plain,
      path: '/remora/counters',
      summary: 'All counters of this process',
      role: 'viewer',
      handle: () => json(JSON.stringify({ counters: perf.list() })),
    },
    ...(['profile', 'heap', 'growth'] as const).map(
      (kind): Route => ({
        ...plain,
        path: `/pprof/${kind}`,
        summary: `${SUMMARIES[kind]}, for pprof: seconds=${DEFAULT_SECONDS[kind]}, process=NAME, symbols=remote`,
        role: 'operator',
        handle: target((parameters, request) => profile(profiles, options, kind, parameters, request)),
      }),
    ),
    {
      ...plain,
      path: '/pprof/symbol',
      summary: 'GET: how many addresses have a name; POST: the names of those in the body',
      role: 'viewer',
      bodyLimit: SYMBOL_BODY_BYTES,
      handle: target((_, request) => symbol(profiles, request)),
    },
    {
      ...plain,
      path: '/pprof/cmdline',
      summary: 'The command line, an argument a line: process=NAME',
      role: 'viewer',
      handle: target((parameters) => commandLine(profiles, parameters)),
    },
    {
      ...plain,
      path: UNKNOWN,
      summary: 'Nothing: the names below it stand in this list',
      role: 'none',
      handle: ({ path }) => text(404, pegasusUnknownPath(unknownName(path))),
    },
    {
      method: 'GET',
      path: '/health',
      summary: 'Is this process up? 200, empty',
      tag,
      role: 'none',
      handle: () => ({ status: 200, contentType: 'text/plain', body: '' }),
    },
  ];
}

const SUMMARIES: Readonly<Record<ProfileKind, string>> = {
  profile: 'Where a process spends its CPU time',
  heap: 'What allocated the memory that is in use',
  growth: 'What allocates memory, in use or not',
};

type Parameters = ReadonlyMap<string, string>;

/** A handler of a request whose target is read by the rules of Pegasus. */
function target(
  handle: (parameters: Parameters, request: ApiRequest) => ApiResponse | Promise<ApiResponse>,
): NonNullable<Route['handle']> {
  return (request) => handle(parsePegasusTarget(request.path, request.search).parameters, request);
}

function versionBody({ version, extraVersion = {} }: InsightOptions): string {
  const own = printPegasusTables([
    {
      pairs: [
        ['Version', version],
        ['GitCommit', gitCommit()],
      ],
    },
  ]);
  const extra = JSON.stringify(extraVersion).slice(1, -1);
  return extra === '' ? own : `${own.trimEnd().slice(0, -1)},${extra}}\n`;
}

function perfCounter(perf: PerfCounters, parameters: Parameters): ApiResponse {
  if ([...parameters.keys()].some((name) => name !== 'name')) return text(400, '');
  const counter = perf.find(parameters.get('name') ?? '');
  if (!counter) return json('{}\n');
  const { name, type, description } = counter;
  const values: [string, string][] =
    counter.type === 'PERCENTILE'
      ? [
          ['p99', pegasusDouble(counter.p99)],
          ['p999', pegasusDouble(counter.p999)],
        ]
      : [['value', pegasusDouble(counter.value)]];
  return json(
    printPegasusTables([
      { pairs: [['name', name], ...values, ['type', type], ['description', description]] },
    ]),
  );
}

async function profile(
  profiles: Profiles,
  options: InsightOptions,
  kind: ProfileKind,
  parameters: Parameters,
  { caller, signal }: ApiRequest,
): Promise<ApiResponse> {
  const process = processOf(parameters);
  if (process !== undefined) mayObserve(options, kind, process, caller);
  const body = await profiles.take({
    kind,
    process,
    seconds: secondsOf(kind, parameters.get('seconds')),
    symbols: symbolsOf(parameters.get('symbols')),
    caller,
    signal,
  });
  return { status: 200, contentType: 'application/octet-stream', body };
}

/** The role of the route holds for ourselves, too; what an agent may do to others is its ceiling's to say. */
function mayObserve(options: InsightOptions, kind: ProfileKind, process: string, caller: Caller): void {
  if (!options.targets) throw insightErrors.notAnAgent();
  if (options.mayObserve) return;
  options.onProfile?.({ kind, caller, process, outcome: 'refused' });
  throw insightErrors.aboveCeiling();
}

function processOf(parameters: Parameters): string | undefined {
  const process = parameters.get('process')?.trim();
  return process === '' ? undefined : process;
}

/**
 * As Pegasus reads it (wire/pegasus-http.md 5.1, 5.2): a CPU profile takes the leading digits and nothing for 0, a heap
 * profile takes what is no number for absent.
 */
function secondsOf(kind: ProfileKind, given: string | undefined): number {
  if (given === undefined || given === '') return DEFAULT_SECONDS[kind];
  if (kind === 'profile') return Number(/^\d*/.exec(given)?.[0] ?? 0);
  return /^\d{1,10}$/.test(given) ? Number(given) : DEFAULT_SECONDS[kind];
}

function symbolsOf(given: string | undefined): 'inside' | 'remote' {
  if (given === undefined || given === '' || given === 'inside') return 'inside';
  if (given === 'remote') return 'remote';
  throw insightErrors.badParameter('symbols', given, 'inside or remote');
}

function symbol(profiles: Profiles, { method, body }: ApiRequest): ApiResponse {
  const { symbols } = profiles;
  if (method !== 'POST') return text(200, formatSymbolCount(symbols.size));
  const addresses = parseSymbolRequest(body.toString('latin1'));
  return text(
    200,
    formatSymbols(addresses, (address) => symbols.nameOf(address)),
  );
}

async function commandLine(profiles: Profiles, parameters: Parameters): Promise<ApiResponse> {
  const process = processOf(parameters);
  const command = process === undefined ? ownCommand() : (await profiles.process(process)).command;
  return text(200, commandText(command));
}

function unknownName(path: string): string {
  try {
    return parsePegasusPath(path);
  } catch (error) {
    return errorText(error);
  }
}

/** Anything else that goes wrong is ours to have done better: 500, as the protocol has it. */
const STATUS: Readonly<Record<string, number>> = {
  'process-not-found': 404,
  'no-process': 404,
  'process-ambiguous': 400,
  'profile-too-long': 400,
  'bad-parameter': 400,
  'not-an-agent': 400,
  'role-too-small': 403,
  'above-ceiling': 403,
};

/** Text, and the header by which the client of Go shows it to its user (wire/pegasus-http.md 6.1). */
function failure(error: RemoraError, status: number): ApiResponse {
  if (isBadPegasusTarget(error)) return text(400, error.message);
  const known = STATUS[error.code] ?? (status === 400 ? 500 : status);
  const answer = text(known, `${error.text}\n`);
  return { ...answer, headers: { ...answer.headers, 'x-go-pprof': '1' } };
}

function text(status: number, body: string): ApiResponse {
  return { status, contentType: 'text/plain', headers: { 'x-content-type-options': 'nosniff' }, body };
}

function json(body: string): ApiResponse {
  return { status: 200, contentType: 'application/json', body };
}
