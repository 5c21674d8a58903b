import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { it } from 'node:test';
import { counters } from '../../../src/base/index.js';
import { descriptorCount } from '../../support/index.js';
import { ApiBench, calls, until } from '../support/apiBench.js';
import { MemoryContainers } from '../support/memoryContainers.js';

const ROUNDS = 100;

function gauge(name: string): number | undefined {
  return counters.list().find((reading) => reading.name === name)?.value;
}

it(`${ROUNDS} sessions that end in every way leave nothing behind`, async (t) => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => {
    warnings.push(String(warning));
  };
  process.on('warning', onWarning);
  t.after(() => void process.off('warning', onWarning));
  const containers = new MemoryContainers();
  const bench = await ApiBench.start(t, containers);
  const session = (name: string) =>
    bench.stream(calls.session({ container_id: { value: name, parent: { value: 'p' } } }, 'cat'));
  const first = await session('first');
  containers.end('p.first');
  await first.answer;
  const before = descriptorCount(process.pid);
  for (let round = 0; round < ROUNDS; round++) {
    const name = `s${round}`;
    const id = { value: name, parent: { value: 'p' } };
    const opened = await session(name);
    const input = await bench.input([calls.attach(id), calls.stdin('x')]);
    input.request.on('error', () => {});
    await until(() => containers.get(`p.${name}`).input.length === 1);
    switch (round % 4) {
      case 0:
        input.request.end();
        containers.end(`p.${name}`);
        break;
      case 1:
        opened.head.destroy();
        break;
      case 2:
        input.request.destroy();
        opened.head.socket.end();
        break;
      default:
        // A second writer is refused, then all of them go at once.
        await (await bench.input([calls.attach(id)])).answer;
        input.request.destroy();
        opened.head.destroy();
    }
    await until(() => containers.get(`p.${name}`).termination);
    input.request.destroy();
  }
  // Pipelined calls have listeners of their own on one and the same socket.
  const socket = connect(bench.port, '127.0.0.1');
  let answers = 0;
  socket.on('data', (piece) => {
    answers += piece.toString('latin1').split('"healthy":true').length - 1;
  });
  const body = '{"type":"GET_HEALTH"}';
  const one = `POST /api/v1 HTTP/1.1\r\nHost: localhost:${bench.port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  socket.write(one.repeat(50));
  await until(() => answers === 50);
  socket.destroy();
  await until(() => gauge('http.connections') === 0 && gauge('http.in-flight') === 0);
  for (const held of containers.held.values()) {
    assert.ok(held.readers.every(({ closed }) => closed));
    assert.equal(held.taken, false);
  }
  await until(() => descriptorCount(process.pid) <= before + 2);
  assert.deepEqual(warnings, []);
});
