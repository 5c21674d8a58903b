export { type OutputAccess, outputRoutes } from './api.js';
export { OutputFolder } from './outputFolder.js';
export { outputNameOf, outputStamp } from './outputName.js';
export { outputOf } from './outputOf.js';
export type { OutputEntry, OutputFile, OutputOptions, OutputService } from './types.js';
