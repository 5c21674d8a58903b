/** kill -9, and an end in order, in the middle of writes over real HTTP: what was acknowledged is there after the restart. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetClient } from '../../src/client/index.js';
import { CODECS } from '../../src/fleet/records.js';
import { openLmdbStore } from '../../src/store/index.js';
import { type ServerChild, startServerChild } from './support/child.js';

const ROUNDS = 6;
const WRITERS = 6;
const LOAD_MS = 700;

/** What the server has said "yes" to. */
class Acknowledged {
  /** Updates of each config by its only writer: text of the last, and their number. */
  readonly configs = new Map<string, { count: number; content: string; asked: string }>();
  readonly groups = new Set<string>();
  readonly bindings = new Set<string>();
  readonly agents = new Map<string, string>();
  readonly alarms = new Set<string>();
  readonly statistics = new Set<string>();
  total = 0;
}

/** Changes everything that can be changed, one call after another, until the server is gone. */
async function write(client: FleetClient, writer: number, round: number, said: Acknowledged): Promise<void> {
  const config = `config-${writer}`;
  for (let step = 0; ; step++) {
    const mark = `${round}.${writer}.${step}`;
    const own = said.configs.get(config);
    const content = `text ${mark}`;
    if (own) own.asked = content;
    await (own
      ? client.updateConfig({ name: config, content })
      : client.createConfig({ name: config, content }));
    said.configs.set(config, { count: (own?.count ?? 0) + 1, content, asked: content });
    const group = `group ${mark}`;
    await client.createGroup({ name: group, tags: [{ name: 'mark', value: mark }] });
    said.groups.add(group);
    await client.apply(config, group);
    said.bindings.add(`${group}|${config}`);
    const id = `agent-${writer}`;
    await client.heartbeat({
      id,
      type: 't',
      version: mark,
      ip: '',
      tags: { mark },
      status: '',
      startupTime: 0n,
    });
    said.agents.set(id, mark);
    await client.alarm(id, { type: 'mark', detail: mark });
    said.alarms.add(mark);
    await client.report(id, { cpu: 1, memory: 1n, extras: { mark } });
    said.statistics.add(mark);
    said.total += 6;
  }
}

async function check(client: FleetClient, said: Acknowledged, round: number): Promise<void> {
  const configs = new Map((await client.listConfigs()).map(({ name, content }) => [name, content]));
  for (const [name, { content, asked }] of said.configs) {
    // The call that was under way when the server was killed may have been done or not.
    assert.ok(
      [content, asked].includes(configs.get(name) ?? ''),
      `round ${round}: ${name} is '${configs.get(name)}', not '${content}'`,
    );
  }
  const groups = new Set((await client.listGroups()).map(({ name }) => name));
  for (const group of said.groups) assert.ok(groups.has(group), `round ${round}: ${group} is lost`);
  for (const binding of said.bindings) {
    const [group = '', config = ''] = binding.split('|');
    assert.deepEqual(await client.configsOf(group), [config], `round ${round}: ${binding}`);
  }
  const agents = new Map((await client.agents()).map((agent) => [agent.id, agent]));
  for (const [id, mark] of said.agents) {
    const found = agents.get(id);
    assert.ok(found, `round ${round}: ${id} is lost`);
    assert.ok(round === 0 || laterOrSame(found.version, mark), `${found.version} is older than ${mark}`);
    assert.equal(found.liveness, 'unknown since restart');
    // Whatever an agent is told to take comes with its text.
    for (const update of await client.updates(id, {}))
      assert.ok(update.status === 'NEW' && update.content !== '');
  }
}

function laterOrSame(mark: string, than: string): boolean {
  const [a = [], b = []] = [mark, than].map((each) => each.split('.').map(Number));
  for (const index of [0, 2]) if (a[index] !== b[index]) return (a[index] ?? 0) > (b[index] ?? 0);
  return true;
}

it(`${ROUNDS - 1} times kill -9 under load, and one end in order`, { timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'remora-kill-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const said = new Acknowledged();
  let server: ServerChild | undefined;
  t.after(() => server?.child.kill('SIGKILL'));
  for (let round = 0; round <= ROUNDS; round++) {
    server = await startServerChild(folder);
    const client = new FleetClient({ url: `http://127.0.0.1:${server.port}` });
    await check(client, said, round);
    if (round === ROUNDS) {
      await server.kill();
      client.close();
      break;
    }
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(client, writer, round, said));
    const ended = Promise.allSettled(writers);
    await sleep(LOAD_MS + Math.random() * 200);
    // The last round ends in order: that must lose nothing either, and must not hang on its writers.
    await (round === ROUNDS - 1 ? server.stop() : server.kill());
    for (const outcome of await ended) {
      const code = outcome.status === 'rejected' ? (outcome.reason as { code?: string }).code : 'no end';
      assert.match(
        code ?? '',
        /^(connection-|server-busy|busy)/,
        `round ${round}: a writer ended by ${code}`,
      );
    }
    client.close();
  }
  // Logs have no call that reads them back: from the tables, as another process.
  const store = await openLmdbStore({ folder: join(folder, 'store') });
  const marks = async (
    name: 'alarm' | 'stat',
    markOf: (value: never) => string | undefined,
  ): Promise<Set<string | undefined>> => {
    const table = await store.log({ kind: 'log', name, partitions: 4 }, CODECS[name] as never);
    const found = new Set<string | undefined>();
    for await (const { value } of table.read()) found.add(markOf(value as never));
    return found;
  };
  const alarms = await marks('alarm', (value: { detail: string }) => value.detail);
  for (const mark of said.alarms) assert.ok(alarms.has(mark), `alarm ${mark} is lost`);
  const statistics = await marks(
    'stat',
    (value: { details: string[][] }) => value.details.find(([name]) => name === 'mark')?.[1],
  );
  for (const mark of said.statistics) assert.ok(statistics.has(mark), `statistics ${mark} are lost`);
  await store.close();
  t.diagnostic(`${said.total} acknowledged writes, none lost`);
  assert.ok(said.total > 60);
});
