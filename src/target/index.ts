export type {
  Budget,
  CallRecord,
  CompiledText,
  EnvironmentFacts,
  HookReport,
  InstrumentStatus,
  MemoryFacts,
  MonitorSample,
  Point,
  ProcessFacts,
  RecordFrame,
  RuntimeSample,
} from '../probe/index.js';
export { LINE_VARIABLES, VARIABLES } from '../probe/index.js';
export { targetRoutes } from './api.js';
export { type AppWorker, appWorkers } from './appWorkers.js';
export {
  type DescriptorCount,
  descriptorCount,
  type MemoryHeadroom,
  memoryHeadroom,
  type NativeWait,
  nativeWait,
  type ThreadStat,
  threadIdHere,
  threadStats,
  threadSwitches,
  waitChannel,
} from './find/index.js';
export { instrumentsOf, observable } from './instruments/index.js';
export { lineRate, lineScript } from './instruments/limits.js';
export {
  type FunctionLines,
  findLines,
  type LineOptions,
  type LineQuery,
  type LinesFound,
} from './instruments/lines.js';
export { fragmentFrom, type KeptFragment, Tunnel, tunnelOf } from './instruments/tunnel.js';
export type * from './instruments/types.js';
export { ringBytes, setLinger } from './limits.js';
export { ownProcess } from './ownProcess.js';
export {
  type ClassInfo,
  completeFunctions,
  completeModules,
  DebuggerDomain,
  debuggerOf,
  type FieldInfo,
  type FoundClass,
  type FoundFunction,
  type FoundFunctions,
  type Frame,
  type FunctionInfo,
  type FunctionNames,
  type FunctionQuery,
  findFunctions,
  fits,
  functionNames,
  LineTable,
  type LoadedMap,
  loadedModuleFile,
  type MappedFrame,
  type ModulePattern,
  mapFrame,
  mapFrames,
  matcher,
  modulePattern,
  nearest,
  type OriginalPlace,
  type PackageInfo,
  type ParsedScript,
  type Place,
  packageOf,
  readTargetFile,
  type Script,
  ScriptList,
  ScriptSearch,
  type SearchOptions,
  scriptsOf,
  sourceMapsOf,
} from './scripts/index.js';
export { Targets, type TargetsOptions } from './targets.js';
export type {
  AttachOptions,
  CallOptions,
  CdpParams,
  ChannelKind,
  InspectorState,
  Lease,
  ProcessInfo,
  Target,
} from './types.js';
