export { errorText, RemoraError } from './error.js';
export { allLimits, defineLimit, type Limit, setLimit } from './limits.js';
export { type Caller, type Risk, ROLES, type Role, roleForRisk, roleIncludes } from './role.js';
