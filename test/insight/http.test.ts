/** The endpoints as the documents print them (seed and wire/pegasus-http.md), against a real agent and a real server. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { ask } from '../http/support.js';
import { projectRoot, spawnTarget } from '../support/index.js';
import { portOf, sharedDaemons } from './support/sharedDaemons.js';

const daemons = sharedDaemons('agent', 'server');
const { call } = daemons;

function version(): string {
  return (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }).version;
}

describe('the examples of the document', () => {
  it('/version', async () => {
    const { status, text } = await call('/version');
    assert.equal(status, 200);
    const head = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: projectRoot, encoding: 'utf8' });
    const { Version, GitCommit, ...rest } = JSON.parse(text);
    assert.equal(Version, version());
    assert.match(GitCommit, head.status === 0 ? /^[0-9a-f]{40}$/ : /^non-git-repo$/);
    assert.ok(
      text.startsWith(`{"Version":"${version()}","GitCommit":"${GitCommit}"`) && text.endsWith('}\n'),
      text,
    );
    assert.ok(Object.keys(rest).every((key) => !['Version', 'GitCommit'].includes(key)));
  });

  it('/recentStartTime', async () => {
    const { status, text } = await call('/recentStartTime');
    assert.equal(status, 200);
    const [, time = ''] = /^\{"RecentStartTime":"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"\}\n$/.exec(text) ?? [];
    const ago = Date.now() - new Date(time).getTime();
    assert.ok(ago > 0 && ago < 120_000, text);
    assert.equal((await call('/recentStartTime')).text, text);
  });

  it('/pprof/symbol, the number of symbols', async () => {
    const { status, text, headers } = await call('/pprof/symbol');
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/plain');
    assert.match(text, /^num_symbols: [1-9]\d*\n$/);
  });

  it('/pprof/symbol -X POST -d "123455"', async () => {
    const { status, text } = await call('/pprof/symbol', { method: 'POST', body: '123455' });
    assert.equal(status, 200);
    assert.match(text, /^0x00123455\t\S.*\n$/);
  });

  it('/pprof/cmdline', async () => {
    const { status, text } = await call('/pprof/cmdline');
    assert.equal(status, 200);
    const lines = text.split('\n');
    assert.equal(lines.pop(), '');
    assert.equal(lines[0], process.execPath);
    assert.match(lines[1] ?? '', /build\/src\/main\.js$/);
    assert.equal(lines[2], 'agent');
  });

  for (const [kind, type] of [
    ['profile', 'cpu'],
    ['heap', 'inuse_space'],
    ['growth', 'alloc_space'],
  ]) {
    it(`/pprof/${kind}?seconds=1`, async () => {
      const response = await fetch(`${daemons.agent.url}/pprof/${kind}?seconds=1`);
      assert.equal(response.status, 200);
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.deepEqual([...bytes.subarray(0, 2)], [0x1f, 0x8b]);
      const { gunzipSync } = await import('node:zlib');
      const { Profile } = await import('pprof-format');
      const { sampleType, stringTable } = Profile.decode(gunzipSync(bytes));
      assert.equal(stringTable.strings[Number(sampleType.at(-1)?.type)], type);
    });
  }

  it('/perfCounter?name=collector*app.pegasus*app.stat.read_qps%23_all_', async () => {
    for (const at of [daemons.agent, daemons.server]) {
      const { status, text } = await call(
        '/perfCounter?name=collector*app.pegasus*app.stat.read_qps%23_all_',
        { at },
      );
      assert.equal(status, 200);
      assert.match(
        text,
        /^\{"name":"collector\*app\.pegasus\*app\.stat\.read_qps#_all_","value":"\d+\.\d\d","type":"NUMBER","description":"statistic the read_qps of app _all_"\}\n$/,
      );
    }
  });

  it('/health of Mesos', async () => {
    assert.deepEqual([(await call('/health')).status, (await call('/health')).text], [200, '']);
  });
});

describe('paths and queries, by the vectors of the sheet', () => {
  it('finds an endpoint under every spelling of its path', async () => {
    for (const path of [
      '//pprof///symbol/',
      '/pprof%2Fsymbol',
      '/pprof/symbol?x',
      '/%70prof/symbol?detail=true',
      'http://somebody:1/pprof/symbol',
    ]) {
      assert.match((await call(path)).text, /^num_symbols/, path);
    }
    assert.match((await call('/version/')).text, /^\{"Version"/);
    assert.match((await call('//recentStartTime//')).text, /^\{"RecentStartTime"/);
  });

  it('says what it does not serve below /pprof', async () => {
    for (const [path, name] of [
      ['/pprof', 'pprof'],
      ['/pprof/', 'pprof'],
      ['/pprof/foo', 'pprof/foo'],
      ['/pprof///heap///arg/', 'pprof/heap/arg'],
      ['/pprof/Heap', 'pprof/Heap'],
      ['/pprof/%21%23%24', 'pprof/!#$'],
    ]) {
      const { status, text, headers } = await call(path ?? '');
      assert.deepEqual([status, text], [404, `service not found for "${name}"`]);
      assert.equal(headers['content-type'], 'text/plain');
    }
  });

  it('refuses what it cannot read, in the words of the protocol', async () => {
    const head = 'failed to parse request: ERR_INVALID_PARAMETERS: ';
    const hex = (rest: string): string =>
      `${head}The characters ${rest} do not form a hex value. Please escape it or pass a valid hex value`;
    for (const [query, body] of [
      ['seconds=1&seconds=2', `${head}duplicate parameter: seconds`],
      ['%', `${head}Encountered partial escape sequence at end of string`],
      ['a=%2', `${head}Encountered partial escape sequence at end of string`],
      ['%%%', hex('%%')],
      ['%G0', hex('G0')],
    ]) {
      for (const path of ['/pprof/symbol', '/version', '/perfCounter', '/pprof/profile']) {
        const { status, text } = await call(`${path}?${query}`);
        assert.deepEqual([status, text], [400, body], `${path}?${query}`);
      }
    }
  });

  it('/perfCounter knows one parameter, and says nothing of what it does not know', async () => {
    for (const query of [
      '',
      '?',
      '?name',
      '?name=',
      '?name=no*such*counter',
      '?name=remora*http',
      '?name=http.requests',
    ])
      assert.deepEqual(
        [(await call(`/perfCounter${query}`)).status, (await call(`/perfCounter${query}`)).text],
        [200, '{}\n'],
      );
    for (const query of ['?x=1', '?name=a&detail', '?='])
      assert.deepEqual(
        [(await call(`/perfCounter${query}`)).status, (await call(`/perfCounter${query}`)).text],
        [400, ''],
      );
  });

  it('/perfCounter answers every counter that is listed, by its exact name', async () => {
    const { counters } = JSON.parse((await call('/remora/counters')).text) as {
      counters: { name: string; type: string }[];
    };
    assert.ok(counters.length > 10);
    for (const { name, type } of counters) {
      const { text } = await call(`/perfCounter?name=${encodeURIComponent(name)}`);
      const answer = JSON.parse(text) as Record<string, string>;
      assert.equal(answer.name, name);
      assert.equal(answer.type, type);
      const values = type === 'PERCENTILE' ? [answer.p99, answer.p999] : [answer.value];
      for (const value of values) assert.match(String(value), /^-?\d+\.\d\d$/, text);
      const keys = type === 'PERCENTILE' ? ['p99', 'p999'] : ['value'];
      assert.deepEqual(Object.keys(answer), ['name', ...keys, 'type', 'description']);
    }
    const read = async (name: string): Promise<number> =>
      Number(JSON.parse((await call(`/perfCounter?name=${encodeURIComponent(name)}`)).text).value);
    const before = await read('remora*http*requests');
    assert.equal(await read('remora*http*requests'), before + 1);
    const resident = await read('replica*server*memused.res(MB)');
    assert.ok(resident > 20 && resident < 2000, String(resident));
    assert.ok((await read('server*network*client_session_count')) >= 1);
  });

  it('seconds: none, odd and too many', async () => {
    // No time at all is a profile without samples.
    for (const seconds of ['0', 'abc', '0x10']) {
      const response = await fetch(`${daemons.server.url}/pprof/profile?seconds=${seconds}`);
      assert.equal(response.status, 200, seconds);
    }
    const began = performance.now();
    assert.equal((await fetch(`${daemons.server.url}/pprof/profile?seconds=1abc`)).status, 200);
    assert.ok(performance.now() - began > 900);
    const { status, text, headers } = await call('/pprof/profile?seconds=99999');
    assert.equal(status, 400);
    assert.match(text, /^99999 s are more than the 600 s that a profile may take/);
    assert.equal(headers['x-go-pprof'], '1');
    assert.equal((await call('/pprof/heap?seconds=1&symbols=no')).status, 400);
  });

  it('/ is a page for browsers, and the help of the protocol for others', async () => {
    const port = portOf(daemons.agent);
    const { headers, text } = await ask({ port, path: '/' });
    assert.equal(headers['content-type'], 'application/json');
    const help = JSON.parse(text) as Record<string, string>;
    const paths = Object.keys(help);
    assert.deepEqual(paths, [...paths].sort());
    for (const path of ['/', '/version', '/recentStartTime', '/pprof/heap', '/perfCounter', '/api'])
      assert.ok(help[path], path);
    assert.ok(text.endsWith('}\n') && !text.includes('": "'));
    const page = await ask({
      port,
      path: '/',
      headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
    });
    assert.match(page.headers['content-type'] ?? '', /^text\/html/);
    assert.equal((await call('///')).text, text);
  });

  it('POST where the document says GET is the same, HEAD has no body', async () => {
    assert.equal((await call('/version', { method: 'POST', body: 'x' })).text, (await call('/version')).text);
    assert.equal((await call('/version', { method: 'HEAD' })).text, '');
  });
});

describe('symbols of a profile', () => {
  it('have names at their address and right behind it, and keep them', async (t: TestContext) => {
    const target = await spawnTarget({
      file: 'dist/typescript/hog.js',
      node: 22,
      nodeArgs: ['--inspect-port=0'],
      test: t,
    });
    const addresses = async (): Promise<Map<string, bigint>> => {
      const response = await fetch(`${daemons.agent.url}/pprof/profile?seconds=1&process=${target.pid}`);
      const { gunzipSync } = await import('node:zlib');
      const { Profile } = await import('pprof-format');
      const profile = Profile.decode(gunzipSync(Buffer.from(await response.arrayBuffer())));
      const found = new Map<string, bigint>();
      for (const { address, line } of profile.location) {
        const fn = profile.function.find(({ id }) => id === line[0]?.functionId);
        found.set(
          `${profile.stringTable.strings[Number(fn?.name)]}:${String(line[0]?.line)}`,
          BigInt(address),
        );
      }
      return found;
    };
    const first = await addresses();
    const [key = '', address = 0n] = [...first].find(([name]) => name.startsWith('Prices.burnCpu')) ?? [];
    const hex = (value: bigint): string => value.toString(16);
    const { text } = await call('/pprof/symbol', {
      method: 'POST',
      body: `0x${hex(address)}+0x${hex(address + 1n)}+0x${hex(address - 1n)}+0x0+ffffffffffffffff`,
    });
    const lines = text.trimEnd().split('\n');
    assert.match(lines[0] ?? '', /^0x00[0-9a-f]{6}\tPrices\.burnCpu \(hog\.ts:\d+\)$/);
    assert.equal(lines[1]?.split('\t')[1], lines[0]?.split('\t')[1]);
    assert.notEqual(lines[2]?.split('\t')[1], lines[0]?.split('\t')[1]);
    assert.equal(lines[3], '0x00000000\t0x00000000');
    assert.equal(lines[4], '0xffffffffffffffff\t0xffffffffffffffff');
    const second = await addresses();
    const again = second.get(key);
    if (again !== undefined) assert.equal(again, address);
    assert.ok(
      [...second].some(([name, at]) => first.get(name) === at),
      'some function came again',
    );
  });
});
