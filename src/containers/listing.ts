import { idText } from './calls/containerId.js';
import type { ContainerView } from './containers.js';

/** Every container with what the agent API has no field for; also those that have ended (GET /remora/containers). */
export function listing(views: readonly ContainerView[]): object {
  return { containers: views.map(({ id, ...view }) => ({ id: idText(id), ...view })) };
}
