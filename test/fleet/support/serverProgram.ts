/** A server in a process of its own, to be killed: `node serverProgram.js FOLDER`. Prints its port. */
import { join } from 'node:path';
import { startDaemon } from '../../../src/daemon.js';

const [folder = ''] = process.argv.slice(2);
process.env.XDG_STATE_HOME = join(folder, 'state');
const daemon = await startDaemon({
  socketPath: join(folder, 'server.sock'),
  listen: [{ host: '127.0.0.1', port: 0, required: true }],
  trust: 'uid',
  tokens: [],
  hosts: [],
  insecure: false,
  log: { level: 'error' },
  server: { dataFolder: join(folder, 'store') },
});
console.log(new URL(daemon.addresses[0] ?? '').port);
process.on('disconnect', () => void daemon.close('the test is over').finally(() => process.exit()));
