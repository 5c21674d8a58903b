import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { RemoraError } from '../../base/index.js';

/** Runs inside the target's network namespace alone: our own executable, our own files. */
const RELAY = `
const net = require('node:net');
const server = net.createServer((client) => {
  const inspector = net.connect({ host: process.argv[2], port: Number(process.argv[3]) });
  inspector.once('connect', () => process.stdout.write('port ' + inspector.localPort + '\\n'));
  for (const [one, other] of [[client, inspector], [inspector, client]]) {
    one.setNoDelay?.(true);
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
    one.pipe(other);
  }
});
server.listen(process.argv[1], () => process.stdout.write('ready\\n'));
process.stdin.resume();
process.stdin.on('end', () => process.exit());
`;

export interface Relay {
  readonly path: string;
  close(): void;
}

/**
 * A Unix socket on our side whose connections come out in another network namespace (evidence 2.5). Ends with us,
 * since it reads our pipe. `userNamespace`: join the target's user namespace first, as a rootless agent must.
 * `onOwnPort` hears of each port that it connects from.
 */
export async function openRelay(
  pid: number,
  inspector: { host: string; port: number },
  userNamespace: boolean,
  onOwnPort: (port: number) => void,
): Promise<Relay> {
  const folder = mkdtempSync(join(tmpdir(), 'remora-relay-'));
  const path = join(folder, 's');
  const enter = userNamespace ? ['-U', '--preserve-credentials', '-n'] : ['-n'];
  const child = spawn(
    'nsenter',
    [
      '-t',
      String(pid),
      ...enter,
      '--',
      process.execPath,
      '-e',
      RELAY,
      path,
      inspector.host,
      String(inspector.port),
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const close = (): void => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-500);
  });
  child.stdin.on('error', () => undefined);
  try {
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const port = /^port (\d+)$/.exec(line)?.[1];
        if (port === undefined) resolve();
        else onOwnPort(Number(port));
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(errors.trim() || 'it ended at once')));
    });
  } catch (error) {
    close();
    throw new RemoraError(
      'namespace-closed',
      `the network namespace of process ${pid} could not be entered: ${(error as Error).message}`,
      {
        hint: 'It takes nsenter (util-linux) and the right to enter: run Remora as root, or beside the process',
      },
    );
  }
  return { path, close };
}
