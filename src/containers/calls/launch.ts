import type { NestedLaunch } from '../../wire/index.js';
import type { LaunchRequest } from '../containers.js';
import { refuse } from '../protocol/refusal.js';
import { type CallAnswer, type CallContext, DONE, defineCall } from './call.js';
import { checkLaunch, checkNestedLaunch } from './checks.js';

/** 202: that id is in use, and the container there is left alone. */
export const IN_USE: CallAnswer = { kind: 'empty', status: 202 };

export function checkSupported({ container }: NestedLaunch): void {
  if (container && container.type !== 'MESOS') {
    throw refuse(400, 'The provided ContainerInfo is not supported');
  }
}

async function launch(
  { live, caller }: CallContext,
  body: NestedLaunch,
  extras: Pick<LaunchRequest, 'attachable' | 'holdOutput' | 'keepRecord'> = {},
): Promise<CallAnswer> {
  checkSupported(body);
  const { container_id: id, command, container } = body;
  const outcome = await live.launch({ id, command, container, class: 'default', caller, ...extras });
  return outcome === 'launched' ? DONE : IN_USE;
}

export const launchContainer = defineCall({
  type: 'LAUNCH_CONTAINER',
  body: 'launch_container',
  role: 'operator',
  permission: 'containers',
  audited: true,
  validate: checkLaunch,
  run: (context, body) => {
    const { attachable, hold_output: holdOutput, keep_record: keepRecord } = body;
    return launch(context, body, { attachable, holdOutput, keepRecord });
  },
});

/** Deprecated by the reference, and still used. */
export const launchNestedContainer = defineCall({
  type: 'LAUNCH_NESTED_CONTAINER',
  body: 'launch_nested_container',
  role: 'operator',
  permission: 'containers',
  audited: true,
  validate: checkNestedLaunch,
  run: (context, body) => launch(context, body),
});
