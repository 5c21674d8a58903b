import { RemoraError } from '../base/index.js';

/** The message of each is the body of the answer, word for word (wire/pegasus-http.md 1.6, 1.8, 3.3). */
export function appNotFound(name: string): RemoraError {
  return new RemoraError('meta-app-not-found', `table not found: "${name}"`);
}

export function emptyAppName(): RemoraError {
  return new RemoraError('meta-bad-request', "app name shouldn't be empty");
}

/** A parameter that the endpoint does not know: no text at all. */
export function unknownParameter(): RemoraError {
  return new RemoraError('meta-bad-request', '');
}

export function appBusy(status: 'creating' | 'dropping'): RemoraError {
  return new RemoraError('meta-app-busy', `ERR_BUSY_${status.toUpperCase()}`);
}
