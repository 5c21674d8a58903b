import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { RemoraError } from '../../../src/base/index.js';
import type { ProcessInfo } from '../../../src/target/index.js';
import { listeningPorts, nodeMajors } from '../../support/index.js';
import {
  assertLetGo,
  get,
  needsRoot,
  newTargets,
  pidByMain,
  subject,
  type TestLike,
  temporaryFolder,
} from './attaching.js';
import { outputOf } from './networks.js';

const NOBODY = 65_534;
const NODE = process.execPath;

/** Connects to 127.0.0.1:PORT over and over, asks what an inspector would answer, and hangs up. */
const RACER_IN_C = `
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int argc, char **argv) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  const char *ask = "GET /json/list HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n";
  char answer[4096];
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  puts("racing"); fflush(stdout);
  for (;;) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) {
      if (write(fd, ask, strlen(ask)) > 0) while (read(fd, answer, sizeof answer) > 0) {}
    } else usleep(200);
    close(fd);
  }
}`;

const RACER_IN_NODE = `
const net = require('node:net');
const race = () => {
  const socket = net.connect(Number(process.argv[1]), '127.0.0.1', () => socket.end('GET /json/list HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n'));
  socket.on('error', () => undefined).on('data', () => undefined).on('close', () => setImmediate(race));
};
race();
console.log('racing');`;

let racerCommand: string[] = [process.execPath, '-e', RACER_IN_NODE];

/** One where there is a compiler: it comes and goes faster. */
function compileRacer(folder: string): void {
  const source = join(folder, 'racer.c');
  const program = join(folder, 'racer');
  writeFileSync(source, RACER_IN_C);
  if (spawnSync('gcc', ['-O1', '-o', program, source], { stdio: 'ignore' }).status !== 0) return;
  chmodSync(folder, 0o755);
  racerCommand = [program];
}

async function race(t: TestLike, port: number, uid: number): Promise<ChildProcess> {
  const [command = '', ...args] = [...racerCommand, String(port)];
  const child = spawn(command, args, { uid, gid: uid, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => void child.kill('SIGKILL'));
  await outputOf(child, 'racing');
  return child;
}

describe('somebody else at the inspector while it is open', { skip: needsRoot }, () => {
  before(() => {
    compileRacer(temporaryFolder({ after: (fn) => void process.once('exit', fn) }, 'racer'));
  });

  it('is detected and reported 20 times of 20, and everything is undone', async (t) => {
    const reported: ProcessInfo[] = [];
    const targets = newTargets(t, { onForeignPeer: (info) => reported.push(info) });
    for (let round = 0; round < 20; round += 1) {
      const node = nodeMajors[round % nodeMajors.length] ?? 22;
      const process = await subject(t, node);
      const racer = await race(t, process.inspectPort, NOBODY);
      await assert.rejects(targets.attach(String(process.pid)), (error: unknown) => {
        assert.ok(error instanceof RemoraError);
        assert.equal(error.code, 'foreign-inspector-peer', `round ${round}, Node ${node}: ${error.message}`);
        assert.match(error.message, /127\.0\.0\.1:\d+ \((uid 65534|uid unknown, gone)\)/);
        return true;
      });
      racer.kill('SIGKILL');
      await assertLetGo(process);
      assert.match(await get(process.port), /hello/);
      await process.stop();
    }
    assert.equal(reported.length, 20);
  });

  it('is nothing to report when it is the same user, who may do all that anyway', async (t) => {
    const process = await subject(t, 22, { uid: NOBODY });
    const racer = await race(t, process.inspectPort, NOBODY);
    const outcome = await newTargets(t)
      .attach(String(process.pid))
      .then(pidByMain)
      .catch((error: RemoraError) => error.code);
    racer.kill('SIGKILL');
    // Connections that came and went between two looks carry no uid: then it is reported all the same.
    assert.ok(outcome === process.pid || outcome === 'foreign-inspector-peer', String(outcome));
  });

  it('is not mistaken for one who talks to that port of another address', async (t) => {
    const process = await subject(t, 22);
    const server = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => server.listen(process.inspectPort, '127.0.0.2', resolve));
    t.after(() => void server.close());
    const client = spawn(
      NODE,
      [
        '-e',
        `setInterval(() => require('net').connect(${process.inspectPort}, '127.0.0.2').on('connect', function () { this.destroy() }), 2)`,
      ],
      { uid: NOBODY, gid: NOBODY, cwd: '/', stdio: 'ignore' },
    );
    t.after(() => void client.kill('SIGKILL'));
    const target = await newTargets(t).attach(String(process.pid));
    assert.equal(await pidByMain(target), process.pid);
    assert.deepEqual(listeningPorts(process.pid), [process.port]);
  });
});
