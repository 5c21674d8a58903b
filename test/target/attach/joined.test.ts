import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { kill } from 'node:process';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { SignalMemory } from '../../../src/target/attach/signalMemory.js';
import { processStat } from '../../../src/target/find/index.js';
import { eventually, listeningPorts, nodeMajors, spawnTarget, targetsFolder } from '../../support/index.js';
import {
  assertLetGo,
  freePort,
  newTargets,
  pidByMain,
  rejection,
  settledThreads,
  subject,
  temporaryFolder,
} from './attaching.js';

/** A debugger that somebody else has open. */
async function debuggerOn(
  port: number,
): Promise<{ evaluate(text: string): Promise<unknown>; close(): void }> {
  const list = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { id: string }[];
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${list[0]?.id}`, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let next = 1;
  return {
    evaluate(expression) {
      const id = next++;
      return new Promise((resolve, reject) => {
        socket.once('close', () => reject(new Error('the debugger was cut off')));
        socket.on('message', (data) => {
          const message = JSON.parse(String(data)) as {
            id?: number;
            result?: { result: { value: unknown } };
          };
          if (message.id === id) resolve(message.result?.result.value);
        });
        socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params: { expression } }));
      });
    },
    close: () => socket.terminate(),
  };
}

describe('an inspector that is open already', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    for (const [what, nodeArgs, env] of [
      ['--inspect=PORT', (port: number) => [`--inspect=127.0.0.1:${port}`], () => ({})],
      ['NODE_OPTIONS=--inspect=PORT', () => [], (port: number) => ({ NODE_OPTIONS: `--inspect=${port}` })],
      ['--inspect=0', () => ['--inspect=127.0.0.1:0'], () => ({})],
    ] as const) {
      it(`Node ${node}, ${what}: joined without a signal and left as found`, async (t) => {
        const port = await freePort();
        const process = await spawnTarget({
          node,
          file: 'idle.cjs',
          nodeArgs: nodeArgs(port),
          env: env(port),
          test: t,
        });
        const threads = await settledThreads(process.pid);
        const open = listeningPorts(process.pid);
        assert.equal(open.length, 2);
        const inspectPort = open.find((each) => each !== process.port) ?? 0;
        const other = await debuggerOn(inspectPort);
        const targets = newTargets(t);
        const target = await targets.attach(String(process.pid));
        assert.equal(target.channel, 'worker');
        assert.match(target.notices.join('\n'), new RegExp(`joined the inspector .* port ${inspectPort}`));
        assert.equal(await pidByMain(target), process.pid);
        assert.equal(await other.evaluate('20 + 1'), 21);
        await target.letGo('done');
        await assertLetGo(Object.assign(process, { threads }), open);
        assert.equal(await other.evaluate('20 + 2'), 22, 'the other debugger still works');
        other.close();
        assert.equal(process.stderr().match(/Debugger listening/g)?.length, 1, 'no signal was sent');
      });
    }
  }
});

/** One connection to the inspector, closed at once. */
function look(port: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', path: '/json/version', agent: false }, (response) =>
      response.resume().once('close', resolve),
    );
    request.once('error', reject);
  });
}

/** Connections to a port that are over, of which the kernel still has rows (state 06). */
function endedAt(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return rows.filter((row) => row.includes(`:${hex} `) && / 06 /.test(row)).length;
}

describe('an inspector that an attach left open', () => {
  it('is closed by the next attach, which takes connections of before for nobody', async (t) => {
    const process = await subject(t, 22, { nodeArgs: ['--inspect-port=0'] });
    const folder = temporaryFolder(t, 'left-open');
    // An agent that dies in the middle of an attach leaves this behind: its note of the signal, and an open port.
    new SignalMemory(join(folder, 'signalled')).remember(
      process.pid,
      processStat(process.pid)?.startTicks ?? 0,
    );
    kill(process.pid, 'SIGUSR1');
    const port = await eventually(() => listeningPorts(process.pid).find((each) => each !== process.port), {
      what: 'the inspector to open',
    });
    for (let time = 1; time <= 3; time++) await look(port);
    await eventually(() => endedAt(port) > 0, { what: 'a connection to have ended' });
    const target = await newTargets(t, { folder }).attach(String(process.pid));
    assert.match(target.notices.join('\n'), /had been left open .*\n.*nobody can tell whose/);
    await target.letGo('done');
    await assertLetGo(process);
  });
});

describe('where the inspector opens', { concurrency: 4 }, () => {
  it('where the application has opened it itself: joined and left as found', async (t) => {
    const process = await subject(t, 22, { file: 'commanded.cjs' });
    const port = await freePort();
    process.write(`require('node:inspector').open(${port}, '127.0.0.1')`);
    await eventually(() => listeningPorts(process.pid).includes(port), { what: 'the inspector to open' });
    const threads = await settledThreads(process.pid);
    const target = await newTargets(t).attach(String(process.pid));
    assert.match(target.notices.join('\n'), new RegExp(`joined the inspector .* port ${port}`));
    assert.equal(await pidByMain(target), process.pid);
    await target.letGo('done');
    await assertLetGo(Object.assign(process, { threads }), listeningPorts(process.pid));
    await sleep(700);
    assert.ok(listeningPorts(process.pid).includes(port), 'it is open still');
  });

  for (const node of nodeMajors) {
    it(`Node ${node}, --inspect-port=0: found by the process's own sockets`, async (t) => {
      const process = await subject(t, node, { nodeArgs: ['--inspect-port=0'] });
      const targets = newTargets(t);
      const target = await targets.attach(String(process.pid));
      assert.equal(await pidByMain(target), process.pid);
      await target.letGo('done');
      await assertLetGo(process);
    });

    it(`Node ${node}, --inspect-port=0: attached to again at once`, async (t) => {
      const process = await subject(t, node, { nodeArgs: ['--inspect-port=0'] });
      const targets = newTargets(t);
      // Connections of the attach before are still in the kernel's table, at the port that Node keeps.
      for (let time = 1; time <= 3; time++) {
        const target = await targets.attach(String(process.pid));
        await target.letGo('done');
      }
      await assertLetGo(process);
    });

    it(`Node ${node}, NODE_OPTIONS=--inspect-port=PORT`, async (t) => {
      const port = await freePort();
      const process = await spawnTarget({
        node,
        file: 'idle.cjs',
        env: { NODE_OPTIONS: `--inspect-port=${port}` },
        test: t,
      });
      const threads = await settledThreads(process.pid);
      const target = await newTargets(t).attach(String(process.pid));
      assert.match(process.stderr(), new RegExp(`127.0.0.1:${port}/`));
      await target.letGo('done');
      await assertLetGo(Object.assign(process, { threads }));
    });

    it(`Node ${node}, process.debugPort changed by the application`, async (t) => {
      const moved = await freePort();
      const process = await subject(t, node, {
        nodeArgs: ['-r', join(targetsFolder, 'moved-port.cjs')],
        env: { MOVED_PORT: String(moved) },
      });
      // The next agent knows nothing of the connections that this one leaves behind at that port.
      for (const targets of [newTargets(t), newTargets(t)]) {
        const target = await targets.attach(String(process.pid));
        assert.match(process.stderr(), new RegExp(`127.0.0.1:${moved}/`));
        await target.letGo('done');
        await assertLetGo(process);
      }
    });

    it(`Node ${node}, --inspect-publish-uid=stderr: refused before a signal`, async (t) => {
      const process = await subject(t, node, { nodeArgs: ['--inspect-publish-uid=stderr'] });
      const error = await rejection(newTargets(t).attach(String(process.pid)), 'not-attachable');
      assert.match(error.message, /publish-uid/);
      await eventually(() => listeningPorts(process.pid).length === 1, {
        what: 'nothing to be open',
        intervalMs: 200,
      });
      assert.equal(process.stderr(), '');
    });
  }
});
