import type { ContainerID } from '../wire/index.js';
import { idPath, pathText } from './containerId.js';
import type { Containers } from './containers.js';
import { containerNotFound } from './errors.js';

async function notFound(id: ContainerID): Promise<never> {
  throw containerNotFound(pathText(idPath(id)));
}

/** The containers of an agent that may not have any: calls that need none of them are answered all the same. */
export const NO_CONTAINERS: Containers = {
  launch: ({ id }) => notFound(id),
  attachOutput: notFound,
  attachInput: notFound,
  wait: async () => undefined,
  kill: async () => false,
  destroy: async () => undefined,
  remove: notFound,
  list: () => [],
  close: async () => undefined,
};
