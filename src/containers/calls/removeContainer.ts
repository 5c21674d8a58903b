import type { ContainerCall, ContainerID } from '../../wire/index.js';
import type { Containers } from '../containers.js';
import { refuse } from '../protocol/refusal.js';
import { type CallAnswer, type CallContext, DONE, defineCall } from './call.js';
import { checkId, checkNestedId } from './checks.js';
import { idText } from './containerId.js';

/** Is there anything of the root above this container? */
export function rootKnown(live: Containers, id: ContainerID): boolean {
  let root = id;
  while (root.parent) root = root.parent;
  return live.list().some((view) => idText(view.id).split('.', 1)[0] === root.value);
}

/** Also 200 where nothing is left to remove: the caller wants it gone, and it is. */
async function remove({ live }: CallContext, { container_id }: ContainerCall): Promise<CallAnswer> {
  const known = live.list().some(({ id }) => idText(id) === idText(container_id));
  if (!known && container_id.parent) {
    if (!rootKnown(live, container_id)) throw refuse(500, 'Unknown root container');
    return DONE;
  }
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
