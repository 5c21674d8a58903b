import { createLog } from '../../../src/base/index.js';
import { COMMANDS, diagnoseRoutes, SessionStore } from '../../../src/diagnose/index.js';
import { createHttp } from '../../../src/http/index.js';
import { Targets, targetRoutes } from '../../../src/target/index.js';
import { TEST_COMMANDS } from '../../diagnose/support/commands.js';
import type { Home } from './cli.js';

export interface TestAgent {
  readonly socketPath: string;
  readonly url: string;
  readonly targets: Targets;
  readonly store: SessionStore;
  close(): Promise<void>;
}

export interface TestAgentOptions {
  readonly tokens?: Parameters<typeof createHttp>[0]['tokens'];
}

/** An agent as src/agent.ts wires it, with the endless, failing and crashing commands of the tests beside the real ones. */
export async function startTestAgent(
  home: Pick<Home, 'socketPath' | 'runtime'>,
  test: { after(fn: () => Promise<void> | void): void },
  options: TestAgentOptions = {},
): Promise<TestAgent> {
  const log = createLog({ level: 'silent' });
  const targets = new Targets({ owner: 'a test', folder: home.runtime });
  const store = new SessionStore({
    targets,
    version: '0.0.0-test',
    commands: [...COMMANDS, ...TEST_COMMANDS],
  });
  const http = await createHttp({
    routes: [
      ...diagnoseRoutes(store),
      ...targetRoutes(targets),
      {
        method: 'GET',
        path: '/remora/info',
        summary: 'Who this is',
        tag: 'system',
        role: 'viewer',
        handle: () => ({
          status: 200,
          body: JSON.stringify({
            version: '0.0.0-test',
            pid: process.pid,
            startTime: Date.now(),
            addresses: [],
            trust: 'token',
            allow: ['read', 'observe'],
          }),
        }),
      },
    ],
    listeners: [
      { kind: 'unix', path: home.socketPath },
      { kind: 'tcp', host: '127.0.0.1', port: 0, required: true },
    ],
    trust: 'token',
    tokens: options.tokens ?? [],
    log,
  });
  const tcp = http.addresses.find((address) => address.kind === 'tcp');
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await store.close();
    await targets.close('the test is over');
    await http.close(100);
  };
  test.after(close);
  return { socketPath: home.socketPath, url: tcp?.kind === 'tcp' ? tcp.url : '', targets, store, close };
}
