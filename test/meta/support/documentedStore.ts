import type { PartitionInfo, Store, TableInfo } from '../../../src/store/index.js';

const ONE = '127.0.0.1:34801';
const TWO = '127.0.0.1:34802';
const CREATED = new Date(2019, 7, 15, 12, 34, 15, 678).getTime();

function partitions(count: number): PartitionInfo[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    ballot: 2,
    maxReplicaCount: 3,
    primary: index % 2 === 0 ? ONE : TWO,
    secondaries: [index % 2 === 0 ? TWO : ONE],
  }));
}

function table(id: number, name: string, count: number, envs = {}): TableInfo {
  const spec = { name, kind: 'state', partitions: count } as const;
  return { id, spec, status: 'available', createTime: CREATED, envs };
}

/** What the views ask of a store. */
export type ViewedStore = Pick<Store, 'tables' | 'partitions' | 'nodes' | 'cluster'>;

/**
 * The cluster of the document: two nodes left of a table's three. No store of one node can be brought into that state, so
 * this one only says so.
 */
export function documentedStore(changes: Partial<ViewedStore> = {}): Store {
  const tables = [
    table(1, 'stat', 4),
    table(2, 'temp', 8, { 'replica.slow_query_threshold': '20', 'replica.enable_slow_query_log': 'true' }),
  ];
  const store: ViewedStore = {
    tables: async () => tables,
    partitions: async (name) => partitions(name === 'stat' ? 4 : 8),
    nodes: async () => [
      { address: TWO, status: 'ALIVE' },
      { address: ONE, status: 'ALIVE' },
    ],
    cluster: async () => ({
      engine: '127.0.0.1:22181',
      root: '/pegasus/onebox/127.0.0.1',
      primary: '127.0.0.1:34601',
    }),
    ...changes,
  };
  return store as Store;
}
