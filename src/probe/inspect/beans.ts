/** What `mbean` shows: things that Node.js keeps account of by itself, as `domain:type=X,name=Y` with attributes. */
import type * as Dns from 'node:dns';
import type * as Http from 'node:http';
import type * as Net from 'node:net';
import type * as Os from 'node:os';
import type * as PerfHooks from 'node:perf_hooks';
import type * as V8 from 'node:v8';
import { apply, isArray, isObject, mapEntries, mapIteratorNext, ownData, ownKeys } from '../main/captured.js';
import { classNameOf } from '../main/className.js';
import type { MainFunction } from '../main/functions.js';
import { jsonText } from '../main/json.js';
import type { InspectContext } from './inspect.js';

export type BeanValue =
  | string
  | number
  | boolean
  | null
  | readonly string[]
  | { readonly [name: string]: BeanValue };

export interface Bean {
  readonly name: string;
  readonly attributes: Readonly<Record<string, BeanValue | undefined>>;
}

const MOST_BEANS = 1000;
const MOST_NAMES = 100;
const LONGEST = 200;
const weakRefDeref = WeakRef.prototype.deref;

export function beanFunctions(context: InspectContext): Record<string, MainFunction> {
  // diagnostics_channel keeps its channels in a map of its own, which the agent reads from the scopes of this function.
  context.expose(
    'diagnosticsChannel',
    ownData(context.builtin<object>('node:diagnostics_channel'), 'channel'),
  );
  context.expose('channelRows', (scopes: unknown) => jsonText(channelBeans(context, scopes)));
  return { /** → Bean[] */ inspectBeans: () => allBeans(context).slice(0, MOST_BEANS) };
}

function allBeans(context: InspectContext): Bean[] {
  return [
    ...attempt(() => perfBeans(context)),
    ...attempt(() => heapBeans(context.builtin<typeof V8>('node:v8'))),
    ...attempt(processBeans),
    ...attempt(() => osBeans(context.builtin<typeof Os>('node:os'))),
    ...attempt(() => activeBeans()),
    ...attempt(() => handleBeans(context)),
    ...attempt(() => agentBeans(context)),
    ...attempt(() => dnsBeans(context.builtin<typeof Dns>('node:dns'))),
    ...attempt(() => dispatcherBeans(context)),
    ...attempt(() => loaderBeans(context)),
  ];
}

function attempt(read: () => Bean[]): Bean[] {
  try {
    return read();
  } catch {
    // Something of Node's that the application has spoilt: the others are there all the same.
    return [];
  }
}

function perfBeans(context: InspectContext): Bean[] {
  const { performance } = context.builtin<typeof PerfHooks>('node:perf_hooks');
  const { idle, active, utilization } = performance.eventLoopUtilization();
  const timing = performance.nodeTiming as unknown as Record<string, number>;
  const metrics = (timing.uvMetricsInfo ?? {}) as unknown as Record<string, number>;
  const attributes: Record<string, number | undefined> = {};
  for (const name of ['nodeStart', 'v8Start', 'environment', 'bootstrapComplete', 'loopStart', 'loopExit']) {
    attributes[name] = timing[name];
  }
  return [
    { name: 'node.perf:type=EventLoopUtilization', attributes: { idle, active, utilization } },
    { name: 'node.perf:type=Timing', attributes },
    {
      name: 'node.perf:type=LoopMetrics',
      attributes: {
        loopCount: metrics.loopCount,
        events: metrics.events,
        eventsWaiting: metrics.eventsWaiting,
      },
    },
  ];
}

function heapBeans(v8: typeof V8): Bean[] {
  return [
    {
      name: 'node.v8:type=Heap',
      attributes: { ...(v8.getHeapStatistics() as unknown as Record<string, number>) },
    },
    ...v8.getHeapSpaceStatistics().map(({ space_name: name, ...rest }) => ({
      name: `node.v8:type=HeapSpace,name=${name}`,
      attributes: rest as unknown as Record<string, number>,
    })),
  ];
}

function processBeans(): Bean[] {
  const { user, system } = process.cpuUsage();
  const usage = process.resourceUsage();
  return [
    {
      name: 'node.process:type=Runtime',
      attributes: {
        pid: process.pid,
        ppid: process.ppid,
        title: process.title,
        version: process.version,
        uptime: process.uptime(),
        arch: process.arch,
        platform: process.platform,
      },
    },
    { name: 'node.process:type=Memory', attributes: { ...process.memoryUsage() } },
    { name: 'node.process:type=Cpu', attributes: { user, system } },
    {
      name: 'node.process:type=Resources',
      attributes: {
        maxRSS: usage.maxRSS,
        minorPageFault: usage.minorPageFault,
        majorPageFault: usage.majorPageFault,
        fsRead: usage.fsRead,
        fsWrite: usage.fsWrite,
        voluntaryContextSwitches: usage.voluntaryContextSwitches,
        involuntaryContextSwitches: usage.involuntaryContextSwitches,
      },
    },
  ];
}

function osBeans(os: typeof Os): Bean[] {
  return [
    {
      name: 'node.os:type=OperatingSystem',
      attributes: {
        name: os.type(),
        release: os.release(),
        processors: os.cpus().length,
        loadAverage: os.loadavg()[0],
        freeMemory: os.freemem(),
        totalMemory: os.totalmem(),
      },
    },
  ];
}

function activeBeans(): Bean[] {
  const { getActiveResourcesInfo } = process as { getActiveResourcesInfo?: () => string[] };
  const counts = new Map<string, number>();
  for (const name of getActiveResourcesInfo?.call(process) ?? [])
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({
    name: `node.async:type=ActiveResource,name=${name}`,
    attributes: { count },
  }));
}

/** Servers and sockets that are open, from the list that Node keeps of handles. */
function handleBeans(context: InspectContext): Bean[] {
  const { Server, Socket } = context.builtin<typeof Net>('node:net');
  const list = (process as unknown as { _getActiveHandles?: () => unknown })._getActiveHandles?.();
  const beans: Bean[] = [];
  const sockets = { count: 0, paused: 0, bytesQueued: 0 };
  if (!isArray(list)) return beans;
  for (let at = 0; at < list.length; at++) {
    const handle: unknown = list[at];
    if (!isObject(handle) || context.types.isProxy(handle)) continue;
    if (inherits(handle, Server.prototype)) beans[beans.length] = serverBean(handle, context, at);
    else if (inherits(handle, Socket.prototype)) {
      sockets.count += 1;
      const writable = ownData(handle, '_writableState');
      const queued = isObject(writable) ? ownData(writable, 'length') : 0;
      if (typeof queued === 'number') sockets.bytesQueued += queued;
    }
  }
  return [
    ...beans,
    { name: 'node.net:type=Sockets', attributes: { count: sockets.count, bytesQueued: sockets.bytesQueued } },
  ];
}

const SERVER_FIELDS = [
  'maxConnections',
  'allowHalfOpen',
  'pauseOnConnect',
  'timeout',
  'keepAliveTimeout',
  'headersTimeout',
  'requestTimeout',
  'maxHeadersCount',
  'maxRequestsPerSocket',
  'connectionsCheckingInterval',
];

function serverBean(server: object, context: InspectContext, at: number): Bean {
  const key = ownData(server, '_connectionKey');
  const className = classNameOf(server, context.types);
  const attributes: Record<string, BeanValue | undefined> = {
    class: className,
    connections: plain(ownData(server, '_connections')),
  };
  for (const field of SERVER_FIELDS) attributes[field] = plain(ownData(server, field));
  return {
    name: `node.net:type=Server,name=${typeof key === 'string' ? text(key) : at}`,
    attributes,
  };
}

function agentBeans(context: InspectContext): Bean[] {
  const beans: Bean[] = [];
  for (const scheme of ['http', 'https'] as const) {
    // Only where the application has loaded it: to ask for it would load it.
    const module = loadedBuiltin(context, scheme);
    const agent =
      module && (ownData(module, 'globalAgent') ?? attemptValue(() => (module as typeof Http).globalAgent));
    if (!isObject(agent) || context.types.isProxy(agent)) continue;
    const attributes: Record<string, BeanValue | undefined> = {};
    for (const field of [
      'keepAlive',
      'keepAliveMsecs',
      'maxSockets',
      'maxFreeSockets',
      'maxTotalSockets',
      'scheduling',
      'totalSocketCount',
    ]) {
      attributes[field] = plain(ownData(agent, field));
    }
    for (const field of ['sockets', 'freeSockets', 'requests'])
      attributes[field] = lengths(ownData(agent, field));
    beans[beans.length] = { name: `node.${scheme}:type=Agent,name=globalAgent`, attributes };
  }
  return beans;
}

function loadedBuiltin(context: InspectContext, name: string): object | undefined {
  const list = (process as unknown as { moduleLoadList?: unknown }).moduleLoadList;
  if (!isArray(list) || !list.includes(`NativeModule ${name}`)) return undefined;
  return context.builtin<object>(`node:${name}`);
}

/** `{host: how many}` */
function lengths(holder: unknown): BeanValue | undefined {
  if (!isObject(holder)) return undefined;
  const found: Record<string, number> = {};
  const keys = ownKeys(holder);
  for (let at = 0; at < keys.length && at < MOST_NAMES; at++) {
    const key = keys[at];
    const list = typeof key === 'string' ? ownData(holder, key) : undefined;
    if (isArray(list)) found[text(key as string)] = list.length;
  }
  return found;
}

function dnsBeans(dns: typeof Dns): Bean[] {
  return [
    {
      name: 'node.dns:type=Resolver,name=default',
      attributes: { servers: dns.getServers().map(text), resultOrder: dns.getDefaultResultOrder?.() },
    },
  ];
}

/** That of `fetch`, once it was used. */
function dispatcherBeans(context: InspectContext): Bean[] {
  const dispatcher = ownData(globalThis, Symbol.for('undici.globalDispatcher.1'));
  if (!isObject(dispatcher) || context.types.isProxy(dispatcher)) return [];
  const origins: string[] = [];
  for (const key of ownKeys(dispatcher)) {
    const clients =
      typeof key === 'symbol' && key.description === 'clients' ? ownData(dispatcher, key) : undefined;
    if (!isObject(clients) || !context.types.isMap(clients)) continue;
    const entries = apply(mapEntries, clients, []);
    for (let count = 0; count < MOST_NAMES; count++) {
      const step = apply(mapIteratorNext, entries, []) as IteratorResult<[unknown, unknown]>;
      if (step.done) break;
      if (typeof step.value[0] === 'string') origins[origins.length] = text(step.value[0]);
    }
  }
  return [
    {
      name: 'node.undici:type=Dispatcher,name=global',
      attributes: { class: classNameOf(dispatcher, context.types), origins },
    },
  ];
}

function loaderBeans(context: InspectContext): Bean[] {
  const module = context.builtin<object>('node:module');
  const cache = ownData(module, '_cache');
  const extensions = ownData(module, '_extensions');
  return [
    {
      name: 'node.module:type=Loader,name=commonjs',
      attributes: {
        loadedCount: isObject(cache) && !context.types.isProxy(cache) ? ownKeys(cache).length : undefined,
        extensions: isObject(extensions)
          ? ownKeys(extensions)
              .filter((key) => typeof key === 'string')
              .map(text)
          : undefined,
      },
    },
  ];
}

/** `scopes`: [[Scopes]] of `diagnostics_channel.channel`, where the map of channels is a variable. */
function channelBeans(context: InspectContext, scopes: unknown): Bean[] {
  const beans: Bean[] = [];
  if (!isArray(scopes)) return beans;
  for (let index = 0; index < scopes.length && index < 10; index++) {
    const holder = ownData(scopes[index] as object, 'object');
    const channels = isObject(holder) ? ownData(holder, 'channels') : undefined;
    if (!isObject(channels) || !context.types.isMap(channels)) continue;
    const entries = apply(mapEntries, channels, []);
    for (let count = 0; count < MOST_BEANS; count++) {
      const step = apply(mapIteratorNext, entries, []) as IteratorResult<[unknown, unknown]>;
      if (step.done) break;
      const [key, reference] = step.value;
      const channel = isObject(reference) ? channelOf(reference) : undefined;
      const name = typeof key === 'symbol' ? `Symbol(${key.description ?? ''})` : String(key);
      if (channel) beans[beans.length] = channelBean(name, channel);
    }
    break;
  }
  return beans;
}

/** Node 20 to 26 keep a WeakRef by inheritance, or a reference of their own with `get`. */
function channelOf(reference: object): object | undefined {
  const channel =
    attemptValue(() => apply(weakRefDeref, reference as WeakRef<object>, [])) ??
    attemptValue(() => (reference as { get(): unknown }).get());
  return isObject(channel) ? channel : undefined;
}

function channelBean(name: string, channel: object): Bean {
  const subscribers = ownData(channel, '_subscribers');
  const stores = ownData(channel, '_stores');
  const count = isArray(subscribers) ? subscribers.length : 0;
  return {
    name: `node.diagnostics:type=Channel,name=${text(name)}`,
    attributes: {
      hasSubscribers: count > 0,
      subscribers: count,
      stores: isObject(stores)
        ? (attemptValue(() =>
            Number(Object.getOwnPropertyDescriptor(Map.prototype, 'size')?.get?.call(stores)),
          ) ?? 0)
        : 0,
    },
  };
}

function inherits(value: object, prototype: object): boolean {
  let holder = Reflect.getPrototypeOf(value);
  for (let steps = 0; holder !== null && steps < 20; steps++) {
    if (holder === prototype) return true;
    holder = Reflect.getPrototypeOf(holder);
  }
  return false;
}

function plain(value: unknown): BeanValue | undefined {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return typeof value === 'boolean' || value === null ? value : undefined;
}

function text(value: string | symbol): string {
  return String(value).slice(0, LONGEST);
}

function attemptValue<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
