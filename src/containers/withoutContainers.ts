import type { RemoraError } from '../base/index.js';
import type { Containers } from './containers.js';

/** Containers of an agent that has none and cannot have any: each call that would need one is refused with `reason`. */
export function withoutContainers(reason: RemoraError): Containers {
  const refuse = (): Promise<never> => Promise.reject(reason);
  return {
    launch: refuse,
    attachOutput: refuse,
    attachInput: refuse,
    wait: refuse,
    kill: refuse,
    destroy: refuse,
    remove: refuse,
    list: () => [],
    close: () => Promise.resolve(),
  };
}
