export { completeFunctions, completeModules } from './completion.js';
export { DebuggerDomain, debuggerOf } from './debugger-domain.js';
export { LineTable } from './line-table.js';
export { loadedModuleFile } from './loaded-modules.js';
export { type Frame, type MappedFrame, mapFrame, mapFrames } from './map-frame.js';
export { type ModulePattern, modulePattern } from './module-pattern.js';
export { type PackageInfo, packageOf } from './package-info.js';
export { fits, matcher } from './pattern.js';
export { readTargetFile } from './probe-file.js';
export type {
  ClassInfo,
  FieldInfo,
  FunctionInfo,
  FunctionKind,
  ParsedScript,
  Place,
  Script,
} from './script.js';
export { ScriptList, scriptsOf } from './script-list.js';
export { type FoundClass, type FoundFunction, ScriptSearch, type SearchOptions } from './search.js';
export {
  type LoadedMap,
  type MapAnswer,
  type OriginalPlace,
  SourceMaps,
  sourceMapsOf,
} from './source-maps.js';
