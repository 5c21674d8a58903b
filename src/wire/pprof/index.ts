export { addCpuProfile, type CpuSlice, IDLE_NAME } from './cpuProfile.js';
export {
  encodePprof,
  type PprofFrame,
  type PprofProfile,
  type PprofSample,
  type PprofValueType,
} from './encode.js';
export { addHeapProfile, type HeapSlice } from './heapProfile.js';
export { type ScriptPlace, type StackNode, StackTree } from './stackTree.js';
export { formatAddress, formatSymbolCount, formatSymbols, parseSymbolRequest } from './symbols.js';
