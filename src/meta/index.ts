export { metaAlias, metaRoutes } from './api.js';
export { tableRoutes } from './tables/api.js';
