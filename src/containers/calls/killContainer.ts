import type { KillCall } from '../../wire/index.js';
import { refuse } from '../protocol/refusal.js';
import { type CallAnswer, type CallContext, DONE, defineCall } from './call.js';
import { checkId, checkNestedId } from './checks.js';
import { idText } from './containerId.js';

/** SIGRTMAX of Linux; the kernel knows no higher one. */
const MAX_SIGNAL = 64;

async function kill({ live }: CallContext, { container_id, signal }: KillCall): Promise<CallAnswer> {
  const known = signal === undefined || (signal >= 0 && signal <= MAX_SIGNAL);
  const missing = (): Error =>
    refuse(404, `Container '${idText(container_id)}' cannot be found (or is already killed)`);
  // The reference looks for the container first, and only then learns from kill(2) that there is no such signal.
  if (!known) {
    const running = live
      .list()
      .some(({ id, state }) => idText(id) === idText(container_id) && state === 'running');
    throw running ? refuse(500, 'Unable to send signal to container: Invalid argument') : missing();
  }
  if (!(await live.kill(container_id, signal))) throw missing();
  return DONE;
}

export const killContainer = defineCall({
  type: 'KILL_CONTAINER',
  body: 'kill_container',
  role: 'operator',
  permission: 'containers',
  audited: true,
  validate: checkId,
  run: kill,
});

/** Deprecated by the reference, and still used. */
export const killNestedContainer = defineCall({
  type: 'KILL_NESTED_CONTAINER',
  body: 'kill_nested_container',
  role: 'operator',
  permission: 'containers',
  audited: true,
  validate: checkNestedId,
  run: kill,
});
