import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counters } from '../../src/base/index.js';
import { ask, isRoot, NEEDS_ROOT, run, STRANGER_UID, start } from './support.js';

/** Each way of leaving before the server has looked: rows then say uid 0 without an inode, or are gone. */
const EACH = 134;

const WAYS: Readonly<Record<string, (port: number, text: string) => string>> = {
  'send and close': (port, text) =>
    `s=net.connect(${port},'127.0.0.1',()=>{s.write(${text});s.destroySoon()});s.on('error',()=>{});s.on('close',done)`,
  'half-close': (port, text) =>
    `s=net.connect({port:${port},host:'127.0.0.1',allowHalfOpen:true},()=>{s.end(${text})});s.resume();s.on('error',()=>{});s.on('end',()=>s.destroy());s.on('close',done)`,
};

test('of 400 requests that a stranger sends and leaves at once, none is taken for ours', async (t) => {
  if (!isRoot) return t.skip(NEEDS_ROOT);
  const { port, calls } = await start(t);
  const unknown = counters.counter('http.trust.unknown', '');
  const before = unknown.value;
  const request = `GET /who HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;

  let busy = true;
  // A loop that is mostly blocked: the rows have changed by the time that the server looks.
  const block = (): void => {
    const until = performance.now() + 15;
    while (performance.now() < until);
    if (busy) setTimeout(block, 2);
  };
  block();
  t.after(() => {
    busy = false;
  });

  const strangers = Object.values(WAYS).map((way) =>
    run(
      process.execPath,
      [
        '-e',
        `const net=require('net');let left=${EACH};function one(){let s;const done=()=>{if(--left>0)one()};${way(port, JSON.stringify(request))}};one()`,
      ],
      { uid: STRANGER_UID },
    ),
  );
  // Each connection by a process that is gone right after it has written.
  const exits = run(
    'bash',
    [
      '-c',
      `for i in $(seq ${EACH}); do (exec 3<>/dev/tcp/127.0.0.1/${port} && printf '%s\\r\\n' 'GET /who HTTP/1.1' 'Host: 127.0.0.1:${port}' '' >&3); done`,
    ],
    { uid: STRANGER_UID },
  );
  await Promise.all([...strangers, exits]);
  assert.equal(calls(), 0, 'calls of the stranger that were taken for ours');

  // Ours, in between strangers, are all served.
  const mixed = run(
    process.execPath,
    [
      '-e',
      `const net=require('net');let left=60;function one(){let s;const done=()=>{if(--left>0)one()};${WAYS['send and close']?.(port, JSON.stringify(request))}};one()`,
    ],
    { uid: STRANGER_UID },
  );
  const own: number[] = [];
  for (let count = 0; count < 10; count++) own.push((await ask({ port })).status);
  await mixed;
  assert.deepEqual(own, Array<number>(10).fill(200));
  assert.equal(calls(), 10);
  // Connections that were reset before the accept have no address to look up, hence not all of them.
  assert.ok(unknown.value - before >= EACH, `${unknown.value - before} strangers were looked up`);
});
