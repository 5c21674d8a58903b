import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AuditLine } from '../../src/base/index.js';
import { jsonCodec, openLmdbStore } from '../../src/store/index.js';
import { type CliRun, type Home, makeHome, runCli, startCli } from '../cli/support/cli.js';
import { all } from '../store/conformance/support.js';
import { eventually, freePort } from '../support/index.js';
import { BEARER, BY_TOKEN } from './support/meta.js';

const json = async (url: string): Promise<Record<string, string>> =>
  (await (await fetch(url, { headers: BEARER })).json()) as Record<string, string>;

function startServer(home: Home, port: number, data: string): CliRun {
  const file = join(home.runtime, 'token');
  writeFileSync(file, BY_TOKEN.tokens[0].secret, { mode: 0o600 });
  const flags = ['--listen', `127.0.0.1:${port}`, '--token', `tests:viewer:${file}`, '--data', data];
  return startCli(['server', ...flags], { home });
}

describe('remora server', () => {
  it('shows its store under the address where it listens, keeps tables and ballots, and audits into a table', async (t) => {
    const home = makeHome(t);
    const data = join(home.state, 'tables');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const address = `127.0.0.1:${port}`;
    const ballots: string[] = [];
    for (let start = 0; start < 2; start++) {
      const run = startServer(home, port, data);
      t.after(() => void run.child.kill('SIGKILL'));
      await run.waitFor(/listens on/);
      const cluster = await eventually(
        async () => {
          const found = await json(`${url}/meta/cluster`);
          return found.primary_meta_server === address && found;
        },
        { what: 'its own address' },
      );
      assert.equal(cluster.zookeeper_hosts, 'embedded');
      assert.equal(cluster.zookeeper_root, data);
      const app = await (await fetch(`${url}/meta//app/?name=audit&detail`, { headers: BEARER })).text();
      assert.match(app, new RegExp(`"nodes":\\{"${address}":\\{"node":"${address}","primary":"4"`));
      ballots.push(/"ballot":"(\d+)"/.exec(app)?.[1] ?? '');
      const refused = await fetch(`${url}/meta/apps`, { headers: { 'sec-fetch-site': 'cross-site' } });
      assert.equal(refused.status, 403);
      assert.equal(refused.headers.get('content-type'), 'text/plain');
      run.child.kill('SIGTERM');
      assert.equal((await run.end).code, 0, run.stderr());
    }
    assert.equal(ballots[0], ballots[1], 'the same place again is no change of configuration');
    const store = await openLmdbStore({ folder: data, address });
    t.after(() => store.close());
    const audit = await store.log<AuditLine>({ name: 'audit', kind: 'log', partitions: 4 }, jsonCodec());
    const refusals = (await all(audit.read())).filter(({ value }) =>
      /refused/.test(`${value.action} ${value.outcome}`),
    );
    assert.ok(refusals.length >= 2, 'one refused call for each start');
    assert.match(refusals[0]?.value.time ?? '', /^\d{4}-\d\d-\d\d /);
  });

  it('a second one on the same folder names the first; kill -9 of the first is no hindrance', async (t) => {
    const home = makeHome(t);
    const data = join(home.state, 'tables');
    const run = startServer(home, 0, data);
    t.after(() => void run.child.kill('SIGKILL'));
    await run.waitFor(/listens on/);
    const second = await runCli(['server', '--listen', '127.0.0.1:0', '--data', data], { home: makeHome(t) });
    assert.notEqual(second.code, 0);
    assert.match(
      second.stderr,
      new RegExp(`The tables in ${data} are open in remora, pid ${run.child.pid}, since`),
    );
    run.child.kill('SIGKILL');
    await run.end;
    const third = startServer(home, 0, data);
    t.after(() => void third.child.kill('SIGKILL'));
    await third.waitFor(/listens on/);
  });
});
