import { RemoraError } from './error.js';

/** A folder that others could read, write or swap. */
export function unsafeFolder(path: string, fault: string): RemoraError {
  return new RemoraError('unsafe-folder', `${path} cannot be used as a private folder: ${fault}`, {
    hint: 'Remove it or set its owner and mode (chmod 700), or name another place by XDG_RUNTIME_DIR or XDG_STATE_HOME',
    details: { path },
  });
}

/** A folder that could not be made at all. */
export function folderFailed(path: string, cause: unknown): RemoraError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new RemoraError('folder-failed', `The folder ${path} could not be made: ${text}`, {
    hint: 'Make it with mode 0700, or name another place by XDG_RUNTIME_DIR or XDG_STATE_HOME',
    details: { path },
    cause,
  });
}

/** An audit file that is not a plain file of ours. */
export function unsafeAuditFile(path: string, fault: string, cause?: unknown): RemoraError {
  return new RemoraError('unsafe-audit-file', `${path} cannot be used as the audit file: ${fault}`, {
    hint: 'Move it away; Remora makes a new one',
    details: { path },
    cause,
  });
}
