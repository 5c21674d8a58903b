/** What `/meta/*` shows of a store: first generation, section 3 of wire/pegasus-http.md. */
import { formatDateTime } from '../base/index.js';
import type { PartitionInfo, Store, TableInfo } from '../store/index.js';
import { type PegasusTable, pegasusDouble, printPegasusTables } from '../wire/index.js';
import { compareAddresses } from './addresses.js';
import { deviation, type NodeReplicas } from './balance.js';
import { appBusy, appNotFound } from './errors.js';
import { type Health, healthOf, liveReplicas } from './health.js';

const NONE = '-';
/** Below so many live nodes a cluster moves no replicas; the default of `min_live_node_count_for_unfreeze`. */
const MIN_LIVE_NODES = 3;
const MIN_LIVE_PERCENT = 65;

/** 3.3. @throws RemoraError `meta-app-not-found`, `meta-app-busy`. */
export async function appView(store: Store, name: string, detail: boolean): Promise<string> {
  const info = (await store.tables()).find(({ spec }) => spec.name === name);
  if (!info) throw appNotFound(name);
  if (info.status !== 'available') throw appBusy(info.status);
  const partitions = await store.partitions(name);
  const general: PegasusTable = {
    name: 'general',
    pairs: [
      ['app_name', name],
      ['app_id', info.id],
      ['partition_count', partitions.length],
      ['max_replica_count', partitions[0]?.maxReplicaCount ?? 0],
    ],
  };
  if (!detail) return printPegasusTables([general]);
  return printPegasusTables([
    general,
    replicas(partitions),
    nodesOfApp(partitions),
    healthy(healthOf(partitions)),
  ]);
}

function replicas(partitions: readonly PartitionInfo[]): PegasusTable {
  return {
    name: 'replicas',
    title: 'pidx',
    columns: ['ballot', 'replica_count', 'primary', 'secondaries'],
    rows: partitions.map((partition) => [
      String(partition.index),
      partition.ballot,
      `${liveReplicas(partition)}/${partition.maxReplicaCount}`,
      partition.primary ?? NONE,
      `[${partition.secondaries.join(',')}]`,
    ]),
  };
}

function nodesOfApp(partitions: readonly PartitionInfo[]): PegasusTable {
  const counts = [...countReplicas(partitions)].sort(([a], [b]) => compareAddresses(a, b));
  const sum = (count: (each: Held) => number): number =>
    counts.reduce((all, [, each]) => all + count(each), 0);
  const total: Held = {
    primaries: sum((each) => each.primaries),
    secondaries: sum((each) => each.secondaries),
  };
  return {
    name: 'nodes',
    title: 'node',
    columns: ['primary', 'secondary', 'total'],
    rows: [...counts, ['total', total] as const].map(([node, { primaries, secondaries }]) => [
      node,
      primaries,
      secondaries,
      primaries + secondaries,
    ]),
  };
}

function healthy(health: Health): PegasusTable {
  return {
    name: 'healthy',
    pairs: [
      ['fully_healthy_partition_count', health.fullyHealthy],
      ['unhealthy_partition_count', health.unhealthy],
      ['write_unhealthy_partition_count', health.writeUnhealthy],
      ['read_unhealthy_partition_count', health.readUnhealthy],
    ],
  };
}

interface Held {
  primaries: number;
  secondaries: number;
}

/** Replicas by node. */
function countReplicas(partitions: readonly PartitionInfo[]): Map<string, Held> {
  const counts = new Map<string, Held>();
  const of = (node: string): Held => {
    const held = counts.get(node) ?? { primaries: 0, secondaries: 0 };
    counts.set(node, held);
    return held;
  };
  for (const { primary, secondaries } of partitions) {
    if (primary !== undefined) of(primary).primaries += 1;
    for (const secondary of secondaries) of(secondary).secondaries += 1;
  }
  return counts;
}

interface App {
  readonly info: TableInfo;
  readonly partitions: readonly PartitionInfo[];
}

/** Tables that are there to be used, by id, with their partitions. */
async function availableApps(store: Store): Promise<App[]> {
  const infos = (await store.tables()).filter(({ status }) => status === 'available');
  infos.sort((a, b) => a.id - b.id);
  return Promise.all(
    infos.map(async (info) => ({ info, partitions: await store.partitions(info.spec.name) })),
  );
}

/** 3.4 */
export async function appsView(store: Store, detail: boolean): Promise<string> {
  const apps = await availableApps(store);
  const tables: PegasusTable[] = [generalInfo(apps)];
  const total = ['total_app_count', apps.length] as const;
  if (!detail || apps.length === 0)
    return printPegasusTables([...tables, { name: 'summary', pairs: [total] }]);
  const healths = apps.map(({ partitions }) => healthOf(partitions));
  const count = (isSuch: (health: Health) => boolean): number => healths.filter(isSuch).length;
  tables.push(healthyInfo(apps), {
    name: 'summary',
    pairs: [
      total,
      ['fully_healthy_app_count', count(({ unhealthy }) => unhealthy === 0)],
      ['unhealthy_app_count', count(({ unhealthy }) => unhealthy > 0)],
      ['write_unhealthy_app_count', count(({ writeUnhealthy }) => writeUnhealthy > 0)],
      ['read_unhealthy_app_count', count(({ readUnhealthy }) => readUnhealthy > 0)],
    ],
  });
  return printPegasusTables(tables);
}

function generalInfo(apps: readonly App[]): PegasusTable {
  return {
    name: 'general_info',
    title: 'app_id',
    columns: [
      'status',
      'app_name',
      'app_type',
      'partition_count',
      'replica_count',
      'is_stateful',
      'create_time',
      'drop_time',
      'drop_expire',
      'envs_count',
    ],
    rows: apps.map(({ info, partitions }) => [
      String(info.id),
      'AVAILABLE',
      info.spec.name,
      'pegasus',
      partitions.length,
      partitions[0]?.maxReplicaCount ?? 0,
      true,
      createTime(info.createTime),
      NONE,
      NONE,
      Object.keys(info.envs).length,
    ]),
  };
}

/** Kept in whole seconds, printed with milliseconds. */
function createTime(ms: number): string {
  return ms > 0 ? formatDateTime(Math.floor(ms / 1000) * 1000) : NONE;
}

function healthyInfo(apps: readonly App[]): PegasusTable {
  return {
    name: 'healthy_info',
    title: 'app_id',
    columns: [
      'app_name',
      'partition_count',
      'fully_healthy',
      'unhealthy',
      'write_unhealthy',
      'read_unhealthy',
    ],
    rows: apps.map(({ info, partitions }) => {
      const health = healthOf(partitions);
      return [
        String(info.id),
        info.spec.name,
        health.partitions,
        health.fullyHealthy,
        health.unhealthy,
        health.writeUnhealthy,
        health.readUnhealthy,
      ];
    }),
  };
}

interface Node extends NodeReplicas {
  readonly address: string;
}

/** All nodes that are known, with what they hold of available tables. */
async function nodesWithReplicas(store: Store): Promise<Node[]> {
  const counts = countReplicas((await availableApps(store)).flatMap(({ partitions }) => partitions));
  return (await store.nodes())
    .map(({ address, status }) => ({
      address,
      isAlive: status === 'ALIVE',
      ...(counts.get(address) ?? { primaries: 0, secondaries: 0 }),
    }))
    .sort((a, b) => compareAddresses(a.address, b.address));
}

/** 3.5 */
export async function nodesView(store: Store, detail: boolean): Promise<string> {
  const nodes = await nodesWithReplicas(store);
  const alive = nodes.filter(({ isAlive }) => isAlive).length;
  return printPegasusTables([
    {
      name: 'details',
      title: 'address',
      columns: ['status', ...(detail ? ['replica_count', 'primary_count', 'secondary_count'] : [])],
      rows: nodes.map(({ address, isAlive, primaries, secondaries }) => [
        address,
        isAlive ? 'ALIVE' : 'UNALIVE',
        ...(detail ? [primaries + secondaries, primaries, secondaries] : []),
      ]),
    },
    {
      name: 'summary',
      pairs: [
        ['total_node_count', nodes.length],
        ['alive_node_count', alive],
        ['unalive_node_count', nodes.length - alive],
      ],
    },
  ]);
}

/** 3.6 */
export async function clusterView(store: Store): Promise<string> {
  const [{ engine, root, primary = NONE }, nodes] = await Promise.all([
    store.cluster(),
    nodesWithReplicas(store),
  ]);
  return printPegasusTables([
    {
      pairs: [
        ['meta_servers', primary],
        ['primary_meta_server', primary],
        ['zookeeper_hosts', engine],
        ['zookeeper_root', root === '' ? '/' : root],
        ['meta_function_level', functionLevel(nodes)],
        // No driver moves replicas by itself, so there is nothing that it would do next.
        ['balance_operation_count', 'move_pri=0,copy_pri=0,copy_sec=0,total=0'],
        ['primary_replica_count_stddev', pegasusDouble(deviation(nodes, ({ primaries }) => primaries))],
        [
          'total_replica_count_stddev',
          pegasusDouble(deviation(nodes, ({ primaries, secondaries }) => primaries + secondaries)),
        ],
      ],
    },
  ]);
}

function functionLevel(nodes: readonly Node[]): string {
  const alive = nodes.filter(({ isAlive }) => isAlive).length;
  const isFrozen = alive < MIN_LIVE_NODES || alive * 100 < MIN_LIVE_PERCENT * nodes.length;
  return isFrozen ? 'freezed' : 'steady';
}

/** 3.7: an unknown table has no envs. */
export async function appEnvsView(store: Store, name: string): Promise<string> {
  const envs = (await store.tables()).find(({ spec }) => spec.name === name)?.envs ?? {};
  const pairs = Object.entries(envs).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return printPegasusTables([{ pairs }]);
}
