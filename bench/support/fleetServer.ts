/** A server in a process of its own, for the heartbeat bench: `node fleetServer.js FOLDER`. */
import { join } from 'node:path';
import { startDaemon } from '../../src/daemon.js';

const [folder = ''] = process.argv.slice(2);
process.env.XDG_STATE_HOME = join(folder, 'state');
const daemon = await startDaemon({
  socketPath: join(folder, 'server.sock'),
  listen: [{ host: '127.0.0.1', port: 0, required: true }],
  trust: 'uid',
  tokens: [],
  hosts: [],
  insecure: false,
  log: { level: 'warn' },
  server: { dataFolder: join(folder, 'store') },
});
console.log(daemon.addresses[0]);
process.on('disconnect', () => void daemon.close('the bench has ended').finally(() => process.exit()));
