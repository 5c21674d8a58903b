export { completeFunctions, completeModules } from './completion.js';
export { DebuggerDomain, debuggerOf } from './debuggerDomain.js';
export { type FoundFunctions, type FunctionQuery, findFunctions } from './findFunctions.js';
export { namePartsOf } from './functionName.js';
export { type FunctionNames, functionNames } from './functionNames.js';
export { LineTable } from './lineTable.js';
export { loadedModuleFile } from './loadedModules.js';
export { type Frame, type MappedFrame, mapFrame, mapFrames } from './mapFrame.js';
export { type ModulePattern, modulePattern, namesOf } from './modulePattern.js';
export type { NameInScope } from './namesInScope.js';
export { isNative, natives } from './natives.js';
export { didYouMean } from './nearest.js';
export { type PackageInfo, packageOf } from './packageInfo.js';
export { rewriteFunction, scopesAt } from './parser.js';
export { fits, matcher } from './pattern.js';
export { type FileBytes, readTargetBytes, readTargetFile } from './probeFile.js';
export type {
  BindingInfo,
  ClassInfo,
  FieldInfo,
  FunctionFacts,
  FunctionInfo,
  FunctionKind,
  ParsedScript,
  Place,
  Script,
} from './script.js';
export { ScriptList, scriptsOf } from './scriptList.js';
export { type FoundClass, type FoundFunction, ScriptSearch, type SearchOptions } from './search.js';
export {
  type LoadedMap,
  type MapAnswer,
  type OriginalPlace,
  SourceMaps,
  sourceMapsOf,
} from './sourceMaps.js';
export { V8Lines } from './textPlaces.js';
