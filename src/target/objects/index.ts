export { applicationScopes } from './applicationScopes.js';
export { anchorMs, anchorObjects } from './limits.js';
export { ModuleScope, registerScopes, type ScopeValue } from './moduleScope.js';
export { type FunctionFacts, type FunctionPlace, RemoteObjects, type RemoteValue } from './remoteObjects.js';
