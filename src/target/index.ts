export type {
  Budget,
  CallRecord,
  CompiledText,
  CopyReport,
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
export { VARIABLES } from '../probe/index.js';
export { targetRoutes } from './api.js';
export { type AppWorker, appWorkers } from './appWorkers.js';
export { type NewVersion, newVersionOf, type Replacement, replacementOf } from './copies/index.js';
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
export { instrumentsOf, observable, whyNoCopy } from './instruments/index.js';
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
