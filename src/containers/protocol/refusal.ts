import { RemoraError } from '../../base/index.js';

/** What the agent API answers when it says no: the reference's status, and its text word for word. */
export function refuse(status: number, text: string, hint = ''): RemoraError {
  return new RemoraError('refused', text, { hint, details: { status } });
}

/** 400 of the checks before any work (shared/wire/mesos-agent.md 3.2). */
export function invalid(detail: string): RemoraError {
  return refuse(400, `Failed to validate agent::Call: ${detail}`);
}

export function forbidden(hint: string): RemoraError {
  return refuse(403, '403 Forbidden.', hint);
}

/** Of our own endpoint beside the agent API. */
export function noContainers(): RemoraError {
  return new RemoraError('containers-not-allowed', 'This agent does not allow containers', {
    hint: 'Start it with containers among --allow',
  });
}

export function recovering(): RemoraError {
  return new RemoraError('recovering', 'The containers of an earlier run are still being found', {
    hint: 'Try again in a moment',
  });
}

/** The client went away: nobody is there to be answered. */
export function gone(): RemoraError {
  return new RemoraError('client-gone', 'The client closed the connection');
}
