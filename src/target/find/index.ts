/** All that is learned about a process from outside, before anything is done to it. */
export { type Attachability, type AttachQuestion, attachability } from './attachable.js';
export { containerId } from './cgroup.js';
export { type DescriptorCount, descriptorCount } from './descriptors.js';
export type { Candidate } from './errors.js';
export { type MemoryHeadroom, memoryHeadroom } from './headroom.js';
export { askInspector } from './inspector.js';
export { MEMORY_HEADROOM_REFUSE } from './limits.js';
export { type ListContext, listProcesses, readProcess } from './list.js';
export {
  type Access,
  accessTo,
  type NamespaceRelation,
  type Namespaces,
  namespacesOf,
} from './namespaces.js';
export { type NativeWait, nativeWait, threadIdHere, threadSwitches, waitChannel } from './nativeWait.js';
export { type InspectSettings, inspectPort } from './nodeOptions.js';
export { findProcess, type SelectRules } from './select.js';
export { type SignalVerdict, signalVerdict } from './signal.js';
export { type ProcessStat, processStat, type ThreadStat, threadStats } from './stat.js';
export { type ProcessStatus, processStatus } from './status.js';
export {
  type ListenSocket,
  listenSockets,
  socketInodes,
  type TcpAddress,
  type TcpFilter,
  type TcpRow,
  type TcpState,
  tcpRows,
} from './tcp.js';
