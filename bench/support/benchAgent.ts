/** An agent in a process of its own, as the benches measure it: `node benchAgent.js PORT FOLDER`. */
import { join } from 'node:path';
import { startDaemon } from '../../src/daemon.js';

const [port = '0', folder = ''] = process.argv.slice(2);
const agent = await startDaemon({
  socketPath: join(folder, 'agent.sock'),
  listen: [{ host: '127.0.0.1', port: Number(port), required: true }],
  trust: 'uid',
  tokens: [],
  hosts: [],
  agent: { allow: ['read', 'observe'] },
  insecure: false,
  log: { level: 'warn' },
});
console.log(agent.addresses[0]);
process.on('disconnect', () => void agent.close('the bench has ended').finally(() => process.exit()));
