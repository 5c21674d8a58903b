export type { ApiRequest, ApiResponse, Route } from './route.js';
