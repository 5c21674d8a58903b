import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectPort } from '../../../src/target/find/index.js';
import {
  parseHostPort,
  parseInspectSettings,
  splitNodeOptions,
} from '../../../src/target/find/nodeOptions.js';
import { LATEST, startNode } from './process.js';

test('hosts and ports', () => {
  assert.deepEqual(parseHostPort('9230'), { port: 9230 });
  assert.deepEqual(parseHostPort('0'), { port: 0 });
  assert.deepEqual(parseHostPort('0.0.0.0'), { host: '0.0.0.0' });
  assert.deepEqual(parseHostPort('0.0.0.0:1'), { host: '0.0.0.0', port: 1 });
  assert.deepEqual(parseHostPort('[::1]:9231'), { host: '::1', port: 9231 });
  assert.deepEqual(parseHostPort('[::1]'), { host: '::1' });
  assert.deepEqual(parseHostPort(':9231'), { port: 9231 });
  assert.deepEqual(parseHostPort('99999'), {});
  assert.deepEqual(parseHostPort('::1'), {});
});

test('NODE_OPTIONS is split as Node does', () => {
  assert.deepEqual(splitNodeOptions('--a=1  --b'), ['--a=1', '--b']);
  assert.deepEqual(splitNodeOptions('--require "./a b.js" --c'), ['--require', './a b.js', '--c']);
  assert.deepEqual(splitNodeOptions('--x="q\\"uote"'), ['--x=q"uote']);
  assert.deepEqual(splitNodeOptions('  '), []);
});

test('flags and where SIGUSR1 would open', () => {
  const settings = (command: string, options?: string) =>
    parseInspectSettings(command.split(' '), options, true, '/usr/bin/node');
  const plain = settings('node app.js');
  assert.deepEqual(plain, {
    host: '127.0.0.1',
    port: 9229,
    inspectAtStart: false,
    disableSigusr1: false,
    permission: false,
    allowInspector: false,
    allowWorker: false,
    complete: true,
  });
  assert.equal(settings('node --inspect app.js').inspectAtStart, true);
  assert.equal(settings('node --inspect-brk=0.0.0.0:1234 app.js').port, 1234);
  assert.equal(settings('node --inspect-brk=0.0.0.0:1234 app.js').host, '0.0.0.0');
  assert.equal(settings('node --inspect-port=0 app.js').port, 0);
  assert.equal(settings('node --inspect-port 0 app.js').inspectAtStart, false);
  assert.equal(settings('node --inspect_port=7 app.js').port, 7);
  assert.equal(settings('node --debug-port=localhost:7 app.js').host, '127.0.0.1');
  assert.equal(settings('node --inspect-publish-uid=stderr app.js').publishUid, 'stderr');
  assert.equal(settings('node --disable-sigusr1 app.js').disableSigusr1, true);
  assert.equal(settings('node --experimental-permission --allow-inspector app.js').allowInspector, true);
  assert.equal(settings('node --permission app.js').permission, true);
  assert.equal(settings('node --permission --no-permission app.js').permission, false);
  // Behind the script's name they are the script's own business.
  assert.equal(settings('node app.js --inspect --inspect-port=5').port, 9229);
  assert.equal(settings('node app.js', '--inspect-port=5').port, 5);
  assert.equal(settings('node --inspect-port=6 app.js', '--inspect-port=5').port, 6);
  assert.equal(parseInspectSettings(['my title'], undefined, true, '/usr/bin/node').complete, false);
  assert.equal(parseInspectSettings(['node', 'a.js'], undefined, false).complete, false);
});

test('of a live process, from both places', async (t) => {
  const { pid } = await startNode(t, LATEST, '', ['--disable-sigusr1'], {
    env: { NODE_OPTIONS: '--inspect-port=127.0.0.1:0 --title="x y"' },
  });
  const settings = inspectPort(pid);
  assert.equal(settings.port, 0);
  assert.equal(settings.disableSigusr1, false, 'the title has overwritten the command line');
  assert.equal(settings.complete, false);
});
