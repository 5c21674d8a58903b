import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** A hello-world HTTP service: the target of the benches. */
const HELLO = `
const server = require('node:http').createServer((request, response) => response.end('hello'));
server.keepAliveTimeout = 60000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.on('message', () => process.send({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }));
`;

export interface HelloTarget {
  readonly pid: number;
  readonly port: number;
  /** CPU microseconds and resident bytes, as the process itself counts them. */
  usage(): Promise<{ cpuUs: number; rss: number }>;
  stop(): void;
}

export async function startHello(nodeArguments: readonly string[] = []): Promise<HelloTarget> {
  const child: ChildProcess = spawn(process.execPath, [...nodeArguments, '-e', HELLO], {
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  const [line] = (await once(child.stdout as NonNullable<typeof child.stdout>, 'data')) as [Buffer];
  // Past the compile and GC of its own start.
  await sleep(200);
  return {
    pid: child.pid ?? 0,
    port: Number(String(line)),
    async usage() {
      child.send('usage');
      const [message] = (await once(child, 'message')) as [{ cpu: NodeJS.CpuUsage; rss: number }];
      return { cpuUs: message.cpu.user + message.cpu.system, rss: message.rss };
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
