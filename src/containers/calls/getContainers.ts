import type { ListedContainer } from '../../wire/index.js';
import type { ContainerView } from '../containers.js';
import { defineCall } from './call.js';

/**
 * Those that run. Of a real agent it lists the roots of executors in any case; we have none, so that a call without a body
 * lists nothing, there as here.
 */
export const getContainers = defineCall({
  type: 'GET_CONTAINERS',
  body: 'get_containers',
  optionalBody: true,
  role: 'viewer',
  run: async ({ live }, { show_nested = false, show_standalone = false }) => {
    const containers = live
      .list()
      .filter(({ state }) => state === 'running' || state === 'destroying')
      .filter(({ id }) => (id.parent ? show_nested : show_standalone))
      .map(listed);
    return {
      kind: 'object',
      response: {
        type: 'GET_CONTAINERS',
        get_containers: containers.length > 0 ? { containers } : undefined,
      },
    };
  },
});

function listed({ id, pid }: ContainerView): ListedContainer {
  return {
    container_id: { value: id.value },
    container_status: { container_id: id, executor_pid: pid },
  };
}
