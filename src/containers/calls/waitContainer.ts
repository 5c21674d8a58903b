import type { ContainerID, WaitResult } from '../../wire/index.js';
import { gone, refuse } from '../protocol/refusal.js';
import { type CallContext, defineCall } from './call.js';
import { checkId, checkNestedId } from './checks.js';
import { idText } from './containerId.js';

async function wait({ live, signal }: CallContext, id: ContainerID): Promise<WaitResult> {
  const termination = await live.wait(id, signal).catch((error: unknown) => {
    throw signal.aborted ? gone() : error;
  });
  if (signal.aborted) throw gone();
  if (!termination) throw refuse(404, `Container ${idText(id)} cannot be found`);
  const { exitStatus, state, reason, message } = termination;
  return { exit_status: exitStatus, state, reason, message };
}

export const waitContainer = defineCall({
  type: 'WAIT_CONTAINER',
  body: 'wait_container',
  role: 'operator',
  permission: 'containers',
  validate: checkId,
  run: async (context, { container_id }) => ({
    kind: 'object',
    response: { type: 'WAIT_CONTAINER', wait_container: await wait(context, container_id) },
  }),
});

/** Deprecated by the reference, and still used. */
export const waitNestedContainer = defineCall({
  type: 'WAIT_NESTED_CONTAINER',
  body: 'wait_nested_container',
  role: 'operator',
  permission: 'containers',
  validate: checkNestedId,
  run: async (context, { container_id }) => ({
    kind: 'object',
    response: { type: 'WAIT_NESTED_CONTAINER', wait_nested_container: await wait(context, container_id) },
  }),
});
