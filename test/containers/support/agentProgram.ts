/** A small agent, to be killed: takes up FOLDER, launches what its arguments say (one after another, or all at once: `storm`),
 * prints one line of JSON, and stays. */
import { join } from 'node:path';
import { createLog } from '../../../src/base/index.js';
import { createContainers, type LaunchRequest } from '../../../src/containers/index.js';

const [, , folder = '', requests = '[]', mode = ''] = process.argv;
const containers = createContainers({
  folder: join(folder, 'private'),
  sandboxFolder: join(folder, 'sandboxes'),
  log: createLog({ level: 'warn' }),
  allowRootContainers: true,
});
if (mode === 'storm') {
  process.stdout.write('starting\n');
  await Promise.all((JSON.parse(requests) as LaunchRequest[]).map((request) => containers.launch(request)));
}
for (const request of JSON.parse(requests) as LaunchRequest[]) {
  if (mode === 'storm') break;
  await containers.launch(request);
  // So that what a session prints is not what it waits for.
  if (request.class === 'debug') await containers.attachOutput(request.id);
}
process.stdout.write(`${JSON.stringify(containers.list())}\n`);
setInterval(() => undefined, 1000);
