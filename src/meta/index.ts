export { metaAlias, metaRoutes } from './api.js';
