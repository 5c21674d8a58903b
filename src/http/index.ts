export type { Token } from './credentials.js';
export { statusOf } from './errors.js';
export type { BoundAddress, Listener } from './listen.js';
export { ownUser } from './peer.js';
export { portOwner } from './portOwner.js';
export { isLoopback } from './procNet.js';
export type { ApiRequest, ApiResponse, PathAlias, Route } from './route.js';
export { createHttp, type DrainHook, type HttpOptions, type HttpServer } from './server.js';
export { defaultTrust, type TrustMode } from './trustMode.js';
