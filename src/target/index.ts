export type {
  AppenderFacts,
  Bean,
  BeanValue,
  Budget,
  CallRecord,
  CompiledText,
  CopyReport,
  Counter,
  EnvironmentFacts,
  HookReport,
  InstrumentStatus,
  LoggerChange,
  LoggerFacts,
  LoggerQuery,
  LoggerReport,
  MemoryFacts,
  ModuleGraph,
  MonitorSample,
  Point,
  ProcessFacts,
  PropertyChange,
  PropertyFacts,
  RecordFrame,
  RuntimeSample,
  VmOptionChange,
  VmOptionFacts,
} from '../probe/index.js';
export { LINE_VARIABLES, VARIABLES } from '../probe/index.js';
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
  processStat,
  type ThreadStat,
  threadIdHere,
  threadStats,
  threadSwitches,
  waitChannel,
} from './find/index.js';
export { FirstHits, firstHitMs, firstHitText } from './instruments/firstHit.js';
export { instrumentsOf, observable, whyNoCopy } from './instruments/index.js';
export { lineRate } from './instruments/limits.js';
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
export {
  anchorMs,
  anchorObjects,
  applicationScopes,
  ModuleScope,
  RemoteObjects,
  type RemoteValue,
  registerScopes,
  type ScopeValue,
} from './objects/index.js';
export { ownProcess } from './ownProcess.js';
export * from './profiles/index.js';
export {
  type ClassInfo,
  completeFunctions,
  completeModules,
  DebuggerDomain,
  debuggerOf,
  didYouMean,
  type FieldInfo,
  type FileBytes,
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
  type OriginalPlace,
  type PackageInfo,
  type ParsedScript,
  type Place,
  packageOf,
  readTargetBytes,
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
