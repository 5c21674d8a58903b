import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOf, numberNames } from '../../../src/target/find/name.js';

test('a name is guessed from the command line', () => {
  const cases: readonly [readonly string[], string, string][] = [
    [['node', 'worker.js'], '/srv/shop', 'worker'],
    [['node', 'server.js'], '/srv/shop', 'shop'],
    [['node', 'dist/index.js'], '/srv/shop', 'shop'],
    [['node', '/srv/shop/src/main.ts'], '/', 'shop'],
    [['node', '.'], '/srv/shop', 'shop'],
    [['node', '/app/server.js'], '/', 'server'],
    [['node', 'server.js'], '', 'server'],
    [['/usr/bin/node', '/x/node_modules/vite/bin/vite.js', 'dev'], '/x', 'vite'],
    [['node', '/x/node_modules/.bin/next', 'start'], '/x', 'next'],
    [['node', '/x/node_modules/@nestjs/cli/bin/nest.js'], '/x', '@nestjs/cli'],
    [['node', '/x/node_modules/a/node_modules/b/index.js'], '/x', 'b'],
    [['node', '--enable-source-maps', '-r', 'ts-node/register', 'api.ts', 'start'], '/srv', 'api'],
    [['node', '--inspect-port', '0', 'api.mjs'], '/srv', 'api'],
    [['node', '--max-old-space-size=512', '--', 'api.cjs'], '/srv', 'api'],
    [['node', '-e', 'server()'], '/srv', 'eval'],
    [['node', '--title=shop', '-'], '/srv', 'node'],
    [['node'], '/srv', 'node'],
    [['shop worker: idle'], '/srv', 'shop worker: idle'],
    [['npm run start'], '/srv', 'npm run start'],
    [['line\nbreak\u0007'], '/srv', 'line break'],
    [['anything', 'jobs.js'], '/srv', 'jobs'],
    [[], '', 'node'],
  ];
  for (const [command, cwd, name] of cases) {
    assert.equal(nameOf(command, cwd, '/usr/bin/node'), name, JSON.stringify(command));
  }
  assert.equal(nameOf(['./my-tool'], '/srv', '/srv/my-tool'), 'my-tool');
});

test('names that are shared are numbered by start time', () => {
  const named = numberNames([
    { pid: 9, name: 'shop', startTicks: 50 },
    { pid: 3, name: 'shop', startTicks: 70 },
    { pid: 4, name: 'api', startTicks: 10 },
    { pid: 5, name: 'shop', startTicks: 50 },
  ]);
  assert.deepEqual(
    named.map(({ pid, name }) => [pid, name]),
    [
      [9, 'shop#2'],
      [3, 'shop#3'],
      [4, 'api'],
      [5, 'shop#1'],
    ],
  );
});
