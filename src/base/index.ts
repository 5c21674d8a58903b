export { Audit, type AuditLine, type AuditRecord } from './audit.js';
export { epochMs, formatDateTime, monotonicMs } from './clock.js';
export {
  type Counter,
  type CounterReading,
  Counters,
  counters,
  type Distribution,
  type Rate,
} from './counters.js';
export { errorText, RemoraError } from './error.js';
export { checkPrivateFolder, ensurePrivateFolder, runtimeFolder, stateFolder } from './folders.js';
export { hexId, uuid } from './ids.js';
export { allLimits, defineLimit, type Limit, setLimit } from './limits.js';
export { createLog, type Log, type LogOptions } from './log.js';
export type { Percentiles } from './percentiles.js';
export { PRODUCT, PRODUCT_TITLE } from './product.js';
export { isSecretName, REDACTED, redactArgv, redactText, redactValue, SECRET_NAMES } from './redact.js';
export {
  type Caller,
  type Permission,
  type Risk,
  ROLES,
  type Role,
  roleForRisk,
  roleIncludes,
} from './role.js';
