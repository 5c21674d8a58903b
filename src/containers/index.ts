export { type ContainerApi, containerApi } from './api.js';
export type {
  ContainerClass,
  Containers,
  ContainerView,
  InputWriter,
  LaunchOutcome,
  LaunchRequest,
  OutputChunk,
  OutputReader,
  Termination,
} from './containers.js';
export { type ContainersOptions, createContainers } from './containerTree.js';
export { mesosVersionFields } from './version.js';
export { withoutContainers } from './withoutContainers.js';
