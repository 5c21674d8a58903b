import type { ContainerCall } from '../../wire/index.js';
import { type CallAnswer, type CallContext, DONE, defineCall } from './call.js';
import { checkId, checkNestedId } from './checks.js';

/** Also 200 where nothing is left to remove: the caller wants it gone, and it is. */
async function remove({ live }: CallContext, { container_id }: ContainerCall): Promise<CallAnswer> {
  await live.remove(container_id);
  return DONE;
}

export const removeContainer = defineCall({
  type: 'REMOVE_CONTAINER',
  body: 'remove_container',
  role: 'operator',
  permission: 'containers',
  audited: true,
  validate: checkId,
  run: remove,
});

/** Deprecated by the reference, and still used. */
export const removeNestedContainer = defineCall({
  type: 'REMOVE_NESTED_CONTAINER',
  body: 'remove_nested_container',
  role: 'operator',
  permission: 'containers',
  audited: true,
  validate: checkNestedId,
  run: remove,
});
