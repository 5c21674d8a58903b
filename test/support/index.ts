export { BoundedText } from './boundedText.js';
export { type EventuallyOptions, eventually } from './eventually.js';
export { freePort } from './freePort.js';
export { goBuilds } from './goBuilds.js';
export { installProgram } from './installProgram.js';
export { type NodeMajor, nodeBinary, nodeMajors } from './nodes.js';
export { cacheFolder, projectRoot, targetsFolder } from './paths.js';
export {
  cpuMilliseconds,
  descriptorCount,
  isAlive,
  listeningPorts,
  memoryParts,
  ownCpuMilliseconds,
  processState,
  residentBytes,
  threadCount,
} from './processFacts.js';
export {
  type Program,
  type ProgramName,
  type ProgramOptions,
  programNames,
  programNodes,
  startProgram,
} from './programs.js';
export { type PtyOptions, PtyRun } from './ptyRun.js';
export { type SpawnedTarget, type SpawnOptions, spawnTarget, type TargetExit } from './spawnTarget.js';
export { lacksSystemParts, systemPart } from './systemParts.js';
