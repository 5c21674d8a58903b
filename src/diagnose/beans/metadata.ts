import type { Bean, BeanValue } from '../../target/index.js';

interface AttributeMetadata {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly is: boolean;
}

export interface BeanMetadata {
  readonly className: string;
  readonly description: string;
  readonly attributes: readonly AttributeMetadata[];
  readonly constructors: readonly never[];
  readonly operations: readonly never[];
  readonly notifications: readonly never[];
}

/** By `domain:type=X`. */
const KINDS: Readonly<Record<string, readonly [className: string, description: string]>> = {
  'node.async:type=ActiveResource': [
    'process.getActiveResourcesInfo',
    'What keeps the event loop alive, by type',
  ],
  'node.diagnostics:type=Channel': [
    'diagnostics_channel.Channel',
    'A diagnostics channel and who listens to it',
  ],
  'node.dns:type=Resolver': ['dns', 'The default resolver'],
  'node.http:type=Agent': ['http.Agent', 'Connections of http.request, by host'],
  'node.https:type=Agent': ['https.Agent', 'Connections of https.request, by host'],
  'node.module:type=Loader': ['module', 'A loader of modules'],
  'node.net:type=Server': ['net.Server', 'A listening server, by its address'],
  'node.net:type=Sockets': ['net.Socket', 'All open sockets together; bytesQueued waits to be written'],
  'node.os:type=OperatingSystem': ['os', 'The machine'],
  'node.perf:type=EventLoopDelay': [
    'perf_hooks.IntervalHistogram',
    'By how much timers come late, in ms; counted with -i',
  ],
  'node.perf:type=EventLoopUtilization': [
    'perf_hooks.EventLoopUtilization',
    'Time of the event loop since the start, in ms',
  ],
  'node.perf:type=LoopMetrics': ['perf_hooks.UVMetrics', 'Turns and events of libuv'],
  'node.perf:type=Timing': ['perf_hooks.PerformanceNodeTiming', 'When the process was ready for what, in ms'],
  'node.process:type=Cpu': ['process.cpuUsage', 'CPU time in microseconds'],
  'node.process:type=Memory': ['process.memoryUsage', 'Memory in bytes'],
  'node.process:type=Resources': ['process.resourceUsage', 'What the system counts of the process'],
  'node.process:type=Runtime': ['process', 'The process'],
  'node.undici:type=Dispatcher': ['undici.Dispatcher', 'What fetch sends by, and the origins it knows'],
  'node.v8:type=GarbageCollector': [
    'perf_hooks.PerformanceObserver',
    'Collections, and their time in ms; counted with -i',
  ],
  'node.v8:type=Heap': ['v8.getHeapStatistics', "V8's heap in bytes"],
  'node.v8:type=HeapSpace': ['v8.getHeapSpaceStatistics', "A space of V8's heap in bytes"],
};

export function metadataOf({ name, attributes }: Bean): BeanMetadata {
  const [className, description] = KINDS[name.replace(/,name=[\s\S]*$/, '')] ?? ['', ''];
  return {
    className,
    description,
    attributes: Object.entries(attributes).map(([attribute, value]) => ({
      name: attribute,
      type: typeOf(value),
      description: attribute,
      readable: true,
      writable: false,
      is: typeof value === 'boolean',
    })),
    constructors: [],
    operations: [],
    notifications: [],
  };
}

function typeOf(value: BeanValue | undefined): string {
  if (value === undefined || value === null) return 'number';
  return Array.isArray(value) ? 'string[]' : typeof value;
}
