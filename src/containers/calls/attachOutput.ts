import { defineCall } from './call.js';
import { checkId } from './checks.js';

/** The output from now on. Any number at once; the container lives on when one of them ends. */
export const attachContainerOutput = defineCall({
  type: 'ATTACH_CONTAINER_OUTPUT',
  body: 'attach_container_output',
  role: 'operator',
  permission: 'containers',
  streams: 'output',
  audited: true,
  validate: checkId,
  run: async ({ live }, { container_id }) => ({
    kind: 'stream',
    reader: await live.attachOutput(container_id),
  }),
});
