/** An agent in a process of its own, as the benches measure it: `node benchAgent.js PORT FOLDER [containers]`. */
import { join } from 'node:path';
import { startDaemon } from '../../src/daemon.js';

const [port = '0', folder = '', extra] = process.argv.slice(2);
// Records of containers are kept in the state folder: not in that of whoever runs the bench.
if (extra === 'containers') process.env.XDG_STATE_HOME = folder;
const agent = await startDaemon({
  socketPath: join(folder, 'agent.sock'),
  listen: [{ host: '127.0.0.1', port: Number(port), required: true }],
  trust: 'uid',
  tokens: [],
  hosts: [],
  agent: {
    allow: extra === 'containers' ? ['read', 'observe', 'containers'] : ['read', 'observe'],
    allowRootContainers: true,
  },
  insecure: false,
  log: { level: 'warn' },
});
console.log(agent.addresses[0]);
process.on('disconnect', () => void agent.close('the bench has ended').finally(() => process.exit()));
