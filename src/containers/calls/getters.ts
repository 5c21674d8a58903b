/** The small getters of shared/wire/mesos-agent.md 4.8. */
import { cpus, freemem, hostname, loadavg, totalmem } from 'node:os';
import type { Response } from '../../wire/index.js';
import { type CallContext, defineCall, defineGetter } from './call.js';

export const getHealth = defineGetter('GET_HEALTH', () => ({ get_health: { healthy: true } }));

export const getVersion = defineGetter('GET_VERSION', ({ version }) => ({
  get_version: { version_info: version },
}));

export const getAgent = defineGetter('GET_AGENT', ({ localPort }) => ({
  get_agent: { agent_info: { hostname: hostname(), port: localPort } },
}));

/** Nothing of these is here: this agent belongs to no cluster, so what it answers is empty, and true. */
export const emptyGetters = [
  defineGetter('GET_FRAMEWORKS', () => ({ get_frameworks: {} })),
  defineGetter('GET_EXECUTORS', () => ({ get_executors: {} })),
  defineGetter('GET_TASKS', () => ({ get_tasks: {} })),
  defineGetter('GET_OPERATIONS', () => ({ get_operations: {} })),
  defineGetter('GET_RESOURCE_PROVIDERS', () => ({ get_resource_providers: {} })),
  defineGetter('GET_STATE', () => ({
    get_state: { get_tasks: {}, get_executors: {}, get_frameworks: {} },
  })),
];

export const getMetrics = defineCall({
  type: 'GET_METRICS',
  body: 'get_metrics',
  role: 'viewer',
  run: async (context) => ({
    kind: 'object',
    response: { type: 'GET_METRICS', get_metrics: { metrics: metrics(context) } },
  }),
});

/** The reference's names where we have such a number, and every counter of ours below `remora/`. */
function metrics({ counters, live }: CallContext): NonNullable<Response['get_metrics']>['metrics'] {
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  const running = live.list().filter(({ state }) => state === 'running').length;
  const values: [name: string, value: number][] = [
    ['containerizer/mesos/containers_running', running],
    ['slave/uptime_secs', process.uptime()],
    ['system/cpus_total', cpus().length],
    ['system/load_1min', one],
    ['system/load_5min', five],
    ['system/load_15min', fifteen],
    ['system/mem_free_bytes', freemem()],
    ['system/mem_total_bytes', totalmem()],
    ...counters
      .list()
      .map(({ name, value }): [string, number] => [`remora/${name.replaceAll('.', '/')}`, value]),
  ];
  return values.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name, value }));
}
