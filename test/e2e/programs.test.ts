/** Programs that nobody here wrote, started unprepared: diagnosed by an agent over HTTP, let go without a trace. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { RemoraClient } from '../../src/client/index.js';
import { type Daemon, startDaemon } from '../../src/daemon.js';
import {
  eventually,
  listeningPorts,
  type NodeMajor,
  programNames,
  programNodes,
  startProgram,
  threadCount,
} from '../support/index.js';

const folder = mkdtempSync(join(tmpdir(), 'remora-e2e-'));
let agent: Daemon;
let client: RemoraClient;

before(async () => {
  const socketPath = join(folder, 'agent.sock');
  agent = await startDaemon({
    socketPath,
    listen: [],
    trust: 'token',
    tokens: [],
    hosts: [],
    agent: { allow: ['read', 'observe'] },
    insecure: false,
    log: { level: 'silent' },
  });
  client = new RemoraClient({ socketPath });
});

after(async () => {
  await agent.close('the test is over');
  rmSync(folder, { recursive: true, force: true });
});

/** What the Arthas API answers to one command on one process. */
async function exec(pid: number, command: string): Promise<readonly Record<string, unknown>[]> {
  const { results, statusCode } = await client.exec(command, { process: String(pid), timeoutMs: 30_000 });
  equal(statusCode, 0, `${command}: ${JSON.stringify(results.at(-1))}`);
  return results;
}

for (const name of programNames) {
  for (const node of programNodes(name)) {
    describe(`${name} on Node ${node}`, () => {
      test('is diagnosed while it serves, and is left as it was', { timeout: 180_000 }, async (t) => {
        const program = await startProgram(name, { node: node as NodeMajor, test: t, deadlineMs: 170_000 });
        const { pid } = program.target;
        const threads = threadCount(pid);
        const ports = listeningPorts(pid);

        const jvm = await exec(pid, 'jvm');
        match(JSON.stringify(jvm), new RegExp(`"${node}\\.\\d+\\.\\d+"|v${node}\\.`));
        const evaluated = await exec(pid, 'ognl process.pid');
        match(String(evaluated[0]?.value), new RegExp(String(pid)));
        const modules = await exec(pid, 'sc *');
        ok(modules.length > 0);
        deepEqual(listeningPorts(pid), ports, 'no port is open while attached');
        equal((await fetch(program.url)).status, 200);

        const attached = threadCount(pid);
        await client.detach(String(pid));
        // A program may start threads of its own meanwhile (a bundler on its first request): ours is one less than before.
        await eventually(() => threadCount(pid) <= threads || threadCount(pid) < attached, {
          what: 'the Worker to be gone',
          timeoutMs: 10_000,
        });
        deepEqual(listeningPorts(pid), ports);
        equal((await fetch(program.url)).status, 200);
        match(
          String((await exec(pid, 'ognl process.pid'))[0]?.value),
          new RegExp(String(pid)),
          'it can be attached again',
        );
        await client.detach(String(pid));
      });
    });
  }
}
